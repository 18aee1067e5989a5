"""The nouns that travel through the house. All are frozen; none holds a framework's tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from isthmus.errors import DataError

if TYPE_CHECKING:  # `--help` of a verb needs the nouns, and no numpy
    import numpy as np
    import numpy.typing as npt

Pixels: TypeAlias = "npt.NDArray[np.uint8]"
Point = tuple[float, float]

FARTHEST = 1_000_000  # pixels from the corner of an image; nothing beyond is a position in one
AS_A_BOX = "Give x0,y0,x1,y1 in pixels, with x0 < x1 and y0 < y1."
AS_A_CONTOUR = "Give x,y;x,y;... in pixels, three points or more."
MOST_POINTS = 1000  # of a contour
DISCLAIMER = "For research only; not a medical device."


class Label(IntEnum):
    """What a nodule is. Malignant is the positive class (Section IV-B.1).

    >>> Label.MALIGNANT, str(Label.MALIGNANT), Label.named("Benign")
    (<Label.MALIGNANT: 1>, 'malignant', <Label.BENIGN: 0>)
    """

    BENIGN = 0
    MALIGNANT = 1

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, text: str) -> Label:
        """The label called ``text`` in any case. Raises DataError for any other text."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            raise DataError(
                f"label {text!r} is neither 'benign' nor 'malignant'", remedy="Use one of the two names."
            ) from None


@dataclass(frozen=True, order=True)
class Box:
    """A rectangle in image pixels: columns x0 <= x < x1, rows y0 <= y < y1.

    Raises DataError if it has no area.

    >>> Box.around([(10, 20), (30, 25)])
    Box(x0=10, y0=20, x1=31, y1=26)
    """

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise _no_area(self.x0, self.y0, self.x1, self.y1)

    @classmethod
    def around(cls, points: Sequence[Point]) -> Box:
        """The smallest box that holds every pixel that a point lies in."""
        xs, ys = [math.floor(x) for x, _ in points], [math.floor(y) for _, y in points]
        return cls(min(xs), min(ys), max(xs) + 1, max(ys) + 1)

    @classmethod
    def covering(cls, sides: Sequence[object]) -> Box:
        """The smallest box that holds every pixel that x0, y0, x1, y1 touch: numbers, or text that says them.

        Raises DataError if they aren't four numbers below a million, or have no area.

        >>> Box.covering(["10", 20.5, "30.2", 25])
        Box(x0=10, y0=20, x1=31, y1=25)
        """
        try:
            x0, y0, x1, y1 = (_position(side) for side in sides)
        except (TypeError, ValueError, OverflowError):
            text = ",".join("" if side is None else str(side) for side in sides)
            raise DataError(f"box {text!r} is not four numbers x0,y0,x1,y1", remedy=AS_A_BOX) from None
        if x1 <= x0 or y1 <= y0:  # rounding could give it an area
            raise _no_area(x0, y0, x1, y1)
        return cls(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))

    @classmethod
    def parse(cls, text: str) -> Box:
        """Reads ``x0,y0,x1,y1``, as ``covering`` does. Raises DataError."""
        return cls.covering(text.split(","))

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def fits(self, width: int, height: int) -> bool:
        """Whether the whole box lies in an image of ``width`` x ``height`` pixels."""
        return self.x0 >= 0 and self.y0 >= 0 and self.x1 <= width and self.y1 <= height

    def meets(self, width: int, height: int) -> bool:
        """Whether any of the box lies in an image of ``width`` x ``height`` pixels."""
        return self.x0 < width and self.y0 < height and self.x1 > 0 and self.y1 > 0

    def clipped(self, width: int, height: int) -> Box:
        """The part of the box inside the image. Raises DataError if there is none."""
        return Box(max(self.x0, 0), max(self.y0, 0), min(self.x1, width), min(self.y1, height))

    def __str__(self) -> str:
        return f"{self.x0},{self.y0},{self.x1},{self.y1}"


def parse_contour(text: str) -> tuple[Point, ...]:
    """Reads a closed polygon ``x,y;x,y;...`` in image pixels. Raises DataError where it is none, has no area, or
    crosses itself.

    >>> parse_contour("1,1; 4,1; 4,5")
    ((1.0, 1.0), (4.0, 1.0), (4.0, 5.0))
    """
    points = tuple(parse_point(pair) for pair in text.split(";"))
    if len(points) < 3:
        what = f"polygon {text!r} has {len(points)} point{'' if len(points) == 1 else 's'}"
        raise DataError(what, remedy=AS_A_CONTOUR)
    if len(points) > MOST_POINTS:
        raise DataError(f"polygon has {len(points)} points", remedy=f"Give at most {MOST_POINTS}.")
    twice_area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True))
    if _crosses_itself(points):  # such as a bow, whose two halves leave no area
        raise DataError(f"polygon {text!r} crosses itself", remedy="Give its points in their order along the edge.")
    if twice_area == 0:
        raise DataError(f"polygon {text!r} has no area", remedy=AS_A_CONTOUR)
    return points


def _crosses_itself(points: Sequence[Point]) -> bool:
    """Whether two sides of a closed polygon cross, each from one side of the other to its other side."""
    sides = list(zip(points, [*points[1:], points[0]], strict=True))
    return any(_cross(*one, *other) for at, one in enumerate(sides) for other in sides[at + 2 :])


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


def parse_point(text: str) -> Point:
    """Reads ``x,y`` in image pixels. Raises DataError.

    >>> parse_point("10,20.5")
    (10.0, 20.5)
    """
    try:
        x, y = (_position(side) for side in text.split(","))
    except (ValueError, OverflowError):
        raise DataError(f"point {text!r} is not two numbers x,y", remedy="Give x,y in pixels.") from None
    return x, y


def _position(side: object) -> float:
    if isinstance(side, bool) or (isinstance(side, str) and "_" in side):
        raise ValueError
    number = float(side)  # type: ignore[arg-type]
    if not abs(number) < FARTHEST:
        raise ValueError
    return number


def _no_area(*sides: float) -> DataError:
    text = ",".join(f"{side:.9g}" for side in sides)
    return DataError(f"box {text} has no area", remedy=AS_A_BOX)


@dataclass(frozen=True)
class Mark:
    """What a reader drew round a nodule: a box, or a polygon, whose ``box`` holds every pixel of it.

    ``proposed``: the box came of a click, and no reader has drawn it.
    """

    box: Box
    contour: tuple[Point, ...] = ()
    proposed: bool = False

    @classmethod
    def parse(cls, polygon: str) -> Mark:
        """Reads a polygon as ``parse_contour`` does. Raises DataError."""
        points = parse_contour(polygon)
        return cls(Box.around(points), points)

    def on(self, frame: Frame) -> Mark:
        """The mark, its edge on the edge of the image where it lies on it. Raises DataError where it leaves a frame."""
        inside = all(0 <= x <= frame.width and 0 <= y <= frame.height for x, y in self.contour)
        if not (inside if self.contour else self.box.fits(frame.width, frame.height)):
            drawn = "polygon" if self.contour else f"box {self.box}"
            raise DataError(
                f"{drawn} leaves the image, which is {frame.width} x {frame.height} pixels",
                where=frame.origin,
                remedy="Give pixels of this image.",
            )
        return replace(self, box=self.box.clipped(frame.width, frame.height))


@dataclass(frozen=True)
class ScanRegion:
    """A region of an ultrasound image, as its file states it: what it shows, and its millimetres if they are sound.

    ``spacing`` is mm a pixel as (row, column); None where ``reason`` speaks against it. ``box`` may leave the image:
    then it is of another picture, as of one that was scaled since. Of tissue are two-dimensional grey images only.
    """

    box: Box
    kind: Literal["tissue", "doppler", "other"]
    spacing: tuple[float, float] | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded image as a viewer shows it: uint8, (height, width) grey or (height, width, 3) RGB.

    ``origin`` names where the pixels came from, for error messages. It is page ``page``, from 1 on, of ``pages``.
    ``orientation`` is the EXIF orientation, 1 to 8, that was applied to the stored pixels; 1 changes nothing.
    ``regions`` are those that a DICOM file states, from which millimetres come; ``notes`` say what was decoded against
    the word of its header.
    """

    pixels: Pixels
    origin: str = ""
    page: int = 1
    pages: int = 1
    orientation: int = 1
    regions: tuple[ScanRegion, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, order=True)
class ImageRef:
    """One picture: a page, from 1 on, of a file. A frame of a file that holds several is a page.

    >>> str(ImageRef(Path("scans/7.tif"))), str(ImageRef(Path("scans/7.tif"), 3))
    ('7.tif', '7.tif#3')
    """

    path: Path
    page: int = 1

    def named(self, name: str) -> str:
        """The picture's name where its file is called ``name``."""
        return name if self.page == 1 else f"{name}#{self.page}"

    def __str__(self) -> str:
        return self.named(self.path.name)


@dataclass(frozen=True)
class Nodule:
    """One contoured nodule and what its annotation says. It holds no pixels.

    ``image`` is the name of its ``picture`` in its data set, ``patient`` the name of the patient. ``label`` is None
    until a label policy or the data set gives one; ``tirads`` is the TI-RADS category as written ("2" to "5"), ""
    where none was given. ``contour`` is in image pixels.
    """

    id: str
    image: str
    patient: str
    picture: ImageRef
    box: Box
    contour: tuple[Point, ...] = ()
    label: Label | None = None
    tirads: str = ""
    descriptors: Mapping[str, str] = field(default_factory=dict, hash=False)
    age: int | None = None
    sex: str | None = None
