"""The work of ``isthmus export``. It needs torch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from isthmus.bundle import open_to_renew
from isthmus.cli import options
from isthmus.cli.learning import open_labelled
from isthmus.cli.tables import stdout
from isthmus.cli.talk import note
from isthmus.data.labels import Classes
from isthmus.export.write import claimed, export_bundle
from isthmus.nodule import DISCLAIMER


def run(
    *,
    kind: str,
    root: Path,
    model: Path,
    to: Path,
    feature_map: bool,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Writes the bundle ``to`` and says how each engine did."""
    bundle = open_to_renew(model)
    if not bundle.provenance.engines:
        note(
            f"isthmus: {model} is of an older format, in which nothing guards the threshold: it says "
            f"{bundle.decision.threshold!r}, which is carried over. Its card.md says it, too, with three digits."
        )
    with claimed(to, "exporting"):
        data = open_labelled(kind, root, policy, classes, skip_broken)
        engines = export_bundle(bundle, data, to, feature_map).provenance.engines
    if as_json:
        proofs = {name: asdict(own) for name, own in engines.items()}
        options.print_json({"bundle": str(to), "engines": proofs, "disclaimer": DISCLAIMER})
        return
    for name, own in engines.items():
        verdict = "carried" if own.passed else "did not pass, so it isn't used"
        stdout.print(
            f"{name}: differs from torch by {own.max_difference:.1e} at most in P(malignant) and by "
            f"{own.max_vote_difference:.1e} in a vote, verdicts changed {own.verdicts_changed} of {own.n}; "
            f"{own.milliseconds:.2f} ms an RoI in batches of 16; {verdict}",
            markup=False,
        )
    stdout.print(f"Written to {to}. {DISCLAIMER}", markup=False)
