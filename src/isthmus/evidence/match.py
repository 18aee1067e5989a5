"""The nodules judged, found by name in the data set that they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.data.dataset import DataSet
from isthmus.errors import DataError
from isthmus.evidence.nodules import Nodules
from isthmus.nodule import Nodule


@dataclass(frozen=True, eq=False)
class Match:
    """Those nodules tested that ``data`` has by name, (n,) each: ``places`` among the nodules tested, and ``nodules``
    with their pictures. ``tested`` counts all."""

    data: DataSet
    tested: int
    places: npt.NDArray[np.int64]
    nodules: tuple[Nodule, ...]

    @classmethod
    def of(cls, judged: Nodules, data: DataSet) -> Match:
        """Raises DataError where ``data`` has none of them, and where a label isn't that of the predictions."""
        if judged.names is None:
            raise DataError(
                "has no column of nodules, so that their pictures can't be found",
                where=judged.name,
                remedy="Name it with --nodule, or leave --data out.",
            )
        there = {nodule.id: nodule for nodule in data.labelled}
        tested = np.flatnonzero(~judged.validation)
        names = judged.names[tested].tolist()
        places = np.array([place for place, name in enumerate(names) if name in there], np.int64)
        if not places.size:
            what = f"none of its {len(names)} nodules, such as {names[0]!r}, is in {data.root}"
            raise DataError(what, where=judged.name, remedy="Give the data set that the predictions are of.")
        nodules = tuple(there[names[place]] for place in places)
        for nodule, row in zip(nodules, tested[places].tolist(), strict=True):
            if nodule.label != judged.labels[row]:
                what = f"nodule {nodule.id!r} has another label there: {nodule.label}"
                line = f": line {judged.lines[row]}" if judged.lines else ""
                raise DataError(
                    what, where=f"{judged.name}{line}", remedy="Give the --labels that the predictions have."
                )
        return cls(data, len(names), places, nodules)

    @property
    def at(self) -> Mapping[int, Nodule]:
        """The nodules by their places."""
        return dict(zip(self.places.tolist(), self.nodules, strict=True))
