"""The same situation gets the same answer from every source, whatever its files look like."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.nodule import Box, Label
from make import coco, ddti, folders, voc

WIDTH, HEIGHT = 80, 60
PICTURE = np.random.default_rng(5).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
UPRIGHT = 0x0112
JUST_INSIDE = 1e-6  # a polygon's points lie in its pixels; a box's far ends don't

Sides = tuple[object, object, object, object]


@dataclass(frozen=True)
class Kind:
    """A source: where its one image lies, and what writes its regions with the label of each."""

    image: str
    write: Callable[[Path, Sequence[Sides], Sequence[str]], object]
    source: str


def _ddti(root: Path, regions: Sequence[Sides], labels: Sequence[str]) -> None:
    polygons = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in map(_inside, regions)]
    svg = json.dumps([ddti.region(points) for points in polygons])
    ddti.write_case(root, "1", {"1": svg}, tirads={"benign": "2", "malignant": "5"}.get(labels[0], labels[0]))


def _inside(sides: Sides) -> Sides:
    x0, y0, x1, y1 = sides
    far = [side - JUST_INSIDE if isinstance(side, int | float) else side for side in (x1, y1)]
    return x0, y0, far[0], far[1]


def _voc(root: Path, regions: Sequence[Sides], labels: Sequence[str]) -> None:
    def counted_from_one(sides: Sides) -> Sides:
        x0, y0, x1, y1 = sides
        near = [side + 1 if isinstance(side, int | float) else side for side in (x0, y0)]
        return near[0], near[1], x1, y1

    objects = [(label, counted_from_one(sides)) for sides, label in zip(regions, labels, strict=True)]
    voc.write_annotation(root, "1_1", objects, size=None, filename="1_1.png")


def _table(root: Path, regions: Sequence[Sides], labels: Sequence[str]) -> None:
    rows = [f"1_1,,{label},{','.join(map(str, sides))}" for sides, label in zip(regions, labels, strict=True)]
    folders.write_table(root, rows)


def _coco(root: Path, regions: Sequence[Sides], labels: Sequence[str]) -> None:
    def sized(sides: Sides) -> list[object]:
        x0, y0, x1, y1 = sides
        return [x0, y0, *(b - a if _numbers(a, b) else b for a, b in ((x0, x1), (y0, y1)))]  # type: ignore[operator]

    boxes = [{"bbox": sized(sides)} for sides in regions]
    coco.write_file(root, {"1_1.png": list(zip(labels, boxes, strict=True))}, size=None)


def _coco_polygons(root: Path, regions: Sequence[Sides], labels: Sequence[str]) -> None:
    polygons = [{"segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]]} for x0, y0, x1, y1 in regions]
    coco.write_file(root, {"1_1.png": list(zip(labels, polygons, strict=True))}, size=None)


def _numbers(*sides: object) -> bool:
    return all(isinstance(side, int | float) for side in sides)


KINDS = {
    "ddti": Kind("1_1.png", _ddti, "ddti"),
    "voc": Kind("JPEGImages/1_1.png", _voc, "voc"),
    "coco": Kind("images/1_1.png", _coco, "coco"),
    "coco polygons": Kind("images/1_1.png", _coco_polygons, "coco"),
    "table": Kind("images/1_1.png", _table, "folders"),
}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def written(root: Path, kind: Kind, content: bytes | None = None, **options: object) -> Path:
    path = root / kind.image
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is None:
        Image.fromarray(PICTURE).save(path, **options)
    else:
        path.write_bytes(content)
    return path


def read(root: Path, kind: Kind, regions: Sequence[Sides], labels: Sequence[str] = ()) -> DataSet:
    if not (root / kind.image).exists():
        written(root, kind)
    kind.write(root, regions, labels or ["benign"] * len(regions))
    return open_source(kind.source, root)


def faults(data: DataSet) -> list[tuple[str, bool]]:
    return [(fault.kind, fault.broken) for fault in data.faults]


@pytest.mark.parametrize(
    ("sides", "box"),
    [
        ((10, 5, 30, 20), Box(10, 5, 30, 20)),
        ((10.2, 5.7, 30.1, 20.9), Box(10, 5, 31, 21)),
        ((10.0, 5.0, 30.0, 20.0), Box(10, 5, 30, 20)),
        ((0, 0, WIDTH, HEIGHT), Box(0, 0, WIDTH, HEIGHT)),
    ],
)
def test_a_region_covers_the_pixels_that_it_touches(tmp_path: Path, kind: Kind, sides: Sides, box: Box) -> None:
    data = read(tmp_path, kind, [sides])
    assert [nodule.box for nodule in data.nodules] == [box]
    assert data.faults == ()


@pytest.mark.parametrize("sides", [(-5, -7.5, 20, 30), (-1, -1, WIDTH + 1, HEIGHT + 1)])
def test_a_region_that_leaves_the_image_is_clipped(tmp_path: Path, kind: Kind, sides: Sides) -> None:
    data = read(tmp_path, kind, [sides])
    assert [nodule.box for nodule in data.nodules] == [Box.covering(sides).clipped(WIDTH, HEIGHT)]
    assert faults(data) == [("partly-outside", False)]


@pytest.mark.parametrize("sides", [(500, 5, 600, 20), (-90, 5, -10, 20), (5, HEIGHT, 9, HEIGHT + 9)])
def test_a_region_outside_is_left_out(tmp_path: Path, kind: Kind, sides: Sides) -> None:
    data = read(tmp_path, kind, [sides, (1, 1, 9, 9)])
    assert [nodule.box for nodule in data.nodules] == [Box(1, 1, 9, 9)]
    assert faults(data) == [("outside", True)]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 1e7, "x", None])
def test_a_region_that_is_no_position_is_left_out(tmp_path: Path, kind: Kind, bad: object) -> None:
    data = read(tmp_path, kind, [(bad, 5, 30, 20), (1, 1, 9, 9)])
    assert [nodule.box for nodule in data.nodules] == [Box(1, 1, 9, 9)]
    assert [fault.broken for fault in data.faults] == [True]


@pytest.mark.parametrize("sides", [(30, 5, 10, 20), (10, 20, 30, 5), (9, 9, 4.5, 4), (10, 5, 9.9, 20)])
def test_reversed_corners_are_left_out(tmp_path: Path, kind: Kind, sides: Sides) -> None:
    if kind.write in (_ddti, _coco_polygons):
        pytest.skip("a polygon has no corners to reverse")
    data = read(tmp_path, kind, [sides, (1, 1, 9, 9)])
    assert [nodule.box for nodule in data.nodules] == [Box(1, 1, 9, 9)]
    assert [fault.broken for fault in data.faults] == [True]


def test_a_region_that_is_drawn_again_is_named_and_kept(tmp_path: Path, kind: Kind) -> None:
    data = read(tmp_path, kind, [(10, 5, 30, 20), (1, 1, 9, 9), (10, 5, 30, 20)])
    assert [nodule.box for nodule in data.nodules] == [Box(10, 5, 30, 20), Box(1, 1, 9, 9), Box(10, 5, 30, 20)]
    assert faults(data) == [("repeated-region", False)]
    assert data.faults[0].detail.endswith("(10,5,30,20) stands there again")


def test_a_region_under_two_labels_is_left_out_the_second_time(tmp_path: Path, kind: Kind) -> None:
    if kind.source == "ddti":
        pytest.skip("DDTI has one TI-RADS a case")
    data = read(tmp_path, kind, [(10, 5, 30, 20)] * 2, ["benign", "malignant"])
    assert [nodule.label for nodule in data.nodules] == [Label.BENIGN]
    assert faults(data) == [("two-labels", True)]


def test_a_label_that_is_unknown_stops_the_run(tmp_path: Path, kind: Kind) -> None:
    labels = ["maligant"] if kind.source == "ddti" else ["benign", "maligant"]
    data = read(tmp_path, kind, [(10, 5, 30, 20), (1, 1, 9, 9)][: len(labels)], labels)
    (fault,) = data.broken
    assert "maligant" in fault.detail
    assert len(data.labelled) == len(labels) - 1


def test_an_image_that_is_missing(tmp_path: Path, kind: Kind) -> None:
    path = written(tmp_path, kind)
    path.rename(path.with_name("2_2.png"))
    kind.write(tmp_path, [(1, 1, 9, 9)], ["benign"])
    data = open_source(kind.source, tmp_path)
    assert data.nodules == ()
    assert ("missing-image", True) in faults(data)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(9), "is a GIF, which is not read. Convert it to PNG"),
        (bytes(128) + b"DICM", "has no pixels, or is damaged before them"),
    ],
)
def test_an_image_that_cant_be_read(tmp_path: Path, kind: Kind, content: bytes, what: str) -> None:
    written(tmp_path, kind, content)
    data = read(tmp_path, kind, [(1, 1, 9, 9)])
    assert (data.nodules, faults(data)) == ((), [("unreadable-image", True)])
    assert what in data.faults[0].detail


def test_images_that_nothing_names_are_not_called_none(tmp_path: Path, kind: Kind) -> None:
    path = written(tmp_path, kind)
    (tmp_path / "Annotations").mkdir()
    with pytest.raises(DataError) as caught:
        open_source(kind.source, tmp_path)
    assert path.parent.name in str(caught.value) or "only others (1)" in caught.value.what


def test_an_image_that_is_shown_turned(tmp_path: Path, kind: Kind) -> None:
    exif = Image.Exif()
    exif[UPRIGHT] = 6
    written(tmp_path, kind, exif=exif)
    data = read(tmp_path, kind, [(5, 10, HEIGHT, WIDTH)])
    (record,) = data.images
    assert (record.width, record.height) == (HEIGHT, WIDTH)
    assert [nodule.box for nodule in data.nodules] == [Box(5, 10, HEIGHT, WIDTH)]
    assert faults(data) == [("orientation", False)]


def test_an_image_of_several_pages(tmp_path: Path, kind: Kind) -> None:
    written(tmp_path, kind, save_all=True, append_images=[Image.fromarray(255 - PICTURE)])
    data = read(tmp_path, kind, [(1, 1, 9, 9)])
    assert (len(data.nodules), faults(data)) == (1, [("several-pages", False)])
    assert "has 2 pages" in data.faults[0].detail
