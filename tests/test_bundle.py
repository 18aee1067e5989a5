"""A bundle is written whole or not at all, and opened whole or not at all."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from isthmus import bundle as bundles
from isthmus.bundle import CONTENTS, Bundle, Proof, Provenance, open_bundle, write
from isthmus.errors import BundleError, StorageError
from isthmus.recipe import Recipe

PROVENANCE = Provenance(
    data="phantom",
    policy="given",
    fingerprint="0" * 12,
    nodules={"training": {"benign": 3, "malignant": 2}, "validation": {"benign": 1, "malignant": 1}},
    seed=0,
    epoch=1,
    validation_auc=0.5,
    engines={"onnxruntime": Proof("fp32", 1e-7, 0, 2, 1.0, passed=True)},
    versions={"python": "3.11"},
    created="2020-01-01T00:00:00+00:00",
)


def fill(folder: Path) -> None:
    (folder / bundles.WEIGHTS).write_bytes(b"weights")
    (folder / bundles.ONNX).write_bytes(b"onnx")
    (folder / bundles.PROBE).write_bytes(b"probe")


def made(to: Path, alpha: float = 0.6, threshold: float = 0.4) -> Bundle:
    return write(to, Recipe(alpha=alpha), threshold, PROVENANCE, "# card\n", fill)


def retold(folder: Path, **changes: object) -> None:
    path = folder / bundles.ABOUT
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_round_trip(tmp_path: Path) -> None:
    wrote = made(tmp_path / "b")
    assert open_bundle(tmp_path / "b") == wrote
    assert wrote.labels == ("benign", "malignant")
    assert wrote.name == "b"
    assert {path.name for path in (tmp_path / "b").iterdir()} == {*CONTENTS, bundles.ABOUT}
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_copied_bundle_is_the_same_bundle(tmp_path: Path) -> None:
    wrote = made(tmp_path / "b")
    shutil.copytree(tmp_path / "b", tmp_path / "copy")
    found = open_bundle(tmp_path / "copy")
    assert (found.recipe, found.threshold, found.provenance) == (wrote.recipe, wrote.threshold, wrote.provenance)


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 1}, "is a bundle of format 1; this isthmus reads format 2"),
        ({"labels": {"0": "malignant", "1": "benign"}}, "names other labels"),
        ({"threshold": float("nan")}, "recipe or threshold isn't its own"),
        ({"threshold": 1.5}, "recipe or threshold isn't its own"),
        ({"threshold": "much"}, "is incomplete"),
        ({"threshold": None}, "is incomplete"),
        ({"recipe": "0" * 12}, "recipe or threshold isn't its own"),
        ({"files": {}}, "is incomplete"),
        ({"files": []}, "is incomplete"),
        ({"provenance": {"data": "only"}}, "is incomplete"),
        ({"provenance": None}, "is incomplete"),
    ],
)
def test_a_description_that_is_not_ours_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    made(tmp_path / "b")
    retold(tmp_path / "b", **change)
    with pytest.raises(BundleError, match=message):
        open_bundle(tmp_path / "b")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"bundle"', "\xff", "[" * 100_000])
def test_a_description_that_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    made(tmp_path / "b")
    (tmp_path / "b" / bundles.ABOUT).write_bytes(text.encode("latin-1"))
    with pytest.raises(BundleError, match=bundles.ABOUT):
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
        write(tmp_path / "b", Recipe(), 0.5, PROVENANCE, "# card\n", target)
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
        write(tmp_path / "b", Recipe(), 0.5, PROVENANCE, "# card\n", interrupted)
    assert not list(tmp_path.iterdir())


def test_nothing_can_be_unpickled() -> None:
    assert "pickle" not in Path(bundles.__file__).read_text(encoding="utf-8").replace("Never a pickle", "")
    assert not any(name.endswith((".pt", ".pth", ".pkl", ".ckpt")) for name in CONTENTS)
