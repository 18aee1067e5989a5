"""``isthmus train``: a data set to a bundle."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from isthmus import recipe as recipes
from isthmus.cli import options
from isthmus.cli.learning import open_labelled, watching
from isthmus.cli.talk import bar, note
from isthmus.data.labels import Classes
from isthmus.learn.bundling import train_bundle
from isthmus.study.run_folder import versions


@click.command()
@options.root
@options.kind
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@options.recipe
@options.assignments
@options.labels
@options.classes
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps", help="Where to train.")
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
    chosen = recipes.named(recipe).replaced(assignments)
    data = open_labelled(kind, root, policy, classes, skip_broken)
    with watching(chosen) as report:
        bundle = train_bundle(
            data,
            chosen,
            to,
            seed=seed,
            versions=versions(),
            device=device,
            progress=bar,
            report=lambda epoch: report(0, epoch),
        )
    if as_json:
        options.print_json({"bundle": str(to), "threshold": bundle.threshold, **asdict(bundle.provenance)})
        return
    note(f"Written to {to}. Read with it: isthmus predict IMAGE --model {to} --box x0,y0,x1,y1")
