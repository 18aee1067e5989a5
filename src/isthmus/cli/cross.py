"""``isthmus cross``: cross-validate a recipe."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus import recipe as recipes
from isthmus.cli import options
from isthmus.cli.torch_side import torch_side
from isthmus.data.labels import Classes


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
    torch_side("isthmus.cli.cross_run").run(
        kind=kind,
        root=root,
        to=to,
        recipe=recipes.named(recipe).replaced(assignments),
        protocol=protocol,
        folds=folds,
        repeats=repeats,
        seed=seed,
        policy=policy,
        classes=classes,
        skip_broken=skip_broken,
        as_json=as_json,
    )
