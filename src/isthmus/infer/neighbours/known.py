"""The training nodules of a model as its network sees them: features and labels, no picture and no name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save

from isthmus.errors import BundleError
from isthmus.runtime.inside import Inside

Floats = npt.NDArray[np.float32]
LARGEST = 127  # of int8
DIGEST = 4  # bytes of the SHA-256 of a picture's file
SHAPES = {"directions": 2, "steps": 1, "offset": 1, "places": 2, "step": 1, "labels": 1, "pictures": 2}
TYPES = {"directions": np.int8, "places": np.int8, "labels": np.uint8, "pictures": np.uint8}


@dataclass(frozen=True, eq=False)
class Known:
    """Features of n training nodules: the hidden layer of each network, reduced to d principal components.

    ``tensors`` are those layers' names in the bundle's ONNX file and ``widths`` their numbers of cells; ``copies`` is 2
    where the network reads the mirror image, too. A nodule's place is ``cells @ (directions * steps) - offset``;
    ``places``, int8 (n, d), times ``step`` are those of training. ``labels`` (n,) are 0 benign, 1 malignant;
    ``pictures`` (n, 4) begin the SHA-256 of each nodule's file, so that a picture of the training is known again.
    """

    tensors: tuple[str, ...]
    widths: tuple[int, ...]
    copies: int
    directions: npt.NDArray[np.int8]
    steps: Floats
    offset: Floats
    places: npt.NDArray[np.int8]
    step: Floats
    labels: npt.NDArray[np.uint8]
    pictures: npt.NDArray[np.uint8]

    @cached_property
    def where(self) -> Floats:
        """The places of the training nodules, (n, d)."""
        found: Floats = (self.places * self.step).astype(np.float32)
        return found

    def placed(self, cells: Floats) -> Floats:
        """The places (n, d) of the cells (n, sum of widths)."""
        found: Floats = (cells @ (self.directions * self.steps) - self.offset).astype(np.float32)
        return found

    @cached_property
    def apart(self) -> Floats:
        """Each training nodule's distance to the nearest one of another picture, (n,)."""
        keys = np.ascontiguousarray(self.pictures).view(np.uint32)[:, 0]
        nearest = np.empty(len(keys), np.float32)
        squares = np.square(self.where).sum(1)
        for at in range(0, len(keys), 512):
            part = slice(at, at + 512)
            square = squares[part, None] + squares - 2 * self.where[part] @ self.where.T
            square[keys[part, None] == keys] = np.inf
            nearest[part] = np.sqrt(np.maximum(square.min(1), 0))
        return nearest

    def save(self, path: Path) -> None:
        """Writes it as safetensors."""
        about = {"tensors": self.tensors, "widths": self.widths, "copies": self.copies}
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in SHAPES}
        path.write_bytes(save(arrays, metadata={"about": json.dumps(about)}))

    @classmethod
    def load(cls, path: Path) -> Known:
        """What ``save`` wrote. Raises BundleError for anything else."""
        try:
            with safe_open(path, framework="numpy") as file:
                arrays = {name: file.get_tensor(name) for name in SHAPES}
                about = json.loads(file.metadata()["about"])
            known = cls(
                tuple(map(str, about["tensors"])), tuple(map(int, about["widths"])), int(about["copies"]), **arrays
            )
            known._check()
        except Exception as error:  # a header of nonsense raises whatever it meets
            what = f"holds no similar cases of this isthmus ({' '.join(str(error).split())[:120]})"
            raise BundleError(what, where=str(path), remedy="Copy the whole bundle anew.") from None
        return known

    def _check(self) -> None:
        for name, axes in SHAPES.items():
            array = getattr(self, name)
            if array.ndim != axes or array.dtype != TYPES.get(name, np.float32) or not np.isfinite(array).all():
                raise ValueError(f"{name} is {array.dtype} {array.shape}")
        (cells, d), n = self.directions.shape, len(self.places)
        same = (cells, d, d, d, n, n, DIGEST, 1, len(self.tensors))
        found = (sum(self.widths), len(self.steps), len(self.offset), self.places.shape[1], len(self.labels))
        if (*found, *self.pictures.shape, len(self.step), len(self.widths)) != same or self.labels.max() > 1:
            raise ValueError("its parts don't fit together")
        if self.copies not in (1, 2):
            raise ValueError("copies are 1 or 2")


def cells_of(outputs: Sequence[Floats], n: int, widths: Sequence[int], copies: int) -> Floats:
    """The cells (n, sum of widths) of the whole RoIs: the crops, and mirror images, have rows of their own."""
    rows = [one.reshape(n * copies, -1)[:n, :width] for one, width in zip(outputs, widths, strict=True)]
    return np.concatenate(rows, axis=1)


def opened(known: Known, onnx: Path, threads: int = 0) -> Inside:
    """What reads the features of ``known``. Raises BundleError."""
    return Inside(onnx, known.tensors, threads)
