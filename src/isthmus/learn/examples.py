"""What is learned from: labelled RoIs, in memory or mapped from disk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from isthmus.nodule import Pixels

Positions = npt.NDArray[np.intp]
BLOCK = 64  # RoIs


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of an array, copied only when they are asked for: parts of a split share one array on disk."""

    whole: Pixels
    positions: Positions

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.positions), *self.whole.shape[1:])

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, wanted: slice | Positions) -> Pixels:
        """A copy of these rows."""
        return self.whole[self.positions[wanted]]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[np.generic]:
        """A copy of all rows."""
        return self[:].astype(dtype or np.uint8, copy=False)


Rois: TypeAlias = "Pixels | Rows"


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled RoIs: uint8 (n, size, size, 3) and labels (n,), 0 benign or 1 malignant."""

    rois: Rois
    labels: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: Positions) -> Examples:
        """The examples at these positions; no pixel is copied."""
        whole, at = (self.rois.whole, self.rois.positions) if isinstance(self.rois, Rows) else (self.rois, None)
        return Examples(Rows(whole, positions if at is None else at[positions]), self.labels[positions])


def digest(*parts: Examples) -> str:
    """16 hexadecimal digits over every pixel and label."""
    found = hashlib.sha256()
    for examples in parts:
        found.update(f"{examples.rois.shape} ".encode())
        for start in range(0, len(examples), BLOCK):
            found.update(np.ascontiguousarray(examples.rois[start : start + BLOCK]).data)
        found.update(np.ascontiguousarray(examples.labels).data)
    return found.hexdigest()[:16]
