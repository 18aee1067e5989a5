"""The one way of walking a folder: nothing that is there is passed over without a word."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.data.pixels import is_image
from isthmus.data.walk import Unread, files_in, files_under, folders, walk
from isthmus.errors import DataError
from make.nobody import nobody


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that a stranger may enter, with an image in each of two folders."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        top = Path(name)
        top.chmod(0o755)
        for inner in ("data/a/1.jpg", "data/b/2.jpg", "elsewhere/c/3.jpg"):
            (top / inner).parent.mkdir(parents=True, exist_ok=True)
            (top / inner).write_bytes(b"")
        yield top / "data"
        for folder in top.rglob("*"):
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(0o755)


def found(root: Path) -> list[str]:
    """Names of files as they are, those of what isn't read with its reason; in brackets where nothing is lost."""
    said = []
    for one in walk(root, is_image):
        if isinstance(one, Unread):
            name = one.path.relative_to(root).as_posix()
            said.append(f"({name})" if one.elsewhere else f"{name}: {one.why}")
        else:
            said.append(one.relative_to(root).as_posix())
    return said


def test_in_the_order_of_names_without_hidden_ones(root: Path) -> None:
    for name in ("z.jpg", "a/.hidden.jpg", "a/notes.txt", ".git/4.jpg"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"")
    assert found(root) == ["a/1.jpg", "b/2.jpg", "z.jpg"]
    assert list(folders(root)) == [root, root / "a", root / "b"]


def test_a_linked_folder_is_read(root: Path) -> None:
    (root / "link").symlink_to("../elsewhere")
    (root / "self").symlink_to("a/1.jpg")
    assert found(root) == ["a/1.jpg", "b/2.jpg", "link/c/3.jpg"]
    (root / "4.jpg").symlink_to("a/1.jpg")  # a file that two names lead to comes by both: duplicates are looked for
    assert found(root) == ["4.jpg", "a/1.jpg", "b/2.jpg", "link/c/3.jpg"]


@pytest.mark.parametrize("up", [".", "..", "../..", "/"])
def test_a_link_back_up_is_neither_followed_nor_a_fault(root: Path, up: str) -> None:
    (root / "a" / "up").symlink_to(up if up == "/" else root / "a" / up)
    assert found(root) == ["a/1.jpg", "b/2.jpg"]


def test_a_folder_is_read_once_and_its_other_name_is_told(root: Path) -> None:
    (root / "a" / "b").symlink_to(root / "b")
    assert found(root) == ["a/1.jpg", "(a/b)", "b/2.jpg"]
    for name in ("x", "y"):
        (root / name).symlink_to("../elsewhere")
    (root / "z").symlink_to("../elsewhere/c")
    assert found(root) == ["a/1.jpg", "(a/b)", "b/2.jpg", "x/c/3.jpg", "(y)", "(z)"]


def test_a_hidden_folder_that_is_linked_is_read(root: Path) -> None:
    (root / "b").rename(root / ".b")
    (root / "link").symlink_to(".b")
    assert found(root) == ["a/1.jpg", "link/2.jpg"]


def test_many_folders_that_link_to_each_other(root: Path) -> None:
    for one in range(12):
        (root / str(one)).mkdir()
        for other in range(12):
            (root / str(one) / f"to{other}").symlink_to(root / str(other))
    assert sum(isinstance(one, Path) for one in walk(root, is_image)) == 2


def test_links_that_lead_nowhere(root: Path) -> None:
    (root / "c").symlink_to("gone")
    (root / "d.jpg").symlink_to("gone.jpg")
    (root / "e").symlink_to("e")
    told = found(root)
    assert told[2].startswith("c: is a link that leads nowhere: No such file")
    assert told[3].startswith("d.jpg: is a link that leads nowhere: No such file")
    assert told[4].startswith("e: is a link that leads nowhere: Too many levels")


def test_what_is_called_an_image_and_is_none(root: Path) -> None:
    os.mkfifo(root / "p.jpg")
    os.mkfifo(root / "pipe")
    (root / "f.jpg").mkdir()
    (root / "f.jpg" / "5.jpg").write_bytes(b"")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "s.jpg"))
    (root / "u.jpg").symlink_to("/dev/null")
    told = found(root)
    assert told[2:] == [
        "f.jpg/5.jpg",
        "p.jpg: is a named pipe, no file",
        "s.jpg: is a socket, no file",
        "u.jpg: is a device, no file",
    ]


def test_a_folder_that_may_not_be_listed(root: Path) -> None:
    (root / "a").chmod(0)
    with nobody():
        told = found(root)
    assert told == ["a: can't list this folder: Permission denied", "b/2.jpg"]


def test_a_folder_whose_files_may_not_be_looked_at(root: Path) -> None:
    (root / "a").chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    with nobody():
        told = found(root)
    assert told == ["a/1.jpg: can't read: Permission denied", "b/2.jpg"]


def test_a_folder_that_breaks_off_while_it_is_listed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def failing(path: Path) -> object:
        if path == root / "b":
            raise OSError(5, "Input/output error")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    files, unread = files_in(root, is_image)
    assert files == [root / "a" / "1.jpg"]
    assert [(one.path, one.why, one.elsewhere) for one in unread] == [
        (root / "b", "can't list this folder: Input/output error", False)
    ]


def test_files_in_order_without_hidden_ones(tmp_path: Path) -> None:
    root = tmp_path / ".hidden-root-is-fine"
    for name in ("b.jpg", "a/c.png", "a/.d.png", ".git/e.png", "a.txt", "f.jpg/g.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    assert [path.relative_to(root).as_posix() for path in files_under(root, is_image)[0]] == ["a/c.png", "b.jpg"]
    assert len(files_under(root, lambda path: path.suffix == ".txt")[0]) == 2


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        files_under(tmp_path / "nowhere", is_image)
