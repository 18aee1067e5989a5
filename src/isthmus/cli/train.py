"""``isthmus train``: a data set to a bundle."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.targets import refuse_over
from isthmus.data.labels import Classes


@click.command()
@options.root
@options.kind
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@options.recipe
@options.assignments
@options.labels
@options.classes
@options.device
@options.seed
@options.skip_broken
@options.as_json
def train(
    root: Path,
    kind: str,
    to: Path,
    recipe: str,
    assignments: tuple[str, ...],
    policy: str | None,
    classes: Classes,
    device: str,
    seed: int,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Train a model on the data set at ROOT and write it as a bundle.

    Whole groups are set aside to choose epoch and threshold by. Interrupted, the same command goes on where it was.
    """
    refuse_over(to, root, options.recipe_file(recipe), beside=".training")
    work.train.run(
        kind=kind,
        root=root,
        to=to,
        recipe=work.choosing.chosen_recipe(recipe, assignments),
        device=device,
        seed=seed,
        policy=policy,
        classes=classes,
        skip_broken=skip_broken,
        as_json=as_json,
    )
