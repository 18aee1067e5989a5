"""The TensorBoard log of a training."""

from __future__ import annotations

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from isthmus import files
from isthmus.learn.checkpoint import Epoch
from isthmus.progress import Note
from isthmus.text import is_unicode

SCALARS = ("train_loss", "validation_loss", "auc", "learning_rate")


def open_log(folder: Path, epochs: int, note: Note) -> SummaryWriter | None:
    """The log in ``folder``, behind the first ``epochs``; None where TensorBoard can't write under that name."""
    files.make_folder(folder)
    if not is_unicode(folder):
        note(f"{folder}: no TensorBoard log is kept: it can't be written under a name that is no UTF-8 here")
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=epochs + 1)


def write_epoch(log: SummaryWriter, epoch: Epoch) -> None:
    """Writes an epoch's scalars, at once."""
    for name in SCALARS:
        log.add_scalar(name, getattr(epoch, name), epoch.epoch)
    log.flush()
