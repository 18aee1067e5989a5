"""What an ultrasound image shows where, and its millimetres: Sequence of Ultrasound Regions (PS3.3 C.8.5.5).

PixelSpacing and its kin are not read. None of them is defined for an ultrasound image: a window with two views, a
trace and a colour bar has no one spacing; NominalScannedPixelSpacing is of a digitised film, ImagerPixelSpacing of a
detector.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from isthmus.nodule import Box, Frame, Point, ScanRegion

if TYPE_CHECKING:  # a picture that is no DICOM needs no pydicom
    from pydicom.dataset import Dataset

TWO_DIMENSIONS = 1  # RegionSpatialFormat
TISSUE = 1  # RegionDataType
DOPPLER = range(2, 8)  # colour flow, spectra and their traces
CENTIMETRES = 3  # PhysicalUnitsXDirection
MM_IN_CM = 10


def regions_of(header: Dataset, width: int, height: int) -> tuple[ScanRegion, ...]:
    """The regions that a header states of an image of ``width`` x ``height`` pixels; those without area are left out.

    A region has millimetres where it is of tissue in two dimensions, in centimetres, with steps above 0, and lies
    inside the image: else the steps belong to another picture, as of one that was scaled or cut since.
    """
    try:
        items: Iterable[Dataset] = header.get("SequenceOfUltrasoundRegions") or ()
        regions = [_region(item, width, height) for item in items]
    except Exception:  # whatever stands in a damaged header: nothing is known then
        return ()
    return tuple(region for region in regions if region is not None)


def _region(item: Dataset, width: int, height: int) -> ScanRegion | None:
    sides = [_number(item, f"RegionLocation{name}") for name in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    if not all(map(math.isfinite, sides)) or sides[2] <= sides[0] or sides[3] <= sides[1]:
        return None
    if max(map(abs, sides)) > 1_000_000:
        return None
    x0, y0, x1, y1 = map(int, sides)
    # The last column counts; many devices state the one behind it.
    inside = x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height
    box = Box(x0, y0, min(x1 + 1, width) if inside else x1 + 1, min(y1 + 1, height) if inside else y1 + 1)
    shape, data = _number(item, "RegionSpatialFormat"), _number(item, "RegionDataType")
    kind: Literal["tissue", "doppler", "other"] = "doppler" if data in DOPPLER else "other"
    if (shape, data) == (TWO_DIMENSIONS, TISSUE):
        kind = "tissue"
    reason = "" if kind == "tissue" else "it is no two-dimensional tissue"
    units = [_number(item, f"PhysicalUnits{axis}Direction") for axis in "XY"]
    steps = [_number(item, f"PhysicalDelta{axis}") for axis in "XY"]
    if not reason and units != [CENTIMETRES, CENTIMETRES]:
        reason = "its units are no centimetres"
    if not reason and not all(math.isfinite(step) and step > 0 for step in steps):
        reason = "its step per pixel is not above 0"
    if not reason and not inside:
        reason = f"its region {box} leaves the image of {width} x {height} pixels: its millimetres are of another"
    across, down = (MM_IN_CM * step for step in steps)
    return ScanRegion(box, kind, None if reason else (down, across), reason)


@dataclass(frozen=True)
class Spacing:
    """Millimetres a pixel as (row, column), or None and why not."""

    mm: tuple[float, float] | None
    reason: str = ""


def spacing_in(frame: Frame, box: Box) -> Spacing:
    """The millimetres of a box: those of the one two-dimensional tissue region that it lies in wholly, else none.

    >>> import numpy as np
    >>> region = ScanRegion(Box(10, 0, 90, 80), "tissue", (0.1, 0.1))
    >>> frame = Frame(np.zeros((100, 100), np.uint8), regions=(region,))
    >>> spacing_in(frame, Box(20, 20, 60, 50)).mm
    (0.1, 0.1)
    >>> spacing_in(frame, Box(0, 20, 60, 50))
    Spacing(mm=None, reason='it lies in no two-dimensional tissue region of the file')
    """
    if not frame.regions:
        return Spacing(None, "the file states no regions with millimetres")
    holding = [one for one in frame.regions if one.kind == "tissue" and _holds(one.box, box)]
    if len(holding) != 1:
        lies = f"in {len(holding)} tissue regions" if holding else "in no two-dimensional tissue region"
        return Spacing(None, f"it lies {lies} of the file")
    return Spacing(holding[0].spacing, holding[0].reason)


@dataclass(frozen=True)
class Size:
    """What a nodule measures in millimetres. ``longest`` is a polygon's longest diameter, of a box its longer side."""

    width: float
    height: float
    longest: float


def size_of(box: Box, spacing: tuple[float, float], contour: Sequence[Point] = ()) -> Size:
    """The size of a box, or of a contour in it, at ``spacing`` mm a pixel as (row, column).

    >>> size_of(Box(0, 0, 40, 20), (0.1, 0.1))
    Size(width=4.0, height=2.0, longest=4.0)
    """
    down, across = spacing
    if not contour:
        width, height = box.width * across, box.height * down
        return Size(width, height, max(width, height))
    points = [(x * across, y * down) for x, y in contour]
    xs, ys = zip(*points, strict=True)
    longest = max(math.dist(one, other) for one in points for other in points)
    return Size(max(xs) - min(xs), max(ys) - min(ys), longest)


def scan_area(frame: Frame) -> Box:
    """The largest two-dimensional tissue region inside the image, else the whole image."""
    inside = [one.box for one in frame.regions if one.kind == "tissue" and one.box.fits(frame.width, frame.height)]
    whole = Box(0, 0, frame.width, frame.height)
    return max(inside, key=lambda box: box.width * box.height, default=whole)


def meets_doppler(frame: Frame, box: Box) -> bool:
    """Whether a box meets a region of Doppler: colour flow, a spectrum or its trace."""
    return any(one.kind == "doppler" and _meet(one.box, box) for one in frame.regions)


def _meet(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _holds(outer: Box, inner: Box) -> bool:
    return outer.x0 <= inner.x0 and outer.y0 <= inner.y0 and outer.x1 >= inner.x1 and outer.y1 >= inner.y1


def _number(item: Dataset, keyword: str) -> float:
    """A number of a region; NaN where there is none."""
    try:
        return float(item.get(keyword))
    except (TypeError, ValueError):
        return math.nan
