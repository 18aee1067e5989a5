"""What a network can learn of a nodule: its label, and what else the data hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.data.labels import TIRADS
from isthmus.data.prepare import each_frame, prepare
from isthmus.nodule import Frame, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

Positions = npt.NDArray[np.intp]

LACKING = -1  # in place of a label, or of a TI-RADS, that a nodule lacks

# Descriptor -> its values, in DDTI's words. A column of ``Targets.descriptors`` is one value, in this order.
DESCRIPTORS: Mapping[str, tuple[str, ...]] = {
    "composition": ("cystic", "predominantly cystic", "spongiform", "predominantly solid", "solid", "dense"),
    "echogenicity": ("hyperechogenicity", "isoechogenicity", "hypoechogenicity", "marked hypoechogenicity"),
    "margins": (
        "well defined smooth",
        "well defined",
        "ill defined",
        "macrolobulated",
        "microlobulated",
        "spiculated",
    ),
    "calcifications": ("none", "macrocalcifications", "microcalcifications"),
}


@dataclass(frozen=True, eq=False)
class Targets:
    """Arrays of n nodules each, None where no nodule has one.

    ``labels`` (n,) int64, 0 benign or 1 malignant; ``tirads`` (n,) int64, the position in ``data.labels.TIRADS``, both
    LACKING where a nodule has none; ``descriptors`` (n, 19) float32, 1 for a nodule's values in DESCRIPTORS and 0 for
    the others, nan for all values of a descriptor that it lacks; ``contours`` (n, size, size) uint8, on the RoI, 0
    outside or 1 inside, 0 throughout where a nodule has none.
    """

    labels: npt.NDArray[np.int64]
    tirads: npt.NDArray[np.int64] | None = None
    descriptors: npt.NDArray[np.float32] | None = None
    contours: Pixels | None = None

    @classmethod
    def of(cls, nodules: Sequence[Nodule], on: Preparation | None = None, progress: Progress = silent) -> Targets:
        """The targets of nodules, in their order; contours only ``on`` RoIs prepared so.

        Raises DataError for an image that can't be read.
        """
        labels = [LACKING if nodule.label is None else nodule.label for nodule in nodules]
        tirads = [TIRADS.index(nodule.tirads) if has(nodule, "tirads") else LACKING for nodule in nodules]
        return cls(
            np.array(labels, np.int64),
            np.array(tirads, np.int64) if set(tirads) != {LACKING} else None,
            _descriptors(nodules),
            None if on is None else _contours(nodules, on, progress),
        )

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


def has(nodule: Nodule, target: str) -> bool:
    """Whether a nodule has a target other than its label, by its name in ``Targets``."""
    if target == "tirads":
        return nodule.tirads in TIRADS
    if target == "descriptors":
        return any(nodule.descriptors.get(name) in values for name, values in DESCRIPTORS.items())
    return target == "contours" and bool(nodule.contour)


def _descriptors(nodules: Sequence[Nodule]) -> npt.NDArray[np.float32] | None:
    columns = [
        np.array([nodule.descriptors.get(name) == value for value in values], np.float32)
        for nodule in nodules
        for name, values in DESCRIPTORS.items()
    ]
    described = [column if column.any() else np.full_like(column, np.nan) for column in columns]
    table = np.concatenate(described).reshape(len(nodules), -1) if described else np.empty((0, 0), np.float32)
    return None if np.isnan(table).all() else table


def _contours(nodules: Sequence[Nodule], preparation: Preparation, progress: Progress) -> Pixels | None:
    """The inside of each contour, filled in the image and prepared as the image is, but that nothing is painted."""
    places = [place for place, nodule in enumerate(nodules) if has(nodule, "contours")]
    if not places:
        return None
    drawn = [nodules[place] for place in places]
    masks = np.zeros((len(nodules), preparation.size, preparation.size), np.uint8)
    whole = preparation.model_copy(update={"view": "all"})
    for at, frame in each_frame(drawn, "drawing contours", progress):
        inside = np.zeros((frame.height, frame.width), np.uint8)
        cv2.fillPoly(inside, [np.floor(drawn[at].contour).astype(np.int32)], 255)
        masks[places[at]] = prepare(Frame(inside, origin=frame.origin), drawn[at].box, whole)[:, :, 0] > 127
    return masks
