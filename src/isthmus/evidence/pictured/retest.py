"""Test and retest: P of one picture of a nodule against P of another.

No data set here says which pictures show the same nodule. A pair is two neighbouring pictures of a patient in the order
of their names, each with one nodule: that may be another plane, and even another nodule. Where no patient is named, it
is two pictures with neighbouring numbers that look alike and have one label.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.data.audit.file_order import file_order
from isthmus.data.audit.likeness import SIDE, Hashes, alike, difference_hash
from isthmus.data.grouping import BY_PATIENT
from isthmus.data.groups import natural
from isthmus.data.prepare import each_frame
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.reasons import reasoned, with_reason
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.stability.agreement import Agreement, agreement
from isthmus.progress import Progress, silent

NONE = "no two pictures are known to show one nodule, or one patient"
NONE_SUCH, TOO_FEW = "there is no such pair", "too few pairs"
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Retest:
    """Pairs of pictures, (pairs,): the ``labels`` of both, P of the ``first`` and of the ``second``, and whether the
    two look ``alike``.

    ``patient`` is the agreement of all pairs where patients are named, else None; ``similar`` that of the pairs that
    look alike; either is None without a pair. ``several`` nodules are left out, since their picture has others.
    """

    labels: Labels
    first: Floats
    second: Floats
    alike: npt.NDArray[np.bool_]
    patient: Agreement | None
    similar: Agreement | None
    several: int
    threshold: float

    @property
    def main(self) -> Agreement | None:
        """The agreement of the pairs that are shown: all of a patient, else those that look alike."""
        return self.patient or self.similar

    def as_json(self) -> dict[str, object]:
        """A key of metrics.json."""
        if self.main is None:
            return {"value": None, "reason": NONE}
        parts = {"patient": self.patient, "alike": self.similar}
        made: dict[str, object] = reasoned(
            {name: one.as_json() if one else {"value": None, "reason": NONE_SUCH} for name, one in parts.items()}
        )
        made = with_reason(made, TOO_FEW)
        return {**made, "several_nodules": self.several, "threshold": self.threshold}


def retest(pictures: Pictures, progress: Progress = silent) -> Retest:
    """Finds the pairs and reads both pictures of each. Raises DataError, EngineError."""
    counts = Counter(nodule.image for nodule in pictures.data.labelled)
    alone = [counts[nodule.image] == 1 for nodule in pictures.nodules]
    places = {nodule.image: place for place, nodule in enumerate(pictures.nodules) if alone[place]}
    patients = {image: pictures.nodules[place].patient for image, place in places.items()}
    named = BY_PATIENT.among(patients).names_patients
    pairs = np.array(
        [
            (places[one], places[other])
            for one, other in _neighbours(patients, named)
            if pictures.labels[places[one]] == pictures.labels[places[other]]
        ],
        np.int64,
    ).reshape(-1, 2)
    p, hashes = _read(pictures, np.unique(pairs), progress)
    similar = alike(hashes, pairs[:, 0], pairs[:, 1])
    if not named:
        pairs, similar = pairs[similar], similar[similar]

    def agree(part: npt.NDArray[np.bool_]) -> Agreement | None:
        if not part.any():
            return None
        first, second = pairs[part].T
        groups = None if pictures.groups is None else pictures.groups[first]
        return agreement(pictures.labels[first], p[first], p[second], pictures.threshold, groups)

    return Retest(
        labels=pictures.labels[pairs[:, 0]],
        first=p[pairs[:, 0]],
        second=p[pairs[:, 1]],
        alike=similar,
        patient=agree(np.ones_like(similar)) if named else None,
        similar=agree(similar),
        several=len(alone) - sum(alone),
        threshold=pictures.threshold,
    )


def _neighbours(patients: Mapping[str, str], named: bool) -> Iterator[tuple[str, str]]:
    """Neighbouring pictures, of a patient where patients are named, by the names of the pictures."""
    if named:
        by_patient: dict[str, list[str]] = {}
        for image, patient in patients.items():
            by_patient.setdefault(patient, []).append(image)
        for images in by_patient.values():
            yield from itertools.pairwise(sorted(images, key=natural))
    else:
        for series in file_order(patients):
            first, second = series.pairs(1)
            yield from ((series.names[one], series.names[other]) for one, other in zip(first, second, strict=True))


def _read(pictures: Pictures, places: Positions, progress: Progress) -> tuple[Floats, Hashes]:
    """P and the difference hash of the nodules and pictures at some places; the others' mean nothing."""
    p, hashes = np.zeros(len(pictures)), np.zeros((len(pictures), SIDE * SIDE // 8), np.uint8)
    nodules = [pictures.nodules[place] for place in places]
    for at, frame in each_frame(nodules, "reading two pictures of a nodule", progress):
        p[places[at]] = pictures.read([pictures.roi(int(places[at]), frame)])[0]
        hashes[places[at]] = np.frombuffer(difference_hash(frame), np.uint8)
    return p, hashes
