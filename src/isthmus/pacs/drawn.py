"""Regions that others have drawn: in presentation states, segmentations and structured reports."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage

from isthmus.errors import DataError
from isthmus.nodule import FARTHEST, Box, Mark, Pixels, Point
from isthmus.pacs.marks import FrameMark, area_of

Place = tuple[str, int]  # SOP instance UID and frame of a picture
Size = tuple[int, int]  # width and height
Region = tuple[Place, Mark, Size | None]
CORNERS = 32  # of a circle or an ellipse
MOST_CORNERS = 500  # of a region: the diameter of a nodule takes their square
MOST_PIXELS = 1 << 28  # of all frames of a segmentation
LEAST_AREA = 16.0  # square pixels; less is a point or an arrow's head
DEEPEST = 30  # levels of a report


def regions_in(dataset: Dataset) -> dict[str, list[FrameMark]]:
    """The closed regions that an object marks, by the SOP instance UID of their picture. {} where it marks none.

    Of a presentation state the closed graphics (PS3.3 C.10.5), of a segmentation each segment on each frame (C.8.20),
    of a report the closed 2D coordinates that are selected from an image (C.18.6). Lines, points and texts are none.
    Raises DataError for what is damaged.
    """
    if "GraphicAnnotationSequence" in dataset:
        found = _of_presentation(dataset)
    elif SegmentationStorage == dataset.get("SOPClassUID") or dataset.get("Modality") == "SEG":
        found = _of_segmentation(dataset)
    else:
        found = _of_report(dataset)
    regions: dict[str, list[FrameMark]] = {}
    try:
        for (uid, frame), mark, size in found:
            regions.setdefault(uid, []).append(FrameMark(frame, mark, size))
    except DataError:
        raise
    except Exception as error:  # pydicom reads a value when it is asked for, and raises what it stumbles over
        raise DataError(f"its regions can't be read ({type(error).__name__})") from error
    return regions


def _of_presentation(dataset: Dataset) -> Iterator[Region]:
    everywhere = [
        place for series in dataset.get("ReferencedSeriesSequence") or () for place in _places(series, "Image")
    ]
    for annotation in dataset.GraphicAnnotationSequence:
        places = list(_places(annotation, "Image")) or everywhere
        for graphic in annotation.get("GraphicObjectSequence") or ():
            units, points = graphic.get("GraphicAnnotationUnits"), _numbers(graphic)
            kind, filled = graphic.get("GraphicType"), graphic.get("GraphicFilled") == "Y"
            for place in places:
                if units == "DISPLAY":
                    corners = _in_pixels(points, dataset, place)
                else:
                    corners = points if units == "PIXEL" else ()
                if mark := _mark(kind, corners, filled):
                    yield place, mark, None


def _in_pixels(points: Sequence[Point], state: Dataset, place: Place) -> tuple[Point, ...]:
    """Points that are given as fractions of the displayed area (PS3.3 C.10.4, C.10.5) in pixels of the picture; ()
    where the state doesn't say which area that is. Its corners are pixels before rotation and flip, from 1, 1 on."""
    for area in state.get("DisplayedAreaSelectionSequence") or ():
        places = list(_places(area, "Image"))
        if places and place not in places and not any(uid == place[0] and _is_whole(area) for uid, _ in places):
            continue
        (x0, y0), (x1, y1) = area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner
        turned = int(state.get("ImageRotation") or 0) % 180 == 90
        return tuple(
            (_between(x0, x1, down if turned else across), _between(y0, y1, across if turned else down))
            for across, down in points
        )
    return ()


def _is_whole(area: Dataset) -> bool:
    """Whether an area is of all frames of its pictures."""
    return not any("ReferencedFrameNumber" in one for one in area.ReferencedImageSequence)


def _between(first: int, last: int, part: float) -> float:
    """The position ``part`` of the way across the pixels ``first`` to ``last``, which count from 1."""
    return first - 1 + part * (last - first + 1) if last >= first else first - part * (first - last + 1)


def _of_report(dataset: Dataset) -> Iterator[Region]:
    for item in _items(dataset, 0):
        if item.get("ValueType") != "SCOORD" or not (mark := _mark(item.get("GraphicType"), _numbers(item), False)):
            continue
        for child in item.get("ContentSequence") or ():
            if path := child.get("ReferencedContentItemIdentifier"):
                child = _by_reference(dataset, path)
            if child.get("ValueType") == "IMAGE":
                yield from ((place, mark, None) for place in _places(child, "SOP"))


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


def _of_segmentation(dataset: Dataset) -> Iterator[Region]:
    frames, size = _mask(dataset), (int(dataset.Columns), int(dataset.Rows))
    everywhere = [place for groups in dataset.get("SharedFunctionalGroupsSequence") or () for place in _sources(groups)]
    for number, groups in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        shapes, _ = cv2.findContours(frames[number], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(shapes, key=cv2.contourArea, default=None)
        if largest is None or cv2.contourArea(largest) < LEAST_AREA:
            continue
        points = tuple((float(x) + 0.5, float(y) + 0.5) for x, y in largest[:, 0, :])
        x, y, width, height = cv2.boundingRect(largest)
        corners = _fewer(points, 1.0)
        mark = Mark(Box(x, y, x + width, y + height), corners if len(corners) > 2 else ())
        yield from ((place, mark, size) for place in list(_sources(groups)) or everywhere)


def _sources(groups: Dataset) -> Iterator[Place]:
    """The pictures that a frame of a segmentation was made of."""
    for derivation in groups.get("DerivationImageSequence") or ():
        for source in derivation.get("SourceImageSequence") or ():
            yield from _place(source)


def _mask(dataset: Dataset) -> Pixels:
    """Where a segmentation has its segments, uint8 0 or 1, (frames, rows, columns)."""
    if int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("NumberOfFrames") or 1) > MOST_PIXELS:
        raise DataError(f"has more than {MOST_PIXELS:,} pixels", remedy="Send the frames that show the nodule.")
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
    if not all(math.isfinite(value) for value in values):
        return ()
    # What is farther than any picture reaches is left there: it is told where the picture is.
    near = [min(max(value, 1.0 - FARTHEST), FARTHEST - 1.0) for value in values]
    return tuple(zip(near[::2], near[1::2], strict=False))


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
    return _as_box(corners) or Mark(_around(corners), _fewer(corners))


def _around(corners: Sequence[Point]) -> Box:
    """The pixels that a region touches. A point of DICOM lies between pixels: 1, 1 is where the first ends."""
    xs, ys = zip(*corners, strict=True)
    return Box.covering([round(side, 3) for side in (min(xs), min(ys), max(xs), max(ys))])


def _fewer(corners: Sequence[Point], away: float = 0.0) -> tuple[Point, ...]:
    """A region by as few corners as lie at most ``away`` pixels from its edge, or more where these are too many."""
    while away or len(corners) > MOST_CORNERS:
        kept = cv2.approxPolyDP(np.asarray(corners, np.float32)[:, None, :], away, closed=True)[:, 0, :]
        if len(kept) <= MOST_CORNERS:
            return tuple((float(x), float(y)) for x, y in kept)
        away = 2 * away or 0.25
    return tuple(corners)


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
