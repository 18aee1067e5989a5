"""What a network can learn of a nodule: its label, and what else the data hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.data.labels import TIRADS
from isthmus.nodule import Nodule

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Targets:
    """Arrays of n nodules each, None where the data hold none.

    ``labels`` (n,) int64, 0 benign or 1 malignant; ``tirads`` (n,) int64, the position in ``data.labels.TIRADS``;
    ``descriptors`` (n, k) float, in 0 .. 1; ``contours`` (n, h, w) uint8, 0 outside or 1 inside.
    """

    labels: npt.NDArray[np.int64]
    tirads: npt.NDArray[np.int64] | None = None
    descriptors: npt.NDArray[np.floating] | None = None
    contours: npt.NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, nodules: Sequence[Nodule]) -> Targets:
        """The targets of labelled nodules, in their order. Raises ValueError where one has no label."""
        labels = [nodule.label for nodule in nodules]
        if None in labels:
            raise ValueError(f"nodule {nodules[labels.index(None)].id} has no label")
        tirads = [nodule.tirads for nodule in nodules]
        graded = [TIRADS.index(grade) for grade in tirads] if set(tirads) <= set(TIRADS) else None
        return cls(np.array(labels, np.int64), None if graded is None else np.array(graded, np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: Positions) -> Targets:
        """The targets of the nodules at these positions."""
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        taken: dict[str, Any] = {name: a if a is None else a[positions] for name, a in arrays.items()}
        return Targets(**taken)

    def arrays(self, names: Iterable[str]) -> dict[str, npt.NDArray[Any]]:
        """The arrays called ``names``. Raises KeyError for one that the data lack."""
        arrays = {name: getattr(self, name) for name in names}
        if missing := [name for name, array in arrays.items() if array is None]:
            raise KeyError(missing[0])
        return arrays
