"""How a mark is detected: coloured strokes (calipers, arrows) in a nodule's box; are they associated with the label?

A network can read the mark in place of the nodule, where marks are mostly on nodules that looked suspicious. A stroke
is a set of coloured pixels at most STROKE wide; wider areas are colour Doppler or a tint. `coloured` makes both masks,
`coloured_marks` counts the stroke's pixels in each box, `marks_by_label` tests the association.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import scipy.stats

from isthmus.data import pixels
from isthmus.nodule import Box, Frame, ImageRef, Label, Nodule

CHROMA = 40  # difference of an RGB pixel's largest and smallest value; the noise of JPEG stays well below
FEWEST = 6  # coloured pixels in a box that make a mark
STROKE = 7  # pixels; what is coloured over a wider area is a tint or Doppler flow, no mark

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Mark:
    """The coloured strokes inside one nodule's box: their pixels, and these as a share (0 .. 1) of the box."""

    nodule: str
    image: str
    pixels: int
    share: float


@dataclass(frozen=True)
class ColouredMarks:
    """The nodules with ``marks`` in their boxes, and the images with coloured ``areas``: colour Doppler, or a tint."""

    marks: tuple[Mark, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[str, ...]:
        """The images that have a mark in at least one nodule's box, in the order of the nodules."""
        return tuple(dict.fromkeys(mark.image for mark in self.marks))

    @property
    def nodules(self) -> frozenset[str]:
        return frozenset(mark.nodule for mark in self.marks)


@dataclass(frozen=True)
class Association:
    """Marks against labels: a 2 x 2 table of nodules, the counts of those without a label, and its statistics.

    ``odds_ratio`` is the odds of a mark among malignant over those among benign nodules (conditional maximum
    likelihood), ``low`` .. ``high`` its exact 95 % interval, ``p`` Fisher's exact two-sided test. They are NaN where
    there is no mark, no unmarked nodule, or one class only. Nodules are taken as independent although several may come
    from one patient, so the interval is rather too narrow.
    """

    marked_benign: int
    marked_malignant: int
    unmarked_benign: int
    unmarked_malignant: int
    marked_unlabelled: int
    unmarked_unlabelled: int
    odds_ratio: float
    low: float
    high: float
    p: float

    @property
    def n(self) -> int:
        """The nodules that have a label."""
        return self.marked_benign + self.marked_malignant + self.unmarked_benign + self.unmarked_malignant


@dataclass(frozen=True)
class Colour:
    """What is coloured in one picture of ``shape`` (height, width): its strokes, packed, and whether it has areas."""

    shape: tuple[int, int]
    packed: bytes = b""
    area: bool = False

    def inside(self, box: Box) -> int:
        """The pixels of strokes in a box."""
        if not self.packed:
            return 0
        bits = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        strokes = np.unpackbits(bits, count=self.shape[0] * self.shape[1]).reshape(self.shape)
        return int(strokes[box.y0 : box.y1, box.x0 : box.x1].sum())


def colour_of(frame: Frame) -> Colour:
    """A frame's coloured strokes and areas, in few bytes."""
    strokes, area = coloured(frame)
    packed = zlib.compress(np.packbits(strokes).tobytes(), 1) if strokes.any() else b""
    return Colour((frame.height, frame.width), packed, bool(area.any()))


def read_colour(picture: ImageRef) -> Colour:
    """The colour of a picture. Raises DataError."""
    return colour_of(pixels.read_picture(picture))


def coloured_marks(nodules: Sequence[Nodule], colours: Callable[[ImageRef], Colour] = read_colour) -> ColouredMarks:
    """Finds coloured strokes inside the nodules' boxes. White and grey calipers are not seen: they have no colour.

    Areas of colour are left out and their images named apart: under colour Doppler or a tinted (sepia) grey map a
    mark is detected only outside the coloured area. Raises DataError if an image can't be read.
    """
    by_image: dict[str, list[Nodule]] = defaultdict(list)
    for nodule in nodules:
        by_image[nodule.image].append(nodule)
    marks: list[Mark] = []
    areas: list[str] = []
    for image, members in by_image.items():
        colour = colours(members[0].picture)
        areas += [image] if colour.area else []
        for nodule in members:
            box = nodule.box.clipped(colour.shape[1], colour.shape[0])
            inside = colour.inside(box)
            if inside >= FEWEST:
                marks.append(Mark(nodule.id, image, inside, round(inside / (box.width * box.height), 5)))
    return ColouredMarks(tuple(marks), tuple(areas))


def coloured(frame: Frame) -> tuple[Mask, Mask]:
    """Where a frame has coloured strokes, and where coloured areas: two masks (height, width)."""
    if frame.pixels.ndim == 2:
        nothing = np.zeros(frame.pixels.shape, np.bool_)
        return nothing, nothing
    red, green, blue = cv2.split(frame.pixels)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    vivid = (np.asarray(spread) >= CHROMA).astype(np.uint8)
    if not vivid.any():
        return vivid.astype(np.bool_), vivid.astype(np.bool_)
    core = cv2.morphologyEx(vivid, cv2.MORPH_OPEN, np.ones((STROKE, STROKE), np.uint8))
    area = cv2.dilate(core, np.ones((2 * STROKE + 1, 2 * STROKE + 1), np.uint8)).astype(np.bool_)
    return vivid.astype(np.bool_) & ~area, area & vivid.astype(np.bool_)


def marks_by_label(nodules: Iterable[Nodule], marked: Collection[str]) -> Association:
    """Whether the ``marked`` nodules' ids go with the label; nodules without a label are only counted.

    >>> from pathlib import Path; from isthmus.nodule import Box
    >>> made = [Nodule(str(i), "", "", ImageRef(Path()), Box(0, 0, 1, 1), label=Label(i % 2)) for i in range(8)]
    >>> table = marks_by_label(made, {"1", "3"})
    >>> table.marked_malignant, table.unmarked_benign, round(table.p, 3)
    (2, 4, 0.429)
    """
    counts = Counter((nodule.id in marked, nodule.label) for nodule in nodules)
    table = [[counts[has, label] for label in (Label.MALIGNANT, Label.BENIGN)] for has in (True, False)]
    ratio = low = high = p = float("nan")
    if all(map(sum, table)) and all(map(sum, zip(*table, strict=True))):
        result = scipy.stats.contingency.odds_ratio(table)
        interval = result.confidence_interval(0.95)
        ratio, low, high = float(result.statistic), float(interval.low), float(interval.high)
        p = float(scipy.stats.fisher_exact(table).pvalue)
    return Association(
        table[0][1], table[0][0], table[1][1], table[1][0], counts[True, None], counts[False, None], ratio, low, high, p
    )
