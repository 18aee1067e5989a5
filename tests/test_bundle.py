"""A bundle is written whole or not at all, and opened whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus import bundle as bundles
from isthmus.bundle import CONTENTS, open_bundle, write
from isthmus.decision import Decision
from isthmus.errors import BundleError, StorageError
from isthmus.recipe import Recipe
from make.described import PROVENANCE, fill, full, made


def test_round_trip(tmp_path: Path) -> None:
    wrote = made(tmp_path / "b")
    assert open_bundle(tmp_path / "b") == wrote
    assert wrote.name == "b"
    assert {path.name for path in (tmp_path / "b").iterdir()} == {*CONTENTS, bundles.ABOUT}
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_copied_bundle_is_the_same_bundle(tmp_path: Path) -> None:
    wrote = made(tmp_path / "b")
    shutil.copytree(tmp_path / "b", tmp_path / "copy")
    found = open_bundle(tmp_path / "copy")
    assert (found.recipe, found.decision, found.provenance) == (wrote.recipe, wrote.decision, wrote.provenance)


def test_it_can_be_read_by_others(tmp_path: Path) -> None:
    made(tmp_path / "b")
    assert (tmp_path / "b").stat().st_mode & 0o055 == 0o055


@pytest.mark.parametrize("name", [*CONTENTS, bundles.ABOUT])
@pytest.mark.parametrize("harm", ["missing", "truncated", "foreign", "a folder"])
def test_a_harmed_file_is_named(tmp_path: Path, name: str, harm: str) -> None:
    made(tmp_path / "b")
    made(tmp_path / "other", alpha=0.7, threshold=0.3)
    path = tmp_path / "b" / name
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif harm == "foreign":
        path.write_bytes((tmp_path / "other" / name).read_bytes() + b" ")
    else:
        path.unlink()
        if harm == "a folder":
            path.mkdir()
    with pytest.raises(BundleError) as caught:
        open_bundle(tmp_path / "b")
    assert caught.value.exit_code == 2
    # A foreign description is found out by the first file that isn't its own.
    assert name in str(caught.value) or (name == bundles.ABOUT and harm == "foreign")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return full(tmp_path_factory.mktemp("whole") / "b")


@pytest.fixture(scope="module")
def harmed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(whole, tmp_path_factory.mktemp("harmed") / "b"))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_byte_changed_added_or_gone_is_one_line(whole: Path, harmed: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(path.name for path in whole.iterdir())))
    content = (whole / name).read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    new = data.draw(st.sampled_from([b"", b"\n", b" ", bytes([content[at] ^ 1])]) | st.binary(min_size=1, max_size=1))
    end = data.draw(st.sampled_from([at, at + 1, len(content)]))
    changed = content[:at] + new + content[end:]
    (harmed / name).write_bytes(changed)
    try:
        if changed == content:
            open_bundle(harmed)
            return
        with pytest.raises(BundleError) as told:
            open_bundle(harmed)
        assert "\n" not in str(told.value)
    finally:
        (harmed / name).write_bytes(content)


def test_no_byte_of_the_description_can_be_taken_away(whole: Path, harmed: Path) -> None:
    path = harmed / bundles.ABOUT
    content = path.read_bytes()
    try:
        for at in range(len(content)):
            path.write_bytes(content[:at] + content[at + 1 :])
            with pytest.raises(BundleError):
                open_bundle(harmed)
    finally:
        path.write_bytes(content)
    assert open_bundle(harmed).files == open_bundle(whole).files


def test_what_a_bundle_may_hold_and_what_not(tmp_path: Path) -> None:
    folder = full(tmp_path / "b")
    assert set(open_bundle(folder).files) == {*CONTENTS, *bundles.OPTIONAL}
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):  # left there by systems
        (folder / name).write_bytes(b"")
    assert open_bundle(folder).int8 == folder / bundles.INT8
    (folder / "model.onnx.data").write_bytes(b"")
    with pytest.raises(BundleError, match=r"holds 'model\.onnx\.data', which is not the bundle's\. Move it away"):
        open_bundle(folder)


def test_an_int8_export_that_nobody_named_is_not_used(tmp_path: Path) -> None:
    made(tmp_path / "b")
    (tmp_path / "b" / bundles.INT8).write_bytes(b"smuggled")
    with pytest.raises(BundleError, match=r"holds 'model-int8\.onnx'"):
        open_bundle(tmp_path / "b")


def test_links_are_what_they_lead_to(tmp_path: Path) -> None:
    wrote = made(tmp_path / "b")
    (tmp_path / "b" / bundles.ONNX).rename(tmp_path / "elsewhere")
    (tmp_path / "b" / bundles.ONNX).symlink_to(tmp_path / "elsewhere")
    assert open_bundle(tmp_path / "b") == wrote
    (tmp_path / "elsewhere").write_bytes(b"another")
    with pytest.raises(BundleError, match="checksum differs"):
        open_bundle(tmp_path / "b")
    (tmp_path / "elsewhere").unlink()
    with pytest.raises(BundleError, match="is missing"):
        open_bundle(tmp_path / "b")


@pytest.mark.parametrize("name", [bundles.ONNX, bundles.ABOUT])
def test_a_named_pipe_is_no_file(tmp_path: Path, name: str) -> None:
    made(tmp_path / "b")
    (tmp_path / "b" / name).unlink()
    os.mkfifo(tmp_path / "b" / name)
    with pytest.raises(BundleError, match=r"is missing|is not a bundle's description"):
        open_bundle(tmp_path / "b")


def test_what_is_no_folder_or_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        open_bundle(tmp_path / "nothing")
    with pytest.raises(BundleError, match=r"is no bundle: it holds no bundle\.json"):
        open_bundle(tmp_path)


def test_a_taken_target_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for to in (tmp_path / "b", tmp_path / "file"):
        with pytest.raises(BundleError, match="already holds something"):
            made(to)
    assert (tmp_path / "b" / "mine").read_text() == (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert made(tmp_path / "b") == open_bundle(tmp_path / "b")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("where", ["fill", "text", "rename"])
def test_a_full_or_read_only_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, where: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, "not here")

    target: Callable[[Path], None] = fill
    if where == "fill":
        target = refused
    else:
        monkeypatch.setattr(Path, "write_text" if where == "text" else "rename", refused)
    with pytest.raises(StorageError, match="can't write: not here"):
        write(tmp_path / "b", Recipe(), Decision.at(0.5), PROVENANCE, "# card\n", target)
    monkeypatch.undo()
    assert not list(tmp_path.iterdir())


def test_a_parent_that_is_a_file_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't write"):
        made(tmp_path / "file" / "b")


def test_an_interrupted_filling_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "b", Recipe(), Decision.at(0.5), PROVENANCE, "# card\n", interrupted)
    assert not list(tmp_path.iterdir())


def test_nothing_can_be_unpickled() -> None:
    assert "pickle" not in Path(bundles.__file__).read_text(encoding="utf-8").replace("Never a pickle", "")
    assert not any(name.endswith((".pt", ".pth", ".pkl", ".ckpt")) for name in CONTENTS)
