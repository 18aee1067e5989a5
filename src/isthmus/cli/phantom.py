"""``isthmus phantom``: simulated data, so that everything can be tried without a patient's data."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.talk import say
from isthmus.data.sources import open_source
from isthmus.nodule import DISCLAIMER, Label


@click.command()
@click.option("--to", "root", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder to fill.")
@click.option("--patients", default=60, show_default=True, help="Simulated patients, of one to three images each.")
@options.seed
@click.option("--faults", is_flag=True, help="Add six cases with DDTI's faults: cut, empty, copied and the like.")
@options.as_json
def phantom(root: Path, patients: int, seed: int, faults: bool, as_json: bool) -> None:
    """Make a data set of simulated nodules in DDTI's format: speckle, shadows, TI-RADS features.

    Read it with `--as phantom`. The same seed gives the same files. truth.csv holds the class that each nodule was
    drawn for, which its TI-RADS follows only as well as a reading does.
    """
    work.phantom_write.write_phantom(root, patients, seed, progress=bar, faults=faults)
    data = open_source("phantom", root)
    counts = {str(label): count for label, count in data.counts().items()}
    if as_json:
        options.print_json(
            {
                "folder": str(root),
                "patients": data.cases,
                "images": len(data.images),
                "nodules": len(data.nodules),
                "policy": data.policy,
                "labels": counts,
                "faults": len(data.faults),
                "seed": seed,
                "disclaimer": DISCLAIMER,
            }
        )
        return
    benign, malignant = counts[str(Label.BENIGN)], counts[str(Label.MALIGNANT)]
    say(f"{root}: patients {data.cases}, images {len(data.images)}, nodules {len(data.nodules)}")
    say(f"{benign} benign and {malignant} malignant under {data.policy}; {len(data.faults)} faults met in reading")
    say(f"Simulated. {DISCLAIMER}")
