"""Gives a model of the package its input gate: `python shipping/fit_gate.py NAME --data ROOT`.

ROOT is the data set that the model learned from. Of its groups, patients or blocks of consecutive numbers, four fifths
give the gate's centre, covariance and directions, and the rest its limits. The model in src/isthmus/models/NAME gets
the file gate.json, and nothing else of it changes; `shipping/ship.py` makes the model first.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from isthmus.bundle import ABOUT, GATE, open_bundle
from isthmus.bundle_files import sha256
from isthmus.cli.bars import bar
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import parse
from isthmus.data.prepare import each_prepared
from isthmus.data.sources import open_source
from isthmus.description import Description
from isthmus.errors import DataError, IsthmusError
from isthmus.export.learned import Training
from isthmus.infer.gate.features import SIDE, grey_of
from isthmus.infer.gate.fit import fitted, measure
from isthmus.infer.gate.gate import Gate
from isthmus.models import names
from isthmus.progress import unsaid
from isthmus.recipe import Preparation

ASIDE = 0.2  # of the nodules


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
    gate = gate_of(data, bundle.recipe.preparation, provenance.groups, work)
    (bundle.folder / GATE).write_text(gate.to_json(), encoding="utf-8")
    described = Description.read(bundle.folder)
    checksums = dict(sorted({**described.files, GATE: sha256(bundle.folder / GATE)}.items()))
    (bundle.folder / ABOUT).write_text(replace(described, files=checksums).to_json(), encoding="utf-8")
    click.echo(f"{open_bundle(bundle.folder).folder}: {gate.about}")


def gate_of(data: DataSet, preparation: Preparation, groups: str, work: Path | None) -> Gate:
    """The gate of a data set's labelled nodules; a fifth of its groups sets the limits."""
    grouping = parse(groups)
    with tempfile.TemporaryDirectory(prefix="isthmus-gate-") as scratch:
        training = Training(data, 0, grouping, "cpu", bar, unsaid, None, {})
        part = training.parts(ASIDE, work or Path(scratch))
    grey = np.empty((len(data.labelled), SIDE, SIDE), np.uint8)
    for index, roi in each_prepared(data.labelled, preparation, bar):
        grey[index] = grey_of(roi)
    about = f"{len(part.train)} nodules of {data.kind}; limits by {len(part.test)} of other {grouping.members}"
    return fitted(measure(grey[part.train], progress=bar), measure(grey[part.test], progress=bar), about)


if __name__ == "__main__":
    try:
        ship()
    except IsthmusError as error:
        sys.exit(f"gate: {error}")
