"""``isthmus demo``: the whole road on simulated data."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus import files
from isthmus import recipe as recipes
from isthmus.cli import options
from isthmus.cli.cross import cross
from isthmus.cli.look import look
from isthmus.cli.phantom import phantom
from isthmus.cli.predict import predict
from isthmus.cli.talk import note
from isthmus.cli.train import train
from isthmus.nodule import DISCLAIMER

# Small enough for four minutes on two cores; the recipe is otherwise isthmus' own.
SMALLER = ("size=64", "epochs=16", "learning_rate=2e-3")


@click.command()
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of everything that the demo makes.")
@click.option("--patients", default=90, show_default=True, help="Simulated patients, one to three images each.")
@options.seed
@options.as_json
@click.pass_context
def demo(ctx: click.Context, to: Path, patients: int, seed: int, as_json: bool) -> None:
    """Walk the whole road on simulated nodules: phantom, look, cross, train, predict, report.html."""
