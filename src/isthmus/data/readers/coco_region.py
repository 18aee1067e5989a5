"""The region of one COCO annotation: its bounding box, its polygons, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.data.dataset import ImageRecord
from isthmus.data.readers.contents import Contour
from isthmus.errors import DataError
from isthmus.nodule import FARTHEST, Box

NEAR = 2.0  # pixels by which a box may differ from its polygons', since some count pixels and some corners
DIGITS = 3  # of a pixel: what was a whole number isn't quite one where tools counted in 32 bits

Sides = tuple[float, float, float, float]  # x0, y0, x1, y1


@dataclass(frozen=True)
class Region:
    """A box and a contour, () without one. ``problem`` is why polygons could not be used, "" if they could."""

    box: Box
    contour: Contour
    problem: str = ""


def region_of(entry: Mapping[str, Any], record: ImageRecord) -> Region:
    """The region of an annotation of ``record``. COCO's origin is the corner of the image, its points lie between
    pixels; ours lie on them, the first at (0, 0).

    Raises DataError for a box that is none, for neither box nor polygons, and for a box that isn't that of its
    polygons, as where x1, y1 were written in place of width and height.
    """
    sides = _sides(entry["bbox"]) if entry.get("bbox") not in (None, []) else None
    polygons: list[Contour] = []
    problem = ""
    try:
        polygons = _polygons(entry.get("segmentation"))
    except DataError as error:
        if sides is None:
            raise
        problem = error.what
    around = _around([point for polygon in polygons for point in polygon]) if polygons else None
    if sides is None and around is None:
        raise DataError("has neither a bbox nor a polygon")
    box = Box.covering([round(side, DIGITS) for side in sides or around or ()])
    if sides and around and not _alike(sides, around, record):
        given, drawn = (",".join(f"{side:.6g}" for side in one) for one in (sides, around))
        raise DataError(f"has a bbox from x0,y0 to x1,y1 {given}, its polygons one {drawn}")
    largest = max(polygons, key=_area, default=())
    return Region(box, tuple(_within(box, x - 0.5, y - 0.5) for x, y in largest), problem)


def _sides(bbox: object) -> Sides:
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise DataError("has a bbox that is not four numbers x,y,width,height")
    try:
        x, y, width, height = map(_number, bbox)
    except DataError:
        raise DataError(f"has a bbox {_short(bbox)} that is not four numbers x,y,width,height") from None
    if width <= 0 or height <= 0:
        raise DataError(f"has a bbox of width {width:.6g} and height {height:.6g}, which has no area")
    return x, y, x + width, y + height


def _polygons(segmentation: object) -> list[Contour]:
    if segmentation in (None, []):
        return []
    if isinstance(segmentation, dict):
        raise DataError("has a mask in runs (RLE), of which only the bbox is read")
    if not isinstance(segmentation, list) or not all(isinstance(polygon, list) for polygon in segmentation):
        raise DataError("has a segmentation that is no list of polygons")
    return [_polygon(polygon) for polygon in segmentation]


def _polygon(numbers: Sequence[object]) -> Contour:
    if len(numbers) < 6 or len(numbers) % 2:
        raise DataError(f"has a polygon of {len(numbers)} numbers, where three points or more have six or more")
    places = [_number(number) for number in numbers]
    return tuple(zip(places[::2], places[1::2], strict=True))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FARTHEST:
        raise DataError(f"has a polygon with {_short(value)}, which is no position")
    return float(value)


def _around(points: Contour | list[tuple[float, float]]) -> Sides:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _alike(one: Sides, other: Sides, record: ImageRecord) -> bool:
    """Whether the parts of both that are in the image are the same, nearly."""
    far = (record.width, record.height) * 2
    pairs = zip(one, other, far, strict=True)
    return all(abs(min(max(a, 0), end) - min(max(b, 0), end)) <= NEAR for a, b, end in pairs)


def _area(polygon: Contour) -> float:
    after = polygon[1:] + polygon[:1]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(polygon, after, strict=True))) / 2


def _within(box: Box, x: float, y: float) -> tuple[float, float]:
    return min(max(x, box.x0), box.x1 - 1.0), min(max(y, box.y0), box.y1 - 1.0)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
