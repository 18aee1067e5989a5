"""``isthmus export``: a bundle's weights exported anew."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over
from isthmus.nodule import DISCLAIMER


@click.command()
@options.data_set
@options.model
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@click.option("--feature-map", is_flag=True, help="Let the export give the trunk's feature map, too.")
@options.as_json
def export(source: options.Source, model: str, to: Path, feature_map: bool, as_json: bool) -> None:
    """Export a bundle anew, for the engines installed here; its weights stay as they are.

    The labelled nodules of the data set at ROOT, best those that it learned from, calibrate int8 and verify each
    engine.
    """
    folder = options.model_folder(model)
    refuse_over(to, source.root, folder)
    bundle = work.bundle.open_to_renew(folder)
    if not bundle.provenance.engines:
        note(
            f"isthmus: {folder} is of an older format, in which nothing guards the threshold: it says "
            f"{bundle.decision.threshold!r}, which is carried over. Its card.md says it, too, with three digits."
        )
    with work.export_write.claimed(to, "exporting"):
        data = source.open_labelled()
        engines = work.export_write.export_bundle(bundle, data, to, feature_map).provenance.engines
    if as_json:
        proofs = {name: asdict(proof) for name, proof in engines.items()}
        options.print_json({"bundle": str(to), "engines": proofs, "disclaimer": DISCLAIMER})
        return
    for name, proof in engines.items():
        verdict = "carried" if proof.passed else "did not pass, so it isn't used"
        say(
            f"{name}: differs from torch by {proof.max_difference:.1e} at most in P(malignant) and by "
            f"{proof.max_vote_difference:.1e} in a vote, verdicts changed {proof.verdicts_changed} of {proof.n}; "
            f"{proof.milliseconds:.2f} ms an RoI in batches of 16; {verdict}"
        )
    say(f"Written to {to}. {DISCLAIMER}")
