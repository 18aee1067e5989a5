"""Files written whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path

import pytest

from isthmus import files
from isthmus.data.tables import open_table
from isthmus.errors import DataError, StorageError, UsageError


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_text_is_written_as_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a" / "b.txt", "größe\n2\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "größe\n2\n".encode()


def test_a_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text in ("first", "second"):
        files.write_text(path, text)
    assert path.read_text() == "second"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    files.write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.parametrize("error", [RuntimeError("bug"), KeyboardInterrupt()])
def test_what_fails_halfway_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("good")

    def write_half() -> None:
        with files.whole_file(path) as temporary:
            temporary.write_text("ba")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("good")
    monkeypatch.setattr(os if step == "fsync" else Path, step, full_disk)
    with pytest.raises(StorageError, match="No space left") as caught:
        files.write_text(path, "new")
    assert (caught.value.where, caught.value.exit_code) == (str(path), 2)
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_target_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, no folder")
    with pytest.raises(StorageError, match="can't write"):
        files.write_text(tmp_path / "a" / "b.txt", "")
    with pytest.raises(StorageError, match="can't write"):
        files.make_folder(tmp_path / "a")


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    with pytest.raises(StorageError, match="Read-only file system"):
        files.make_folder(tmp_path / "new")


def test_folders_are_made_with_what_is_above_them(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_json_has_no_nan_and_keeps_what_is_finite() -> None:
    value = {"auc": math.nan, "n": 3, 4: [math.inf, 0.5, "é"], "none": None}
    assert json.loads(files.json_text(value)) == {"auc": None, "n": 3, "4": [None, 0.5, "é"], "none": None}


def test_json_is_ascii_and_has_no_lone_surrogates() -> None:
    text = files.json_text({"a\udce9": ["é中", "\ud800"]})
    assert text.isascii()
    assert json.loads(text) == {"a\\xe9": ["é中", "\\ud800"]}


def test_what_is_no_unicode_is_written_escaped(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a.txt", "é \udce9")
    assert (tmp_path / "a.txt").read_bytes() == "é \\xe9".encode()


def test_text_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    for content in ("é\n", "\ufeffé\n"):
        (tmp_path / "a.txt").write_text(content, encoding="utf-8")
        assert files.read_text(tmp_path / "a.txt") == "é\n"


@pytest.mark.parametrize(
    ("content", "says"), [("é".encode("utf-16"), "UTF-16"), ("a\né".encode("latin-1"), "Latin-1 (line 2, byte 0xe9)")]
)
def test_text_that_is_no_utf8_is_refused_by_what_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        files.read_text(tmp_path / "a.txt", UsageError)
    assert says in str(caught.value)
    with pytest.raises(DataError, match="nowhere: can't read: No such file"):
        files.read_text(tmp_path / "nowhere")


def test_a_disk_with_too_little_room_is_refused_beforehand(tmp_path: Path) -> None:
    files.refuse_full(tmp_path / "new" / "rois.npy", 1)
    with pytest.raises(StorageError, match=r"needs \d+ MB of disk, and \d+ MB are free"):
        files.refuse_full(tmp_path / "new" / "rois.npy", 1 << 60)


def test_what_could_not_be_written_is_refused_and_nothing_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    files.refuse_unwritable(tmp_path / "new" / "page.md")
    with pytest.raises(StorageError, match="can't write"):
        files.refuse_unwritable(tmp_path / "file" / "page.md")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "\ufeff{}"], ids=["empty", "cut", "nested deeply", "with a BOM"]
)
def test_what_is_no_json_is_one_kind_of_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):  # noqa: PT011
        files.read_json(tmp_path / "a.json")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match=r"is no regular file\. Save what it gives in a file"):
        files.read_text(tmp_path / "pipe")
    with pytest.raises(DataError, match="is no regular file"):
        open_table(tmp_path / "pipe")
