"""Odd members of a shard: each a row with its error, and none in the way of the others."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from isthmus.infer.archive.shards import shard_items
from make.archive import WIDTH, jpeg

SPARSE = {"major": "0", "minor": "1", "map": "0,1", "size": "9"}


def member(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
    made, content = tarfile.TarInfo(name), jpeg() if kind == tarfile.REGTYPE else b""
    made.type, made.linkname, made.size = kind, to, len(content)
    return made, content


def odd_shard(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A shard of these members, and a sound one behind them."""
    with tarfile.open(path, "w", encoding="utf-8", errors="surrogateescape") as tar:
        for made, content in [*members, member("last.jpg")]:
            tar.addfile(made, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        (member("."), "is a file without a name"),
        (member(".."), "is a file without a name"),
        (member("a/.."), "is a file without a name"),
        (member("./"), "is a file without a name"),
        (member("k.jpg", tarfile.SYMTYPE, "l.jpg"), "is a link to l.jpg"),
        (member("k.jpg", tarfile.LNKTYPE, "l.jpg"), "is a link to l.jpg"),
        (member("k.jpg", tarfile.FIFOTYPE), "is a device or a pipe"),
        (member("k.jpg", tarfile.CHRTYPE), "is a device or a pipe"),
    ],
)
def test_an_odd_member_is_a_row_and_the_others_are_read(
    tmp_path: Path, odd: tuple[tarfile.TarInfo, bytes], problem: str
) -> None:
    *told, last = shard_items(odd_shard(tmp_path / "s.tar", odd))
    assert [item.regions[0].problem.startswith(problem) for item in told] == [True]
    assert last.decode().width == WIDTH


@pytest.mark.parametrize("name", ["/etc/x.jpg", "../../x.jpg", "caf\udce9.jpg", "a//b/./x.jpg", "x" * 300 + ".jpg"])
def test_an_odd_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    first, last = shard_items(odd_shard(tmp_path / "s.tar", member(name)))
    assert first.image.encode().startswith(str(tmp_path).encode())
    assert (first.decode().width, last.decode().width) == (WIDTH, WIDTH)


def test_folders_in_a_shard_are_no_rows(tmp_path: Path) -> None:
    odd = [member(name, tarfile.DIRTYPE) for name in (".", "./", "a.jpg", "/")]
    (last,) = shard_items(odd_shard(tmp_path / "s.tar", *odd))
    assert last.image.endswith("last.jpg")


def test_a_member_that_stands_twice_in_its_sample(tmp_path: Path) -> None:
    found = list(shard_items(odd_shard(tmp_path / "s.tar", member("k.jpg"), member("k.jpg"))))
    assert [item.regions[0].problem for item in found] == ["", "stands twice in its sample", ""]


def test_a_member_with_holes(tmp_path: Path) -> None:
    made, content = member("k.jpg")
    made.pax_headers = {f"GNU.sparse.{name}": value for name, value in SPARSE.items()}
    found = list(shard_items(odd_shard(tmp_path / "s.tar", (made, content))))
    assert [item.regions[0].problem for item in found] == ["is stored with holes; pack the shard without --sparse", ""]
