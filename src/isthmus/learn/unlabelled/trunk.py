"""Data sets to a pretrained trunk: every window of theirs, whatever is known of it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet, picture_digests
from isthmus.errors import BundleError
from isthmus.learn.beginning import Beginning
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.lock import alone
from isthmus.learn.unlabelled import weights
from isthmus.learn.unlabelled.pretrain import pretrain
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe


def pretrain_trunk(
    sets: Sequence[DataSet],
    recipe: Recipe,
    learned_by: Recipe,
    to: Path,
    *,
    seed: int = 0,
    versions: Mapping[str, str] | None = None,
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[Epoch], None] = lambda epoch: None,
    note: Note = unsaid,
) -> Beginning:
    """Trains the trunk of ``recipe`` by ``learned_by``, which differs in learning and augmentation only, on the windows
    of all ``sets``, labelled or not; writes it as the file ``to``, whole or not at all.

    After an interruption the same call goes on from the checkpoint beside ``to``, where the RoIs lie, too. Raises
    BundleError where ``to`` is there, and what ``pretrain`` and ``cached_rois`` raise.
    """
    to = to.absolute()
    with claimed(to):
        work = work_folder(to)
        nodules = [nodule for data in sets for nodule in data.nodules]
        rois = cached_rois(nodules, recipe.preparation, work, progress, note)
        made = pretrain(rois, learned_by, seed=seed, folder=work, device=device, report=report, note=note)
        before = tuple(weights.learned_from(data) for data in sets)
        trunk = Beginning(to.name, recipe, made.tensors, before, seen=frozenset(picture_digests(nodules)))
        about = {
            "windows": {data.kind: len(data.nodules) for data in sets},
            "learned_by": learned_by.model_dump(),
            "seed": seed,
            "loss": [epoch.train_loss for epoch in made.history],
            "trained_on": made.trained_on,
            "versions": dict(versions or {}),
        }
        weights.write(trunk, to, about)
        shutil.rmtree(work, ignore_errors=True)
        return trunk


@contextlib.contextmanager
def claimed(to: Path) -> Iterator[None]:
    """Locks the file ``to`` against other processes. Raises BundleError where it is there, TakenError, StorageError."""
    to = to.absolute()
    _refuse_there(to)
    with alone(work_folder(to), "pretraining"):
        _refuse_there(to)  # it may have been finished meanwhile
        yield


def work_folder(to: Path) -> Path:
    """The folder of checkpoint and RoIs of a pretraining, beside its file ``to``."""
    return to.with_name(f"{to.name}.pretraining")


def _refuse_there(to: Path) -> None:
    if to.exists():
        raise BundleError("is there already", where=str(to), remedy="Choose another --to, or move it away.")
