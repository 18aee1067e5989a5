"""Every prediction of a study in one file, so that its tables can be computed anew without its runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from isthmus import files
from isthmus.cross.predictions import COLUMNS
from isthmus.cross.stored import Stored
from isthmus.data.tables import as_csv

PREDICTIONS = "predictions.csv.gz"
HEADER = ("run", "repeat", *COLUMNS, "threshold")


def write_predictions(runs: Iterable[Stored], to: Path) -> None:
    """Writes PREDICTIONS into ``to``: HEADER, then a row for each run and nodule, runs by name; none without a run.

    ``run`` is the column of that name in the tables. Floats read back equal. Raises StorageError.
    """
    by_name = {run.name: run for run in runs}
    rows = [cells for name in sorted(by_name) for cells in _rows(by_name[name])]
    if rows:
        files.write_gzip(to / PREDICTIONS, as_csv([HEADER, *rows]))


def _rows(run: Stored) -> Iterable[list[str]]:
    repeats = {fold.number: str(fold.repeat) for fold in run.folds}
    for row in run.rows:
        cells = row.as_cells() | {"run": run.name, "repeat": repeats[row.fold]}
        yield [cells[name] for name in HEADER]
