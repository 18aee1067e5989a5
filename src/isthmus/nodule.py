"""The nouns that travel through the house. All are frozen; none holds a framework's tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isthmus.errors import DataError

Pixels = npt.NDArray[np.uint8]
Point = tuple[float, float]

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
            raise DataError(
                f"box {self.x0},{self.y0},{self.x1},{self.y1} has no area",
                remedy="Give x0,y0,x1,y1 in pixels, with x0 < x1 and y0 < y1.",
            )

    @classmethod
    def around(cls, points: Sequence[Point]) -> Box:
        """The smallest box that holds every pixel that a point lies in."""
        xs, ys = [int(np.floor(x)) for x, _ in points], [int(np.floor(y)) for _, y in points]
        return cls(min(xs), min(ys), max(xs) + 1, max(ys) + 1)

    @classmethod
    def parse(cls, text: str) -> Box:
        """Reads ``x0,y0,x1,y1``. Raises DataError if it isn't four whole numbers."""
        try:
            x0, y0, x1, y1 = (int(part) for part in text.split(","))
        except ValueError:
            raise DataError(f"box {text!r} is not four whole numbers x0,y0,x1,y1") from None
        return cls(x0, y0, x1, y1)

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


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded image: uint8, (height, width) grey or (height, width, 3) RGB.

    ``spacing`` is mm a pixel as (row, column), or None where the file doesn't say.
    ``origin`` names where the pixels came from, for error messages.
    """

    pixels: Pixels
    spacing: tuple[float, float] | None = None
    origin: str = ""

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True)
class Nodule:
    """One contoured nodule and what its annotation says. It holds no pixels.

    ``image`` is the image's name in its data set, ``patient`` whom it belongs to, ``page`` the frame in a
    file of several. ``label`` is None until a label policy or the data set gives one; ``tirads`` is the
    TI-RADS category as written ("2" to "5"), "" where none was given. ``contour`` is in image pixels.
    """

    id: str
    image: str
    patient: str
    path: Path
    box: Box
    contour: tuple[Point, ...] = ()
    label: Label | None = None
    tirads: str = ""
    descriptors: Mapping[str, str] = field(default_factory=dict, hash=False)
    age: int | None = None
    sex: str | None = None
    page: int = 0


@dataclass(frozen=True)
class Prediction:
    """What a model says of one nodule. Every probability is P(malignant), in 0 .. 1.

    ``whole`` is the global branch's, ``crops`` the cropping branch's mean (None without that branch),
    ``votes`` each crop's own. ``label`` is malignant where ``probability`` >= ``threshold``.
    """

    nodule: str
    image: str
    box: Box
    probability: float
    whole: float
    crops: float | None
    votes: tuple[float, ...]
    threshold: float

    @property
    def label(self) -> Label:
        return Label.MALIGNANT if self.probability >= self.threshold else Label.BENIGN
