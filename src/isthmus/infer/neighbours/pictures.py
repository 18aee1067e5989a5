"""The pictures of similar cases, from the training data that the user has on disk; never another picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from isthmus.bundle import Bundle
from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.infer.neighbours.known import Known
from isthmus.infer.neighbours.similar import digest
from isthmus.nodule import Pixels


class TrainingPictures:
    """The RoIs of a bundle's training nodules in the data set at ``root``. The data set's fingerprint, which is of
    every name, box, label and file, has to be the one that the bundle learned from. Raises DataError, BundleError."""

    def __init__(self, bundle: Bundle, known: Known, root: Path) -> None:
        origin = bundle.provenance
        data = open_source(origin.data, root, None if origin.policy == "given" else origin.policy)
        nodules = data.labelled
        same = len(nodules) == len(known.labels) and data.fingerprint() == origin.fingerprint
        if not same or any(int(one.label or 0) != label for one, label in zip(nodules, known.labels, strict=True)):
            raise DataError(
                f"is not the data that {bundle.name} learned from, {origin.data} with the fingerprint "
                f"{origin.fingerprint}",
                where=str(root),
                remedy="Name the folder of that data set, whole, or leave --training-data out.",
            )
        self._nodules, self._known, self._preparation = nodules, known, bundle.recipe.preparation

    def roi(self, row: int) -> Pixels:
        """The RoI of a training nodule as the network sees it, uint8 (size, size, 3). Raises DataError where there is
        none, or its file has changed since."""
        if not 0 <= row < len(self._nodules):
            raise DataError(f"no training nodule {row}", remedy=f"There are {len(self._nodules)}, from 0 on.")
        nodule = self._nodules[row]
        path = nodule.picture.path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"can't be read ({error.strerror})", where=path.name, remedy="Look for the file.") from None
        if not np.array_equal(digest(content), self._known.pictures[row]):
            raise DataError("has changed since the service began", where=path.name, remedy="Start it again.")
        return prepare(read_frame(content, path.name, nodule.picture.page), nodule.box, self._preparation)
