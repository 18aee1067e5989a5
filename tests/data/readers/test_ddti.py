"""DDTI as it really is: cut, empty, arrows, polygons outside, spellings, subfolders."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.dataset import DataSet
from isthmus.data.readers import ddti
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.nodule import Box, Label
from make.ddti import HEIGHT, LIMIT, WIDTH, annotation, cut_annotation, ellipse, make, region, write_case, write_image

LEFT, RIGHT = ellipse(30, 30), ellipse(80, 40, 14, 12)
SQUARE = [(10, 10), (30, 10), (30, 30), (10, 30)]


def read_one(root: Path, svg: str, **fields: str) -> DataSet:
    """Reads a data set of one case with one image whose annotation is ``svg``."""
    write_image(root / "1_1.jpg")
    write_case(root, "1", {"1": svg}, **fields)
    return ddti.read(root)


def kinds(data: DataSet) -> list[str]:
    return [fault.kind for fault in data.faults]


def test_made_copy(tmp_path: Path) -> None:
    data = open_source("ddti", make(tmp_path), policy="benign-2-3-4a")
    assert (len(data.images), data.cases, len(data.nodules), len(data.labelled)) == (10, 8, 10, 9)
    assert data.counts() == {Label.BENIGN: 5, Label.MALIGNANT: 4}
    assert kinds(data) == ["truncated-annotation", "arrow", "partly-outside", "empty-annotation"]
    assert not data.broken


def test_a_whole_case(tmp_path: Path) -> None:
    fields = {"tirads": "4A", "age": "45", "sex": "f", "composition": "Solid", "margins": "ill- defined"}
    (nodule,) = read_one(tmp_path, annotation(SQUARE), **fields, calcifications="microcalcification").nodules
    assert (nodule.id, nodule.image, nodule.patient) == ("1_1-1", "1_1", "1")
    assert nodule.box == Box(10, 10, 31, 31)
    assert nodule.contour == tuple((float(x), float(y)) for x, y in SQUARE)
    assert (nodule.tirads, nodule.age, nodule.sex, nodule.label) == ("4a", 45, "F", None)
    assert nodule.descriptors == {
        "composition": "solid",
        "margins": "ill defined",
        "calcifications": "microcalcifications",
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ill- defined", "ill defined"),
        ("Ill  defined", "ill defined"),
        ("macrocalcification", "macrocalcifications"),
        ("non", "none"),
        ("well defined smooth", "well defined smooth"),
    ],
)
def test_spellings(tmp_path: Path, written: str, read: str) -> None:
    assert read_one(tmp_path, annotation(SQUARE), margins=written).nodules[0].descriptors == {"margins": read}


@pytest.mark.parametrize("age", ["", "u", "-3", "4.5", "9" * 5000])
@pytest.mark.parametrize("sex", ["", "u", "U", "x"])
def test_age_and_sex_that_say_nothing(tmp_path: Path, age: str, sex: str) -> None:
    (nodule,) = read_one(tmp_path, annotation(SQUARE), age=age, sex=sex).nodules
    assert (nodule.age, nodule.sex) == (None, None)


def test_no_tirads_is_read_and_left_unlabelled(tmp_path: Path) -> None:
    read_one(tmp_path, annotation(SQUARE))
    data = open_source("ddti", tmp_path)
    assert (len(data.nodules), len(data.labelled), kinds(data)) == (1, 0, [])


def test_unknown_tirads_is_named(tmp_path: Path) -> None:
    data = read_one(tmp_path, annotation(SQUARE), tirads="7")
    assert (kinds(data), data.nodules[0].tirads, data.images[0].tirads) == (["unknown-tirads"], "", "")


def test_several_polygons_are_several_nodules(tmp_path: Path) -> None:
    data = read_one(tmp_path, annotation(LEFT, RIGHT))
    assert [nodule.id for nodule in data.nodules] == ["1_1-1", "1_1-2"]
    assert data.nodules[0].box != data.nodules[1].box


def test_the_same_polygon_again_is_named(tmp_path: Path) -> None:
    data = read_one(tmp_path, annotation(LEFT, RIGHT, LEFT))
    assert (len(data.nodules), kinds(data)) == (3, ["repeated-region"])


def test_cut_annotation_keeps_every_whole_polygon(tmp_path: Path) -> None:
    svg = cut_annotation(LEFT, RIGHT)
    assert len(svg) == LIMIT
    data = read_one(tmp_path, svg)
    assert [len(nodule.contour) for nodule in data.nodules] == [len(LEFT), len(RIGHT)]
    (fault,) = data.faults
    assert (fault.kind, fault.action, fault.broken) == ("truncated-annotation", "kept 2 complete polygons", False)
    assert fault.detail == "mark 1: <svg> is cut at 2500 characters"


def test_cut_behind_a_point_list_keeps_that_polygon(tmp_path: Path) -> None:
    svg = annotation(LEFT, RIGHT)
    end = svg.rindex("]", 0, svg.rindex('"annotation"'))
    assert len(read_one(tmp_path, svg[: end + 1]).nodules) == 2
    assert len(read_one(tmp_path, svg[:end]).nodules) == 1


def test_bad_json_far_from_the_limit_stops_the_run(tmp_path: Path) -> None:
    (fault,) = read_one(tmp_path, annotation(LEFT) + "?").faults
    assert (fault.kind, fault.broken) == ("malformed-annotation", True)


def test_a_long_annotation_with_an_error_inside_is_not_called_cut(tmp_path: Path) -> None:
    svg = annotation(LEFT, ellipse(50, 40, points=200), RIGHT).replace('"annotation"', "annotation", 1)
    data = read_one(tmp_path, svg)
    assert kinds(data) == ["malformed-annotation"]
    assert len(svg) > LIMIT
    assert len(data.nodules) == 3


def test_empty_annotation(tmp_path: Path) -> None:
    data = read_one(tmp_path, " \n ")
    assert (len(data.images), data.nodules, kinds(data)) == (1, (), ["empty-annotation"])


def test_arrows_are_no_nodules(tmp_path: Path) -> None:
    arrow = region([(5, 5), (9, 9)], "arrow")
    data = read_one(tmp_path, json.dumps([arrow, region(SQUARE), region([(1, 1), (2, 2)])]))
    assert (len(data.nodules), kinds(data)) == (1, ["arrow", "no-polygon"])


def test_partly_outside_is_clipped(tmp_path: Path) -> None:
    data = read_one(tmp_path, annotation([(-5, -5), (20, -5), (20, HEIGHT + 9), (-5, 20)]))
    (nodule,) = data.nodules
    assert (nodule.box, kinds(data)) == (Box(0, 0, 21, HEIGHT), ["partly-outside"])
    assert all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in nodule.contour)


def test_wholly_outside_is_left_out(tmp_path: Path) -> None:
    data = read_one(tmp_path, annotation([(x + 1000, y) for x, y in SQUARE]))
    assert (data.nodules, kinds(data)) == ((), ["outside"])


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400, "1e7", '"a"', "null", "[]"]
)
def test_points_that_are_no_position(tmp_path: Path, number: str) -> None:
    svg = annotation(SQUARE, LEFT).replace('"x": 30', f'"x": {number}', 1)
    data = read_one(tmp_path, svg)
    assert [len(nodule.contour) for nodule in data.nodules] == [len(LEFT)]
    assert (kinds(data), len(data.broken)) == (["malformed-annotation"], 1)


@pytest.mark.parametrize(
    "svg",
    [
        "7",
        "null",
        '"text"',
        "{}",
        "[[]]",
        "[7]",
        '[{"points": 7}]',
        '[{"points": {"x": 1}}]',
        '[{"points": [[1, 2]]}]',
        '[{"points": [{"points": [{"points": [' * 50,
        "[" * 100_000,
        '{"points": ' + "[" * 100_000,
        "9" * 5000,
    ],
)
def test_nested_junk(tmp_path: Path, svg: str) -> None:
    data = read_one(tmp_path, svg)
    assert (data.nodules, len(data.images)) == ((), 1)


@given(st.data())
def test_a_cut_never_raises_and_never_invents_a_polygon(data: st.DataObject) -> None:
    point = st.tuples(st.integers(-999, 999), st.integers(-999, 999) | st.floats(-999, 999))
    regions = data.draw(
        st.lists(st.tuples(st.lists(point, max_size=6), st.sampled_from(["freehand", "arrow"])), max_size=4)
    )
    text = json.dumps([region(points, kind) for points, kind in regions])
    at = data.draw(st.integers(0, len(text)))
    kept = ddti.salvage(text[:at])
    whole = [(tuple((float(x), float(y)) for x, y in points), kind) for points, kind in regions]
    assert [one.points for one in kept] == [points for points, _ in whole[: len(kept)]]
    assert all(one.kind in ("", kind) for one, (_, kind) in zip(kept, whole, strict=False))
    finished = text[:at].count('"regionType"')
    assert len(kept) >= finished


@given(st.text() | st.text('[]{}"points:xy,1.e- ', max_size=60).map('[{"points": ['.__add__))
def test_salvage_takes_any_text(text: str) -> None:
    ddti.salvage(text)


def test_class_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--labels"):
        open_source("ddti", make(tmp_path), classes={"0": Label.BENIGN})


@pytest.mark.slow
def test_the_real_thing(ddti_root: Path) -> None:
    data = open_source("ddti", ddti_root)
    assert (len(data.images), data.cases, len(data.nodules), len(data.labelled)) == (480, 390, 659, 460)
    tirads = Counter(record.tirads for record in data.images)
    assert tirads == {"": 131, "2": 42, "3": 19, "4a": 96, "4b": 79, "4c": 68, "5": 45}
    assert not data.broken
    assert {kind: kinds(data).count(kind) for kind in sorted(set(kinds(data)))} == {
        "arrow": 8,
        "empty-annotation": 6,
        "partly-outside": 1,
        "repeated-region": 9,
        "truncated-annotation": 8,
    }
