"""The region of a COCO annotation covers what its numbers say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.data.readers import coco
from isthmus.data.readers.coco_region import region_of
from isthmus.nodule import Box, ImageRef
from make.coco import write_one

RECORD = ImageRecord("1.png", ImageRef(Path("1.png")), "1.png", 80, 60)
BOX: dict[str, Any] = {"bbox": [10, 5, 20, 15]}
SQUARE = [10, 5, 30, 5, 30, 20, 10, 20]
corner, length = st.integers(0, 30), st.integers(1, 30)


def faults(data: DataSet) -> list[tuple[str, bool]]:
    return [(fault.kind, fault.broken) for fault in data.faults]


@given(corner, corner, length, length)
def test_whole_numbers_are_kept(x: int, y: int, width: int, height: int) -> None:
    square = [x, y, x + width, y, x + width, y + height, x, y + height]
    box = Box(x, y, x + width, y + height)
    for entry in ({"bbox": [x, y, width, height]}, {"segmentation": [square]}):
        assert region_of(entry, RECORD).box == box
    contour = region_of({"segmentation": [square]}, RECORD).contour
    assert Box.around(contour) == box


@given(st.floats(0, 30), st.floats(0, 30), st.floats(0.01, 30), st.floats(0.01, 30))
def test_fractions_cover_the_pixels_that_they_touch(x: float, y: float, width: float, height: float) -> None:
    box = region_of({"bbox": [x, y, width, height]}, RECORD).box
    for side, pixel in ((x, box.x0), (y, box.y0), (x + width, box.x1 - 1), (y + height, box.y1 - 1)):
        assert pixel - 1e-3 <= side <= pixel + 1 + 1e-3


def test_a_whole_number_in_32_bits_is_one() -> None:
    box = [float(np.float32(side)) for side in (0.7, 5.2, 9.3, 20.8)]
    assert box[0] + box[2] > 10
    assert region_of({"bbox": box}, RECORD).box == Box(0, 5, 10, 26)


def test_the_largest_piece_is_the_contour() -> None:
    small, large = [1, 1, 3, 1, 3, 3], [10, 10, 40, 10, 40, 40]
    for polygons in ([small, large], [large, small]):
        region = region_of({"segmentation": polygons}, RECORD)
        assert region.contour == ((9.5, 9.5), (39, 9.5), (39, 39))
        assert region.box == Box(1, 1, 40, 40)


@pytest.mark.parametrize(
    ("entry", "box", "kind"),
    [
        ({"bbox": [10.2, 5.7, 19.9, 15.2]}, Box(10, 5, 31, 21), None),
        ({"bbox": [10.1, 5, 19.9, 15.0]}, Box(10, 5, 30, 20), None),
        ({"bbox": [-5, -5, 25, 25]}, Box(0, 0, 20, 20), "partly-outside"),
        ({"segmentation": [SQUARE]}, Box(10, 5, 30, 20), None),
        ({"segmentation": [SQUARE], "bbox": []}, Box(10, 5, 30, 20), None),
        ({"segmentation": [SQUARE], "bbox": [11, 6.5, 18, 14]}, Box(11, 6, 29, 21), None),
        ({"segmentation": [SQUARE, [50, 40, 55, 40, 55, 45]]}, Box(10, 5, 55, 45), None),
        ({"segmentation": [[-9, 5, 30, 5, 30, 20]], "bbox": [0, 5, 30, 15]}, Box(0, 5, 30, 20), None),
        ({"bbox": BOX["bbox"], "segmentation": {"size": [60, 80], "counts": [5, 3]}}, Box(10, 5, 30, 20), "no-polygon"),
        ({"bbox": BOX["bbox"], "segmentation": [[1, 2, 3, 4]]}, Box(10, 5, 30, 20), "no-polygon"),
        ({"bbox": BOX["bbox"], "segmentation": SQUARE}, Box(10, 5, 30, 20), "no-polygon"),
        ({"bbox": BOX["bbox"], "segmentation": [[*SQUARE[:-1], float("nan")]]}, Box(10, 5, 30, 20), "no-polygon"),
    ],
)
def test_regions_that_are_read(tmp_path: Path, entry: dict[str, Any], box: Box, kind: str | None) -> None:
    data = coco.read(write_one(tmp_path, entry))
    assert [nodule.box for nodule in data.nodules] == [box]
    assert faults(data) == ([(kind, False)] if kind else [])
    for x, y in data.nodules[0].contour:
        assert box.x0 <= x <= box.x1 - 1
        assert box.y0 <= y <= box.y1 - 1


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({}, "has neither a bbox nor a polygon"),
        ({"bbox": [10, 5, -20, 15]}, "has a bbox of width -20 and height 15, which has no area"),
        ({"bbox": [10, 5, 20, 0]}, "has a bbox of width 20 and height 0, which has no area"),
        ({"bbox": [10, 5, 20]}, "has a bbox that is not four numbers x,y,width,height"),
        ({"bbox": "10,5,20,15"}, "has a bbox that is not four numbers"),
        ({"bbox": [10, 5, "20", 15]}, "has a bbox [10, 5, '20', 15] that is not four numbers"),
        ({"bbox": [10, 5, True, 15]}, "has a bbox [10, 5, True, 15] that is not"),
        ({"bbox": [float("nan"), 5, 20, 15]}, "has a bbox [nan, 5, 20, 15] that is not"),
        ({"bbox": [10, 5, 10**400, 15]}, "has a bbox [10, 5, 1000000"),
        ({"segmentation": {"size": [60, 80], "counts": "abc"}}, "has a mask in runs (RLE)"),
        ({"segmentation": [[1, 2, 3]]}, "has a polygon of 3 numbers"),
        ({"segmentation": [[5, 5, 5, 9, 5, 7]]}, "box 5,5,5,9 has no area"),
        ({"segmentation": "poly"}, "has a segmentation that is no list of polygons"),
        ({"bbox": [10, 5, 30, 20], "segmentation": [SQUARE]}, "has a bbox from x0,y0 to x1,y1 10,5,40,25, its poly"),
    ],
)
def test_regions_that_are_none(tmp_path: Path, entry: dict[str, Any], says: str) -> None:
    data = coco.read(write_one(tmp_path, entry))
    assert (data.nodules, faults(data)) == ((), [("bad-box", True)])
    assert data.faults[0].file == "annotations/instances_all.json"
    assert says in data.faults[0].detail
    assert data.faults[0].detail.startswith("annotations[0] ")
