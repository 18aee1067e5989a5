"""``isthmus models``: the models that ship, with all that is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.talk import note, say
from isthmus.models.names import DEFAULT_MODEL, names
from isthmus.nodule import DISCLAIMER

if TYPE_CHECKING:
    from isthmus.bundle import Bundle
    from isthmus.models.facts import Facts

LEGEND = (
    "In brackets: 95 % intervals, and n nodules. P: P(malignant), calibrated.\nOut of fold: each nodule was read by "
    "networks of the same recipe that did not learn from its group, which is\na patient, or a block of N consecutive "
    "images (sequence:N), joined with its duplicates.\n"
)


@click.command()
@options.as_json
def models(as_json: bool) -> None:
    """List the models that ship with isthmus: data and citation, labels, figures, failures, pixels, speed, size.

    `isthmus predict FILE --box X0,Y0,X1,Y1` reads with the first; --model NAME with another.
    """
    bundles = [work.shipped.open_model(name) for name in names()]
    if as_json:
        listed = [_as_json(bundle) for bundle in bundles]
        options.print_json({"default": DEFAULT_MODEL, "models": listed, "disclaimer": DISCLAIMER})
        return
    if not bundles:
        note("isthmus: no model ships with this installation.")
    for bundle in bundles:
        say("\n".join(_lines(bundle)) + "\n")
    if bundles:
        say(LEGEND)
    say(DISCLAIMER)


def _as_json(bundle: Bundle) -> dict[str, object]:
    facts, learned = work.facts.facts_of(bundle), bundle.provenance
    return {
        "model": bundle.name,
        "pixels": bundle.recipe.preparation.size,
        "megabytes": work.facts.megabytes(bundle),
        "recipe": bundle.recipe.fingerprint,
        "learned_from": learned.nodules["training"],
        "label_policy": learned.policy,
        "engines": [name for name, proof in learned.engines.items() if proof.passed],
        "decision": asdict(bundle.decision),
        "evidence": None if bundle.evidence is None else str(bundle.evidence),
        "facts": None if facts is None else asdict(facts),
    }


def _lines(bundle: Bundle) -> Iterator[str]:
    """What a person reads of one model."""
    facts, counts = work.facts.facts_of(bundle), bundle.provenance.nodules["training"]
    default = ", the default" if bundle.name == DEFAULT_MODEL else ""
    yield f"{bundle.name}{default}" + (f": {facts.about}" if facts else "")
    yield f"  learned from     {counts['benign']} benign and {counts['malignant']} malignant nodules"
    if facts:
        yield from _known(facts)
    if bundle.evidence:
        yield f"  evidence         all figures, with intervals: {bundle.evidence}"
    yield f"  verdict          malignant at the threshold {bundle.decision.default} or above; --threshold names another"
    speed = f"{facts.milliseconds:.1f} ms a nodule ({facts.threads} threads, {facts.processor}), " if facts else ""
    size, megabytes = bundle.recipe.preparation.size, work.facts.megabytes(bundle)
    yield f"  reads            the nodule brought to {size} x {size} pixels, {speed}{megabytes:.1f} MB"


def _known(facts: Facts) -> Iterator[str]:
    judged = facts.out_of_fold
    yield f"  data             {facts.data}. Cite: {facts.citation}"
    yield f"  its labels are   {facts.reads}"
    yield (
        f"  out of fold      AUC {judged.auc}; Brier score {judged.brier}; calibration error {judged.ece:.3f} (ten "
        "bins of equal width, no interval); "
        f"protocol {judged.protocol}, {judged.folds} folds, {judged.benign} benign and {judged.malignant} malignant"
    )
    for name, at in judged.thresholds.items():
        yield f"  {name:<17}sensitivity {at.sensitivity}, specificity {at.specificity}; at P >= {at.threshold:.3f}"
    for one in facts.elsewhere:
        yield f"  on other data    AUC {one.auc}: {one.data}, whose labels are {one.labels}"
    for failure in facts.failures:
        yield f"  known failure    {failure}"
