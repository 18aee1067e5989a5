"""Regions that others have drawn: in presentation states, segmentations and structured reports."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from pydicom.dataset import Dataset

from isthmus.errors import DataError
from isthmus.nodule import Box, Mark, Pixels, Point
from isthmus.pacs.marks import FrameMark, area_of

Place = tuple[str, int]  # SOP instance UID and frame of a picture
CORNERS = 32  # of a circle or an ellipse
LEAST_AREA = 16.0  # square pixels; less is a point or an arrow's head
DEEPEST = 30  # levels of a report


def regions_in(dataset: Dataset) -> dict[str, list[FrameMark]]:
    """The closed regions that an object marks, by the SOP instance UID of their picture. {} where it marks none.

    Of a presentation state the closed graphics in pixels (PS3.3 C.10.5), of a segmentation each segment on each frame
    (C.8.20), of a report the closed 2D coordinates that are selected from an image (C.18.6). Lines, points and texts
    are none. Raises DataError for what is damaged.
    """
    if "GraphicAnnotationSequence" in dataset:
        found = _of_presentation(dataset)
    elif dataset.get("Modality") == "SEG":
        found = _of_segmentation(dataset)
    else:
        found = _of_report(dataset)
    regions: dict[str, list[FrameMark]] = {}
    try:
        for (uid, frame), mark in found:
            regions.setdefault(uid, []).append(FrameMark(frame, mark))
    except DataError:
        raise
    except Exception as error:  # pydicom reads a value when it is asked for, and raises what it stumbles over
        raise DataError(f"its regions can't be read ({type(error).__name__})") from error
    return regions


def _of_presentation(dataset: Dataset) -> Iterator[tuple[Place, Mark]]:
    everywhere = [
        place for series in dataset.get("ReferencedSeriesSequence") or () for place in _places(series, "Image")
    ]
    for annotation in dataset.GraphicAnnotationSequence:
        places = list(_places(annotation, "Image")) or everywhere
        for graphic in annotation.get("GraphicObjectSequence") or ():
            if graphic.get("GraphicAnnotationUnits") != "PIXEL":
                continue
            filled = graphic.get("GraphicFilled") == "Y"
            if mark := _mark(graphic.get("GraphicType"), _numbers(graphic), filled):
                yield from ((place, mark) for place in places)


def _of_report(dataset: Dataset) -> Iterator[tuple[Place, Mark]]:
    for item in _items(dataset, 0):
        if item.get("ValueType") != "SCOORD" or not (mark := _mark(item.get("GraphicType"), _numbers(item), False)):
            continue
        for child in item.get("ContentSequence") or ():
            if path := child.get("ReferencedContentItemIdentifier"):
                child = _by_reference(dataset, path)
            if child.get("ValueType") == "IMAGE":
                yield from ((place, mark) for place in _places(child, "SOP"))


def _items(item: Dataset, depth: int) -> Iterator[Dataset]:
    for child in (item.get("ContentSequence") or ()) if depth < DEEPEST else ():
        yield child
        yield from _items(child, depth + 1)


def _by_reference(report: Dataset, path: Sequence[int] | int) -> Dataset:
    """The content item at a path, whose numbers count from 1; the first is the root's."""
    item = report
    for number in [path][1:] if isinstance(path, int) else path[1:]:
        children = item.get("ContentSequence") or ()
        if not 1 <= number <= len(children):
            return Dataset()
        item = children[number - 1]
    return item


def _of_segmentation(dataset: Dataset) -> Iterator[tuple[Place, Mark]]:
    frames = _mask(dataset)
    for number, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        sources = [
            place
            for derivation in groups.get("DerivationImageSequence") or ()
            for source in derivation.get("SourceImageSequence") or ()
            for place in _place(source)
        ]
        shapes, _ = cv2.findContours(frames[number], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(shapes, key=cv2.contourArea, default=None)
        if largest is None or cv2.contourArea(largest) < LEAST_AREA:
            continue
        smooth = cv2.approxPolyDP(largest, 1.0, closed=True)[:, 0, :]
        points = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in smooth)
        x, y, width, height = cv2.boundingRect(largest)
        mark = Mark(Box(x, y, x + width, y + height), points if len(points) > 2 else ())
        yield from ((place, mark) for place in sources)


def _mask(dataset: Dataset) -> Pixels:
    """Where a segmentation has its segments, uint8 0 or 1, (frames, rows, columns)."""
    stored = dataset.pixel_array
    threshold = int(dataset.get("MaximumFractionalValue") or 1) / 2
    mask = (stored if stored.ndim == 3 else stored[None]) >= max(threshold, 1)
    return np.ascontiguousarray(mask, dtype=np.uint8)


def _places(holder: Dataset, kind: str) -> Iterator[Place]:
    for reference in holder.get(f"Referenced{kind}Sequence") or ():
        yield from _place(reference)


def _place(reference: Dataset) -> Iterator[Place]:
    """Each frame that a reference names; the first where it names none."""
    uid = str(reference.get("ReferencedSOPInstanceUID") or "")
    numbers = reference.get("ReferencedFrameNumber")
    frames = [1] if numbers is None else [numbers] if isinstance(numbers, int | str) else list(numbers)
    if uid:
        yield from ((uid, int(frame)) for frame in frames)


def _numbers(graphic: Dataset) -> tuple[Point, ...]:
    values = [float(value) for value in graphic.get("GraphicData") or ()]
    points = tuple(zip(values[::2], values[1::2], strict=False))
    return points if all(math.isfinite(value) for value in values) else ()


def _mark(kind: str | None, points: tuple[Point, ...], filled: bool) -> Mark | None:
    """A graphic as a mark; None for what is no closed region."""
    if kind == "CIRCLE" and len(points) == 2:
        (x, y), edge = points
        radius = math.dist((x, y), edge)
        corners = _ellipse((x, y), (radius, 0), (0, radius))
    elif kind == "ELLIPSE" and len(points) == 4:
        # The ends of the one axis, then those of the other.
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
        middle = ((ax + bx) / 2, (ay + by) / 2)
        corners = _ellipse(middle, ((bx - ax) / 2, (by - ay) / 2), ((dx - cx) / 2, (dy - cy) / 2))
    elif kind in ("POLYLINE", "INTERPOLATED") and len(points) > 2 and (filled or _closed(points)):
        corners = points[:-1] if _closed(points) else points
    else:
        return None
    if len(corners) < 3 or area_of(corners) < LEAST_AREA:
        return None
    return _as_box(corners) or Mark(Box.around(corners), corners)


def _closed(points: Sequence[Point]) -> bool:
    return math.dist(points[0], points[-1]) < 0.5


def _as_box(corners: Sequence[Point]) -> Mark | None:
    """Four corners of an upright rectangle are a box, whose right and lower edges are behind its last pixels."""
    xs, ys = sorted({round(x, 3) for x, _ in corners}), sorted({round(y, 3) for _, y in corners})
    if len(corners) != 4 or len(xs) != 2 or len(ys) != 2:
        return None
    return Mark(Box.covering([xs[0], ys[0], xs[1], ys[1]]))


def _ellipse(middle: Point, one: Point, other: Point) -> tuple[Point, ...]:
    turns = [2 * math.pi * at / CORNERS for at in range(CORNERS)]
    return tuple(
        (
            middle[0] + one[0] * math.cos(turn) + other[0] * math.sin(turn),
            middle[1] + one[1] * math.cos(turn) + other[1] * math.sin(turn),
        )
        for turn in turns
    )
