"""How a training goes, epoch by epoch: the TensorBoard log while it runs, and the table that stays."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Iterable
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from isthmus import files
from isthmus.bundle import HISTORY
from isthmus.learn.checkpoint import Epoch
from isthmus.progress import Note
from isthmus.text import is_unicode

COLUMNS = tuple(column.name for column in dataclasses.fields(Epoch))
SCALARS = ("train_loss", "validation_loss", "auc", "learning_rate")


def open_log(folder: Path, epochs: int, note: Note) -> SummaryWriter | None:
    """The TensorBoard log in ``folder``, after the first ``epochs``.

    None, with a ``note``, for a folder whose name isn't UTF-8: TensorBoard can't write there. Raises StorageError.
    """
    files.make_folder(folder)
    if not is_unicode(folder):
        note(f"{folder}: no TensorBoard log is written: the folder's name isn't UTF-8")
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=epochs + 1)


def write_epoch(log: SummaryWriter, epoch: Epoch) -> None:
    """Writes an epoch's scalars, at once."""
    for name in SCALARS:
        if not math.isnan(value := getattr(epoch, name)):  # as on validation where nothing is set aside
            log.add_scalar(name, value, epoch.epoch)
    log.flush()


def write_history(history: Iterable[Epoch], folder: Path) -> None:
    """Writes ``history.csv`` into the folder, whole: one line per epoch, columns as in Epoch. Raises StorageError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([repr(getattr(epoch, column)) for column in COLUMNS] for epoch in history)
    files.write_text(folder / HISTORY, text.getvalue())
