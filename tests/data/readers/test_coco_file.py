"""COCO files that are damaged: each is a fault or is read, never an exception."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.dataset import DataSet
from isthmus.data.readers import coco, coco_file
from isthmus.errors import DataError
from make.coco import content, make
from make.folders import HEIGHT, WIDTH, write_image

WHOLE = content(
    {
        "1.png": [("benign", {"bbox": [1, 2, 3.5, 4]})],
        "2.png": [("malignant", {"bbox": [5, 5, 9, 9], "segmentation": [[5, 5, 14, 5, 14, 14]]})],
    },
    patient="anna",
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coco")
    for number in (1, 2):
        write_image(folder / f"{number}.png", number)
    return folder


def read(root: Path, text: str | bytes) -> DataSet:
    (root / "all.json").write_bytes(text.encode() if isinstance(text, str) else text)
    return coco.read(root)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, item in items for inner in leaves(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def sound(data: DataSet) -> None:
    """What holds for every data set, however damaged its file was."""
    assert len({nodule.id for nodule in data.nodules}) == len(data.nodules)
    for nodule in data.nodules:
        assert nodule.box.fits(WIDTH, HEIGHT)
        assert all(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in nodule.contour)
        assert nodule.label is not None


@given(st.data())
def test_any_value_in_any_place(root: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(leaves(WHOLE)))
    with contextlib.suppress(DataError):  # no category has a known name
        sound(read(root, json.dumps(replaced(WHOLE, path, data.draw(VALUES)))))


@given(st.integers(0, len(json.dumps(WHOLE)) - 1))
def test_a_file_that_is_cut_is_broken(root: Path, at: int) -> None:
    found = read(root, json.dumps(WHOLE)[:at])
    assert [fault.kind for fault in found.broken] == ["malformed-json"]
    assert found.nodules == ()


@given(st.binary(max_size=60))
def test_any_bytes(root: Path, content: bytes) -> None:
    found = read(root, content)
    assert {fault.kind for fault in found.faults} & {"malformed-json", "other-json"}
    assert found.nodules == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is not JSON that can be read (Expecting value"),
        (json.dumps(WHOLE).encode("utf-16"), "is not UTF-8 text but UTF-16"),
        ('{"a": "é"}'.encode("latin-1"), "probably Windows-1252 or Latin-1"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "is not JSON that can be read (Exceeds the limit"),
        (b'{"images": [], "images": [], "annotations": []}', "key 'images' stands twice in one object"),
        (b"PK\x03\x04" + bytes(20), "an Excel workbook or another zip file"),
    ],
)
def test_files_that_are_no_json(root: Path, text: bytes, says: str) -> None:
    (fault,) = read(root, text).broken
    assert (fault.file, fault.kind) == ("all.json", "malformed-json")
    assert says in fault.detail


def test_a_byte_order_mark_is_no_damage(root: Path) -> None:
    assert read(root, b"\xef\xbb\xbf" + json.dumps(WHOLE).encode()).faults == ()


def test_a_file_that_is_too_large_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coco_file, "MOST_BYTES", 100)
    found = coco.read(make(tmp_path))
    assert [fault.kind for fault in found.broken] == ["malformed-json"] * 2
    assert "is too large: 0 MB" in found.broken[0].detail
