"""RoIs that show calipers, white or coloured, or other marks, and whether these go with the label.

A RoI is a square window about the nodule, of 1.5 times the box's longer side: what a network sees with a margin.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.data.audit.calipers import FEWEST, Colour
from isthmus.data.audit.crosses import Cross
from isthmus.data.audit.digits import Calipers
from isthmus.data.audit.text import Overlay
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import BLOCK, BY_PATIENT, Grouping
from isthmus.data.groups import groups
from isthmus.data.prepare import square
from isthmus.errors import SplitError, UsageError
from isthmus.judge.intervals import Estimate
from isthmus.judge.jackknife import clustered
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.weighted import Statistic
from isthmus.nodule import Box, ImageRef, Label, Nodule

MARGIN = 0.25  # on each side, of the box's longer side
SIZES = 5
UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class RoiMarks:
    """Of ``n`` RoIs, ``rois`` show a kind of mark.

    ``by_label`` counts the RoIs with and without it, of benign, malignant and unlabelled nodules. ``odds_ratio`` is
    the odds of the mark among malignant over those among benign nodules, .5 added to each count (Haldane 1956,
    Anscombe 1956), its interval by the jackknife of groups, which ``grouping`` makes. ``at_equal_size`` is that ratio
    among nodules of about one size.
    """

    n: int
    rois: int
    by_label: Mapping[str, tuple[int, int]]
    odds_ratio: Estimate
    at_equal_size: Estimate
    grouping: Grouping

    def as_json(self) -> dict[str, object]:
        """The counts, and the odds ratio with its interval; None for what can't be computed."""
        labelled = sum(sum(both) for name, both in self.by_label.items() if name != UNLABELLED)
        return {
            "n": self.n,
            "rois": self.rois,
            "by_label": {name: {"with": one, "without": other} for name, (one, other) in self.by_label.items()},
            **_odds_json(self.odds_ratio),
            "at_equal_size": {"n": labelled, **_odds_json(self.at_equal_size)},
            "group_by": str(self.grouping),
        }


def _odds_json(odds: Estimate) -> dict[str, object]:
    numbers = {"odds_ratio": odds.value, "low": odds.low, "high": odds.high}
    return {name: one if math.isfinite(one) else None for name, one in numbers.items()} | {"method": odds.method}


@dataclass(frozen=True)
class RoiCalipers(RoiMarks):
    """Calipers: ``white`` RoIs have crosses, ``coloured`` coloured strokes, ``rois`` either or both."""

    white: int
    coloured: int

    def as_json(self) -> dict[str, object]:
        return super().as_json() | {"white": self.white, "coloured": self.coloured}


def roi_calipers(
    data: DataSet,
    duplicates: Sequence[Sequence[str]],
    calipers_of: Callable[[ImageRef], Calipers],
    colour_of: Callable[[ImageRef], Colour],
) -> RoiCalipers:
    """The calipers in the RoIs of all nodules, and their association with the label, clustered by group."""
    white, coloured = with_calipers(data.nodules, calipers_of, colour_of)
    either = marks_by_label(data, duplicates, white | coloured)
    return RoiCalipers(**vars(either), white=len(white), coloured=len(coloured))


def with_calipers(
    nodules: Sequence[Nodule], calipers_of: Callable[[ImageRef], Calipers], colour_of: Callable[[ImageRef], Colour]
) -> tuple[set[str], set[str]]:
    """The ids of the nodules whose RoI has white crosses, and of those whose RoI has coloured strokes."""
    white, coloured = set[str](), set[str]()
    for nodule in nodules:
        colour = colour_of(nodule.picture)
        roi = roi_of(nodule.box, colour.shape[1], colour.shape[0])
        white.update([nodule.id] if crosses_in(roi, calipers_of(nodule.picture).crosses) else [])
        coloured.update([nodule.id] if colour.inside(roi) >= FEWEST else [])
    return white, coloured


def other_marks(
    data: DataSet,
    duplicates: Sequence[Sequence[str]],
    calipers_of: Callable[[ImageRef], Calipers],
    overlay_of: Callable[[ImageRef], Overlay],
) -> dict[str, RoiMarks]:
    """What else is burnt into the RoIs: ``digits`` of calipers, ``text`` of two characters or more, and, as far as they
    lie outside the scan area, ``device`` marks of any kind, text among them."""
    marked: dict[str, set[str]] = {"digits": set(), "text": set(), "device": set()}
    sizes = {image.id: (image.width, image.height) for image in data.images}
    for nodule in data.nodules:
        roi, seen = roi_of(nodule.box, *sizes[nodule.image]), overlay_of(nodule.picture)
        if any(_centred(roi, box) for box in calipers_of(nodule.picture).digits):
            marked["digits"].add(nodule.id)
        if any(_overlap(roi, box) for box in (*seen.outside, *seen.inside)):
            marked["text"].add(nodule.id)
        y, x = seen.marks.T
        if ((y >= roi.y0) & (y < roi.y1) & (x >= roi.x0) & (x < roi.x1)).any():
            marked["device"].add(nodule.id)
    return {kind: marks_by_label(data, duplicates, ids) for kind, ids in marked.items()}


def marks_by_label(data: DataSet, duplicates: Sequence[Sequence[str]], marked: Collection[str]) -> RoiMarks:
    """The counts of the nodules with the ids ``marked``, and their association with the label, clustered by group."""
    grouping = _grouping(data)
    of_image = groups(data.images, duplicates, grouping)
    counts = Counter((_name(nodule.label), nodule.id in marked) for nodule in data.nodules)
    return RoiMarks(
        n=len(data.nodules),
        rois=len(marked),
        by_label={name: (counts[name, True], counts[name, False]) for name in (*map(str, Label), UNLABELLED)},
        odds_ratio=odds_ratio(data.labelled, marked, of_image),
        at_equal_size=odds_ratio_at_equal_size(data.labelled, marked, of_image),
        grouping=grouping,
    )


def odds_ratio(nodules: Sequence[Nodule], marked: Collection[str], group_of: Mapping[str, str]) -> Estimate:
    """The odds of a mark among malignant over those among benign nodules, by the jackknife of groups.

    ``nodules`` are labelled, ``marked`` the ids of those with a mark, ``group_of`` gives an image's group. Undefined
    without both labels, without a marked nodule and without another.
    """
    return _odds_ratio(_share, nodules, marked, group_of)


def odds_ratio_at_equal_size(
    nodules: Sequence[Nodule], marked: Collection[str], group_of: Mapping[str, str]
) -> Estimate:
    """The odds ratio in ``SIZES`` parts of the nodules by the longer side of their boxes, pooled (Mantel, Haenszel
    1959); arguments and interval are those of ``odds_ratio``."""
    sides = np.array([max(nodule.box.width, nodule.box.height) for nodule in nodules])
    cuts = np.quantile(sides, np.arange(1, SIZES) / SIZES) if len(sides) else sides
    part = np.searchsorted(cuts, sides, side="right")

    def share(labels: Labels, marks: Floats, weights: Floats) -> Floats:
        ours = theirs = np.zeros(len(weights))
        for size in range(SIZES):
            malignant, benign = (labels == 1) & (part == size), (labels == 0) & (part == size)
            one = (weights @ (malignant & (marks == 1))) * (weights @ (benign & (marks == 0)))
            other = (weights @ (malignant & (marks == 0))) * (weights @ (benign & (marks == 1)))
            n = np.maximum(weights @ (part == size), 1)
            ours, theirs = ours + one / n, theirs + other / n
        both = ours + theirs
        shares: Floats = np.divide(ours, both, out=np.full(len(weights), math.nan), where=both > 0)
        return shares

    return _odds_ratio(share, nodules, marked, group_of)


def _odds_ratio(
    statistic: Statistic, nodules: Sequence[Nodule], marked: Collection[str], group_of: Mapping[str, str]
) -> Estimate:
    labels = np.array([int(nodule.label is Label.MALIGNANT) for nodule in nodules], np.int64)
    marks = np.array([float(nodule.id in marked) for nodule in nodules])
    if not (len(nodules) and 0 < labels.mean() < 1 and 0 < marks.mean() < 1):
        return replace(Estimate.undefined("both labels, RoIs with the mark and without are needed"), n=len(nodules))
    share = clustered(statistic, labels, marks, [group_of[nodule.image] for nodule in nodules])
    if math.isnan(share.value):
        return replace(Estimate.undefined("no part has both labels, RoIs with the mark and without"), n=len(nodules))
    value, low, high = (math.inf if one == 1 else one / (1 - one) for one in (share.value, share.low, share.high))
    return Estimate(value, low, high, share.method, len(nodules))


def _share(labels: Labels, marks: Floats, weights: Floats) -> Floats:
    """The odds ratio R as R / (1 + R): its logit, which the interval goes by, is the log of R."""
    with_marks, without = marks == 1, marks == 0
    malignant, benign = labels == 1, labels == 0
    one = (weights @ (malignant & with_marks) + 0.5) * (weights @ (benign & without) + 0.5)
    other = (weights @ (malignant & without) + 0.5) * (weights @ (benign & with_marks) + 0.5)
    both = (weights @ malignant > 0) & (weights @ benign > 0)
    return np.where(both, one / (one + other), math.nan)


def roi_of(box: Box, width: int, height: int) -> Box:
    """The part of the square window about a box that lies in an image of ``width`` x ``height`` pixels."""
    return square(box.clipped(width, height), MARGIN).clipped(width, height)


def crosses_in(roi: Box, places: Sequence[Cross]) -> tuple[Cross, ...]:
    """The crosses with their centres in a RoI."""
    return tuple(one for one in places if roi.x0 <= one.x < roi.x1 and roi.y0 <= one.y < roi.y1)


def _centred(roi: Box, box: Box) -> bool:
    return roi.x0 <= (box.x0 + box.x1) // 2 < roi.x1 and roi.y0 <= (box.y0 + box.y1) // 2 < roi.y1


def _overlap(roi: Box, box: Box) -> bool:
    return box.x0 < roi.x1 and box.x1 > roi.x0 and box.y0 < roi.y1 and box.y1 > roi.y0


def _grouping(data: DataSet) -> Grouping:
    """By patient; by block where every image is a patient and the images have numbers enough for two blocks."""
    if len({image.patient for image in data.images}) < len(data.images):
        return BY_PATIENT
    try:
        groups(data.images, (), Grouping(BLOCK))
    except (SplitError, UsageError):
        return BY_PATIENT
    return Grouping(BLOCK)


def _name(label: Label | None) -> str:
    return UNLABELLED if label is None else str(label)
