"""Labelled RoIs to learn from, in memory or mapped from disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from isthmus.learn.targets import Positions, Targets
from isthmus.nodule import Pixels
from isthmus.recipe import Learning

BLOCK = 64  # RoIs


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of an array, copied only when read: parts of a split share one array on disk."""

    whole: Pixels
    positions: Positions

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.positions), *self.whole.shape[1:])

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, rows: slice | Positions) -> Pixels:
        """A copy of these rows."""
        return self.whole[self.positions[rows]]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.generic]:
        """A copy of all rows."""
        return self[:].astype(dtype or np.uint8, copy=False)


Rois: TypeAlias = "Pixels | Rows"


@dataclass(frozen=True, eq=False)
class Examples:
    """RoIs, uint8 (n, size, size, 3), and what is learned of each."""

    rois: Rois
    targets: Targets

    def __post_init__(self) -> None:
        if len(self.rois) != len(self.targets):
            raise ValueError(f"{len(self.rois)} RoIs and {len(self.targets)} labels")

    @property
    def labels(self) -> npt.NDArray[np.int64]:
        """(n,), 0 benign or 1 malignant."""
        return self.targets.labels

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, positions: Positions) -> Examples:
        """The examples at these positions; no pixel is copied."""
        whole, at = (self.rois.whole, self.rois.positions) if isinstance(self.rois, Rows) else (self.rois, None)
        return Examples(Rows(whole, positions if at is None else at[positions]), self.targets.take(positions))


def batches(examples: int, learning: Learning, seed: int, epoch: int) -> Iterator[tuple[float, Positions]]:
    """(progress, positions) of each batch of ``epoch``, from 1 on, in an order that depends on ``seed`` and epoch only.

    Progress, 0 .. 1, is the share of all steps done.
    A last batch of one is left out: batch norm needs two.
    """
    order = np.random.default_rng((seed, epoch)).permutation(examples)
    size = learning.batch_size
    starts = [start for start in range(0, len(order), size) if len(order) - start >= 2]
    for step, start in enumerate(starts):
        yield ((epoch - 1) + step / len(starts)) / learning.epochs, order[start : start + size]


def digest(*parts: Examples, targets: Iterable[str] = ()) -> str:
    """16 hexadecimal digits over every pixel and label, and every value of these targets."""
    sha256 = hashlib.sha256()
    for examples in parts:
        sha256.update(f"{examples.rois.shape} ".encode())
        for start in range(0, len(examples), BLOCK):
            sha256.update(np.ascontiguousarray(examples.rois[start : start + BLOCK]).data)
        sha256.update(np.ascontiguousarray(examples.labels).data)
        for array in examples.targets.arrays(targets).values():
            sha256.update(np.ascontiguousarray(array).data)
    return sha256.hexdigest()[:16]
