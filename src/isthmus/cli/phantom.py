"""``isthmus phantom``: a made data set, so that everything can be tried without a patient's data."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work


@click.command()
@click.option("--to", "root", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder to fill.")
@click.option("--patients", default=60, show_default=True, help="Simulated patients, of one to three images each.")
@options.seed
@click.option("--faults", is_flag=True, help="Add six cases with DDTI's own faults: cut, empty, copied and the like.")
@options.as_json
def phantom(root: Path, patients: int, seed: int, faults: bool, as_json: bool) -> None:
    """Make a data set of simulated nodules in DDTI's format: speckle, shadows, TI-RADS features.

    Read it with `--as phantom`. The same seed gives the same files. truth.csv holds the class that each nodule was
    drawn for, which its TI-RADS follows only as well as a reading does.
    """
    work.phantom.run(root, patients=patients, seed=seed, faults=faults, as_json=as_json)
