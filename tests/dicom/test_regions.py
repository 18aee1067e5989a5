"""Millimetres, only where the file states them for what is measured; Doppler is known; the scan area."""

from __future__ import annotations

from typing import Any

import pytest

from isthmus.dicom.read import read_frame
from isthmus.dicom.regions import Size, meets_doppler, scan_area, size_of, spacing_in
from isthmus.nodule import Box, Frame
from make.sonograms import coloured, grey, native, region

NODULE = Box(20, 10, 40, 30)
LEFT, RIGHT = (0, 0, 31, 47), (32, 0, 63, 47)


def frame(*regions: Any) -> Frame:
    return read_frame(native(grey(), SequenceOfUltrasoundRegions=list(regions)), "a.dcm")


def test_row_and_column_in_millimetres() -> None:
    spacing = spacing_in(frame(region()), NODULE)
    assert (spacing.mm, spacing.reason) == (pytest.approx((0.1, 0.2)), "")


@pytest.mark.parametrize(
    ("regions", "reason"),
    [
        ([], "the file states no regions with millimetres"),
        ([region((30, 4, 55, 43))], "it lies in no two-dimensional tissue region of the file"),
        ([region(LEFT), region(RIGHT)], "it lies in no two-dimensional tissue region of the file"),  # across two views
        ([region(), region()], "it lies in 2 tissue regions of the file"),
        ([region(RegionDataType=2)], "it lies in no two-dimensional tissue region of the file"),
        ([region(RegionSpatialFormat=2)], "it lies in no two-dimensional tissue region of the file"),  # M mode
        ([region(PhysicalUnitsXDirection=4)], "its units are no centimetres"),  # seconds
        ([region(PhysicalUnitsYDirection=None)], "its units are no centimetres"),
        ([region(PhysicalDeltaX=0.0)], "its step per pixel is not above 0"),
        ([region(PhysicalDeltaY=-0.01)], "its step per pixel is not above 0"),
        ([region(PhysicalDeltaY=None)], "its step per pixel is not above 0"),
        ([region((0, 0, 65, 47))], "its region 0,0,66,48 leaves the image of 64 x 48 pixels"),
        ([region((0, 0, 63, 49))], "its region 0,0,64,50 leaves the image of 64 x 48 pixels"),
        ([region((8, 4, 595, 414))], "its region 8,4,596,415 leaves the image of 64 x 48 pixels"),
    ],
)
def test_no_millimetres_and_why(regions: list[Any], reason: str) -> None:
    spacing = spacing_in(frame(*regions), NODULE)
    assert spacing.mm is None
    assert spacing.reason.startswith(reason)


def test_the_region_that_holds_the_nodule_counts() -> None:
    shown = frame(region(LEFT), region(RIGHT, PhysicalDeltaX=0.05, PhysicalDeltaY=0.05), region(RegionDataType=13))
    assert spacing_in(shown, Box(2, 2, 30, 30)).mm == pytest.approx((0.1, 0.2))
    assert spacing_in(shown, Box(40, 2, 64, 48)).mm == pytest.approx((0.5, 0.5))


def test_the_last_column_may_be_stated_as_the_one_behind_it() -> None:
    for right in (63, 64):
        assert spacing_in(frame(region((0, 0, right, 47))), Box(40, 2, 64, 48)).mm is not None


def test_pixel_spacing_is_not_believed_of_ultrasound() -> None:
    shown = read_frame(native(grey(), PixelSpacing=["0.1", "0.1"], NominalScannedPixelSpacing=["0.1", "0.1"]))
    assert spacing_in(shown, NODULE).mm is None


def test_doppler_is_known() -> None:
    shown = frame(region(), region((20, 10, 40, 30), RegionDataType=2), region((0, 0, 9, 9), RegionDataType=14))
    assert [one.kind for one in shown.regions] == ["tissue", "doppler", "other"]


def test_a_box_beside_a_region_of_doppler_meets_none_of_it() -> None:
    shown = frame(region((20, 10, 39, 29), RegionDataType=2))  # pixels 20 to 39, 10 to 29
    beside = (Box(5, 10, 20, 30), Box(40, 10, 50, 30), Box(20, 2, 40, 10), Box(20, 30, 40, 44))
    assert not [box for box in beside if meets_doppler(shown, box)]
    into = (Box(5, 10, 21, 30), Box(39, 10, 50, 30), Box(20, 2, 40, 11), Box(20, 29, 40, 44))
    assert all(meets_doppler(shown, box) for box in into)


def test_the_scan_area() -> None:
    assert scan_area(frame(region((0, 0, 9, 9)), region())) == Box(8, 4, 56, 44)
    assert scan_area(frame(region((8, 4, 595, 414)), region(RegionDataType=2))) == Box(0, 0, 64, 48)
    assert scan_area(Frame(coloured())) == Box(0, 0, 64, 48)


@pytest.mark.parametrize("changes", [{"RegionLocationMaxX1": 2}, {"RegionLocationMinX0": None}])
def test_a_region_without_an_area_is_none(changes: dict[str, Any]) -> None:
    item = region()
    for keyword, value in changes.items():
        if value is None:
            delattr(item, keyword)
        else:
            setattr(item, keyword, value)
    assert frame(item).regions == ()


def test_the_size_of_a_polygon_is_that_of_its_points() -> None:
    diamond = ((10.0, 0.0), (20.0, 10.0), (10.0, 20.0), (0.0, 10.0))
    assert size_of(Box(0, 0, 21, 21), (0.1, 0.2), diamond) == Size(4.0, 2.0, 4.0)
    assert size_of(Box(0, 0, 10, 20), (0.1, 0.1)) == Size(1.0, 2.0, 2.0)
