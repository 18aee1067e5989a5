"""A file of predictions, or one run or column of it, by nodule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.cross.prediction_table import USUAL_P, USUAL_SCORES, PredictionTable
from isthmus.errors import DataError
from isthmus.nodule import Label

USUAL_NODULES = ("nodule", "nodule_id", "id", "image", "file", "name")
RUN = "run"


@dataclass(frozen=True, eq=False)
class PredictionFile:
    """The rows of one model: ``value`` is its column of P(malignant) or scores, ``rows`` each nodule's place.

    ``name`` is what is behind # in what the user named, else the file's without its ending.
    """

    name: str
    table: PredictionTable
    value: str
    rows: Mapping[str, int]

    @classmethod
    def read(
        cls, source: str, nodule: str | None = None, value: str | None = None, scores: bool = False
    ) -> PredictionFile:
        """Reads ``FILE`` or ``FILE#PART``; the part is a run where there is a column ``run``, else the column of P.

        ``nodule`` and ``value`` name columns, None for a usual one. Raises DataError, also for a nodule twice.
        """
        path, part = _split(source)
        table = PredictionTable.read(path)
        if part and table.has(RUN):
            table = table.where_is(RUN, part)
        elif part:
            value = part
        value = value or table.usual_column(USUAL_SCORES if scores else USUAL_P, "--p")
        table.cells_if_any(value)  # raises the error, with the nearest name, before nodules are read
        column = nodule or table.usual_column(USUAL_NODULES, "--nodule")
        if not table.has(column):
            names = ", ".join(name for name in table.columns if name)
            remedy = "Name the column of nodules with --nodule."
            raise DataError(f"no column {column!r}, only {names}", where=table.where, remedy=remedy)
        rows: dict[str, int] = {}
        for place, cell in enumerate(table.groups(column)):
            if cell in rows:
                remedy = "Keep one row a nodule" + (f", or name one {RUN} behind #." if table.has(RUN) else ".")
                what = f"nodule {cell!r} is on line {table.lines[rows[cell]]} already"
                raise DataError(what, where=f"{table.where}: line {table.lines[place]}", remedy=remedy)
            rows[cell] = place
        return cls(part or path.name.removesuffix(".gz").rpartition(".")[0] or path.name, table, value, rows)

    def of(self, nodules: Sequence[str]) -> PredictionTable:
        """The rows of some nodules, in their order."""
        return self.table.at([self.rows[nodule] for nodule in nodules])

    def labels(self, column: str, positive: str) -> Mapping[str, Label]:
        """The label of each nodule that has one. Raises DataError."""
        if not self.table.has(column):
            return {}
        labelled = [place for place, cell in enumerate(self.table.cells_if_any(column)) if cell]
        if not labelled:
            return {}
        names = list(self.rows)
        labels, _ = self.table.at(labelled).labels(column, positive)
        return {names[place]: label for place, label in zip(labelled, labels, strict=True)}


def _split(source: str) -> tuple[Path, str]:
    """The path, and what is behind its last #, "" where the whole is a file's name."""
    path, _, part = source.rpartition("#")
    return (Path(path), part) if path and not Path(source).exists() else (Path(source), "")
