"""The work of ``isthmus cross``. It needs torch."""

from __future__ import annotations

from pathlib import Path

from isthmus import files
from isthmus.cli import options
from isthmus.cli.learning import open_labelled, watching
from isthmus.cli.tables import print_scorecard, stdout
from isthmus.cli.talk import bar, note, warn
from isthmus.cross.network import cross, exclusive, refuse_several
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import Protocol
from isthmus.cross.results import write_results
from isthmus.cross.scorecard import cross_scorecard
from isthmus.data.labels import Classes
from isthmus.learn.ready import refuse_untrainable, remarks
from isthmus.recipe import Recipe
from isthmus.report.cross_page import render


def run(
    *,
    kind: str,
    root: Path,
    to: Path,
    recipe: Recipe,
    protocol: Protocol,
    folds: int,
    quarters: int,
    repeats: int,
    device: str,
    seed: int,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Cross-validates, writes the results to ``to`` and prints the scorecard."""
    plan = Plan(recipe, protocol, folds, repeats, seed, quarters)
    refuse_several()
    trained_on = refuse_untrainable(recipe, device)
    for remark in remarks(recipe):
        warn(remark)
    with exclusive(to, plan):
        data = open_labelled(kind, root, policy, classes, skip_broken)
        note(f"Training on {trained_on}.")
        with watching(recipe, plan.parts, protocol.chooser) as report:
            result = cross(data, plan, to, bar, report, device=device, note=warn)
        card = cross_scorecard(result)
        manifest = write_results(result, card, to)
        files.write_text(to / "report.html", render(result, card, manifest))
    if as_json:
        options.print_json(card.as_json())
        return
    print_scorecard(card, chosen=card.operating_point.metrics, chooser=protocol.chooser)
    stdout.print(f"Protocol {protocol.name}: {protocol.description}. {card.caution}".rstrip(), markup=False)
    note(f"Written to {to}: predictions.csv, scorecard.json, recipe.toml, manifest.json, report.html")
