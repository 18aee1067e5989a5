"""Gives a model of the package its input gate: `python shipping/fit_gate.py NAME --data ROOT`.

ROOT is the data set that the model learned from; the gate is the one that `isthmus train` would fit. The model in
src/isthmus/models/NAME gets the file gate.json, and nothing else of it changes; `shipping/ship.py` makes the model
first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from added import added
from isthmus.bundle import GATE, open_bundle
from isthmus.cli.bars import bar
from isthmus.data.grouping import parse
from isthmus.data.sources import open_source
from isthmus.errors import DataError, IsthmusError
from isthmus.export.gate import gate_of
from isthmus.export.learned import Training
from isthmus.models import names
from isthmus.progress import unsaid


@click.command()
@click.argument("name")
@click.option("--data", "root", required=True, type=click.Path(path_type=Path), help="What the model learned from.")
@click.option("--work", type=click.Path(path_type=Path), help="Has, or gets, the data's duplicates.")
@click.option("--room", default=names.ROOM, type=click.Path(path_type=Path), help="Where models lie.")
def ship(name: str, root: Path, work: Path | None, room: Path) -> None:
    bundle = open_bundle(room / name)
    provenance = bundle.provenance
    data = open_source(provenance.data, root, None if provenance.policy == "given" else provenance.policy)
    if data.fingerprint() != provenance.fingerprint:
        raise DataError(f"{name} learned from other data", where=str(root))
    with tempfile.TemporaryDirectory(prefix="isthmus-gate-") as scratch:
        training = Training(data, 0, parse(provenance.groups), "cpu", bar, unsaid, None, {})
        gate = gate_of(training, bundle.recipe.preparation, work or Path(scratch))
    if gate is None:
        raise DataError(f"has too few nodules or groups for the gate of {name}", where=str(root))
    click.echo(f"{added(bundle, GATE, gate.to_json()).folder}: {gate.about}")


if __name__ == "__main__":
    try:
        ship()
    except IsthmusError as error:
        sys.exit(f"gate: {error}")
