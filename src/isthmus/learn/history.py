"""How a training went, as a table: what is kept of it when it is finished."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable
from pathlib import Path

from isthmus import files
from isthmus.bundle import HISTORY
from isthmus.learn.checkpoint import Epoch

COLUMNS = tuple(column.name for column in dataclasses.fields(Epoch))


def write_history(history: Iterable[Epoch], folder: Path) -> None:
    """Writes ``history.csv`` into the folder, whole: a line an epoch, columns as in Epoch. Raises StorageError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([repr(getattr(epoch, column)) for column in COLUMNS] for epoch in history)
    files.write_text(folder / HISTORY, text.getvalue())
