"""``isthmus cross``: cross-validate a recipe."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus import recipe as recipes
from isthmus.cli import options
from isthmus.cli.learning import open_labelled, watching
from isthmus.cli.tables import print_scorecard
from isthmus.cli.talk import bar, note
from isthmus.data.labels import Classes
from isthmus.study.crossval import Plan
from isthmus.study.crossval import cross as cross_validate
from isthmus.study.results import scored, write_results


@click.command()
@options.root
@options.kind
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the results; resumes by fold.")
@click.option("--folds", default=5, show_default=True, help="Folds of the protocol 'grouped'.")
@click.option("--repeats", default=1, show_default=True, help="Times to split anew.")
@options.recipe
@options.assignments
@options.labels
@options.classes
@click.option(
    "--protocol",
    default="grouped",
    show_default=True,
    help="grouped: folds by patient and duplicate. paper: its 3:1 split by image, which lets patients leak.",
)
@options.seed
@options.skip_broken
@options.as_json
def cross(
    root: Path,
    kind: str,
    to: Path,
    folds: int,
    repeats: int,
    recipe: str,
    assignments: tuple[str, ...],
    policy: str | None,
    classes: Classes,
    protocol: str,
    seed: int,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Cross-validate a recipe on the data set at ROOT.

    Writes predictions.csv, scorecard.json, recipe.toml, manifest.json and report.html. Interrupted, the same command
    goes on where it was.
    """
    plan = Plan(recipes.named(recipe).replaced(assignments), protocol, folds, repeats, seed)
    data = open_labelled(kind, root, policy, classes, skip_broken)
    with watching(plan.recipe, plan.parts) as report:
        result = cross_validate(data, plan, to, bar, report)
    scorecard = scored(result)
    write_results(result, scorecard, to)
    if as_json:
        options.print_json(scorecard)
        return
    print_scorecard(scorecard)
    note(f"Written to {to}: predictions.csv, scorecard.json, recipe.toml, manifest.json, report.html")
