"""Gives a model of the package its similar cases: `python shipping/neighbours.py NAME --data ROOT --work FOLDER`.

ROOT is the data set that the model learned from. The model in src/isthmus/models/NAME gets neighbours.safetensors,
features and labels without pictures or names, and nothing else of it changes. FOLDER keeps the prepared RoIs, so that
an interrupted run goes on.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from added import added
from isthmus.bundle import NEIGHBOURS, open_bundle
from isthmus.cli.bars import bar
from isthmus.data.cache import cached_rois
from isthmus.data.sources import open_source
from isthmus.errors import DataError, IsthmusError
from isthmus.export.neighbours import neighbours_of
from isthmus.models import names
from isthmus.progress import unsaid


@click.command()
@click.argument("name")
@click.option("--data", "root", required=True, type=click.Path(path_type=Path), help="What the model learned from.")
@click.option("--work", required=True, type=click.Path(path_type=Path), help="Has, or gets, the prepared RoIs.")
@click.option("--room", default=names.ROOM, type=click.Path(path_type=Path), help="Where models lie.")
def ship(name: str, root: Path, work: Path, room: Path) -> None:
    bundle = open_bundle(room / name)
    provenance = bundle.provenance
    data = open_source(provenance.data, root, None if provenance.policy == "given" else provenance.policy)
    if data.fingerprint() != provenance.fingerprint:
        raise DataError(f"{name} learned from other data", where=str(root))
    work.mkdir(parents=True, exist_ok=True)
    rois = cached_rois(data.labelled, bundle.recipe.preparation, work, bar, unsaid)
    known = neighbours_of(bundle.onnx, bundle.recipe, data.labelled, rois, bar)
    with tempfile.TemporaryDirectory(prefix="isthmus-neighbours-") as scratch:
        file = Path(scratch) / NEIGHBOURS
        known.save(file)
        added(bundle, NEIGHBOURS, file.read_bytes())
    click.echo(f"{bundle.folder}: {len(known.labels)} nodules, {known.places.shape[1]} components")


if __name__ == "__main__":
    try:
        ship()
    except IsthmusError as error:
        sys.exit(f"neighbours: {error}")
