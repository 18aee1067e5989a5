"""The leak of order: what the place of a picture among the files tells of the picture and of its label.

Sets without patient ids often stand in the order in which they were collected. Neighbours are then of one patient, or
of a stretch of one class, and a split by image puts them on both sides.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.data.audit.file_order import Series, file_order
from isthmus.data.audit.likeness import Likeness, likeness
from isthmus.data.dataset import DataSet
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label, Nodule

NEIGHBOURS = 25  # nodules on each side that a label is guessed from
SHARE = 16  # on each side at most one nodule in so many: the rest of a small set would tell the label by what it lacks
CELLS = 100  # of the strip of labels

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Order:
    """The leak of order between different pictures, or between pictures of different patients.

    ``neighbour_auc`` is the AUC of each nodule's label guessed from the mean label of ``neighbours`` nodules before and
    after it; ``n`` counts the nodules. ``runs`` are stretches of one label in file order. ``strip`` is the share of
    malignant nodules in up to CELLS equal parts of the file order. ``in_numbers`` says whether all distances are those
    of the numbers in the names, else some or all are of positions.
    """

    likeness: Likeness
    neighbour_auc: Estimate
    neighbours: int
    in_numbers: bool
    runs: int
    longest_run: int
    strip: tuple[float, ...]

    @property
    def tells_class(self) -> bool:
        """Whether the neighbours' labels tell a nodule's label, surely."""
        return self.neighbour_auc.low > 0.5

    @property
    def leaks(self) -> bool:
        return self.tells_class or self.likeness.up_to > 0

    def as_json(self) -> dict[str, object]:
        """``likeness`` and ``neighbour_auc`` are numbers (None: nothing to count), their intervals stand apart."""
        shares, auc = self.likeness.by_distance, self.neighbour_auc
        return {
            "likeness": {str(distance): share.as_json()["value"] for distance, share in shares.items()},
            "neighbour_auc": auc.as_json()["value"],
            "likeness_intervals": {str(distance): _interval(share) for distance, share in shares.items()},
            "chance": {"share": self.likeness.chance.as_json()["value"], **_interval(self.likeness.chance)},
            "alike_up_to": self.likeness.up_to,
            "neighbour_auc_interval": _interval(auc) | {"method": auc.method},
            "neighbours": self.neighbours,
            "distance_in": "numbers" if self.in_numbers else "positions",
            "tells_class": self.tells_class,
            "runs": self.runs,
            "longest_run": self.longest_run,
            "strip": list(self.strip),
        }


def order_leak(data: DataSet, hash_of: Callable[[str], bytes]) -> tuple[Order, Order | None]:
    """The leak between different pictures, and between different patients; None where every image is a patient.

    ``hash_of`` gives the ``difference_hash`` of the image of a name.
    """
    patient = {image.id: image.patient for image in data.images}
    series = file_order(patient)
    nodules = _in_order(data.labelled, series)
    between_pictures = _order(series, nodules, hash_of, str)
    if len(set(patient.values())) == len(patient):
        return between_pictures, None
    return between_pictures, _order(series, nodules, hash_of, patient.__getitem__)


def neighbour_auc(nodules: Sequence[Sequence[Nodule]], unit_of: Callable[[str], str], neighbours: int) -> Estimate:
    """The AUC of labels guessed from the mean label of ``neighbours`` nodules of other units on each side.

    ``nodules`` are labelled and in file order, a sequence of images each. Only nodules of one sequence are compared:
    where the names themselves part the classes, there is no order to measure. Its interval is by the jackknife of
    stretches, each of whole runs of one label and at least twice ``neighbours`` long.
    """
    labels, guesses, strata, stretches = list[int](), list[float](), list[int](), list[int]()
    stretch = 0
    for number, members in enumerate(nodules):
        malignant = np.array([int(nodule.label is Label.MALIGNANT) for nodule in members], np.int64)
        units = [unit_of(nodule.image) for nodule in members]
        of_stretch = stretch + _stretches(malignant, 2 * neighbours)
        stretch = int(of_stretch.max(initial=stretch)) + 1
        for at in range(len(members)):
            around = _around(units, at, neighbours)
            if around:
                labels.append(int(malignant[at]))
                guesses.append(float(malignant[around].mean()))
                strata.append(number)
                stretches.append(int(of_stretch[at]))
    if not labels:
        return replace(Estimate.undefined("no nodule has a neighbour"), n=0)
    return replace(auc_within(labels, guesses, strata, stretches), n=len(labels))


def _order(
    series: Sequence[Series],
    nodules: Sequence[Sequence[Nodule]],
    hash_of: Callable[[str], bytes],
    unit_of: Callable[[str], str],
) -> Order:
    labels = np.array([int(nodule.label is Label.MALIGNANT) for members in nodules for nodule in members], np.int64)
    neighbours = max(1, min(NEIGHBOURS, len(labels) // SHARE))
    runs = np.diff(np.flatnonzero(np.diff(labels, prepend=-1, append=-1)))
    return Order(
        likeness=likeness(series, hash_of, unit_of),
        neighbour_auc=neighbour_auc(nodules, unit_of, neighbours),
        neighbours=neighbours,
        in_numbers=all(one.numbered for one in series),
        runs=len(runs),
        longest_run=int(runs.max(initial=0)),
        strip=tuple(round(float(part.mean()), 3) for part in np.array_split(labels, CELLS) if len(part)),
    )


def _in_order(nodules: Sequence[Nodule], series: Sequence[Series]) -> list[list[Nodule]]:
    of_image: dict[str, list[Nodule]] = defaultdict(list)
    for nodule in nodules:
        of_image[nodule.image].append(nodule)
    return [[nodule for name in one.names for nodule in of_image[name]] for one in series]


def _around(units: Sequence[str], at: int, neighbours: int) -> list[int]:
    """The positions of the nearest of other units, on both sides."""
    sides = (range(at - 1, -1, -1), range(at + 1, len(units)))
    others = ((place for place in side if units[place] != units[at]) for side in sides)
    return [place for side in others for place in itertools.islice(side, neighbours)]


def _stretches(labels: Labels, least: int) -> Labels:
    """Numbers stretches of at least ``least`` labels that end where a run does: (n,), from 0."""
    stretches, number, length = np.zeros(len(labels), np.int64), 0, 0
    for at in range(len(labels)):
        if length >= least and labels[at] != labels[at - 1]:
            number, length = number + 1, 0
        stretches[at] = number
        length += 1
    return stretches


def _interval(estimate: Estimate) -> dict[str, object]:
    values = estimate.as_json()
    return {"low": values["low"], "high": values["high"], "n": estimate.n}
