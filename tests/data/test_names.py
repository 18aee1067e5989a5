"""Files by the names that tables give them, however those are spelt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isthmus.data.names import Finder, OnDisk, folded
from isthmus.text import printable

COMPOSED, DECOMPOSED = "\u00fc.png", "u\u0308.png"


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("a/b.png", "a/b.png"),
        ("./a/b.png", "a/b.png"),
        ("a//./b.png", "a/b.png"),
        ("a\\b.png", "a/b.png"),
        (".\\a\\b.png", "a/b.png"),
        ("a/b.PNG", "a/b.png"),
        ("a/b.png", "a/b.Png"),
        (f"a/{COMPOSED}", f"a/{DECOMPOSED}"),
        (f"a/{DECOMPOSED}", f"a/{COMPOSED}"),
        (f"{COMPOSED}\\{COMPOSED}".upper(), f"{DECOMPOSED}/{DECOMPOSED}".upper()),
    ],
)
def test_spellings_of_one_name_meet(tmp_path: Path, asked: str, there: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert Finder([(there, 1)]).find(asked) == [1]
    (found,) = OnDisk(tmp_path).find(asked)
    assert found.samefile(path)
    (found,) = OnDisk(tmp_path / "elsewhere").find(str(tmp_path / asked))
    assert found.samefile(path)


@pytest.mark.parametrize("asked", ["b.png", "a/c.png", "A/b.png", "a/B.png", "../a/b.png", "", "a/b.png\0", "x" * 999])
def test_other_names_dont(tmp_path: Path, asked: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.png").touch()
    assert Finder([("a/b.png", 1)]).find(asked) == []
    assert [path for path in OnDisk(tmp_path).find(asked) if path.is_file()] == []


def test_a_name_that_fits_as_it_stands_comes_first(tmp_path: Path) -> None:
    for number, name in enumerate((COMPOSED, DECOMPOSED)):
        (tmp_path / name).touch()
        assert OnDisk(tmp_path).find(name) == [tmp_path / name]
        assert Finder([(COMPOSED, 0), (DECOMPOSED, 1)]).find(name) == [number]
    assert Finder([(COMPOSED, 0), (DECOMPOSED, 1)]).find("\u00fc.PNG") == [0, 1]
    assert len(OnDisk(tmp_path).find("\u00fc.PNG")) == 2


def test_a_backslash_may_be_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "a\\b.png").touch()
    assert OnDisk(tmp_path).find("a\\b.png") == [tmp_path / "a\\b.png"]
    assert Finder([("a\\b.png", 0), ("a/b.png", 1)]).find("a\\b.png") == [0]


def test_a_name_that_was_written_escaped_is_found_again(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xe9.png"))
    path.touch()
    written = printable(path)
    assert written.endswith("a\\xe9.png")
    assert OnDisk(tmp_path / "elsewhere").find(written) == [path]


def test_only_endings_of_images_are_folded() -> None:
    assert folded("a.PNG") == "a.png"
    assert folded("a.XYZ") == "a.XYZ"
    assert folded("a.PNG/b") == "a.PNG/b"
