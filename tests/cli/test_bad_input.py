"""Bad input at the command: one clear line, the right exit code, and nothing good lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.errors import IsthmusError
from make.commands import SMALL, isthmus

BOMB = '<!DOCTYPE c [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><case><number>&b;</number></case>'


@pytest.fixture
def data(phantom: Path, tmp_path: Path) -> Path:
    """A copy of the simulated data that a test may spoil."""
    return Path(shutil.copytree(phantom, tmp_path / "data"))


def cut_jpeg(root: Path) -> str:
    path = root / "2_1.jpg"
    path.write_bytes(path.read_bytes()[:3000])
    return "2_1"


def no_jpeg(root: Path) -> str:
    (root / "2_1.jpg").write_text("not a picture")
    return "2_1"


def giant_png(root: Path) -> str:
    (root / "2_1.jpg").unlink()
    Image.fromarray(np.zeros((4, 30_000), np.uint8)).save(root / "2_1.png")
    return "30000"


def missing_image(root: Path) -> str:
    (root / "2_1.jpg").unlink()
    return "2_1"


def malformed_xml(root: Path) -> str:
    (root / "2.xml").write_text("<case><number>2</number>")
    return "2.xml"


def bombed_xml(root: Path) -> str:
    (root / "2.xml").write_text(BOMB)
    return "2.xml"


SPOILED = [cut_jpeg, no_jpeg, giant_png, missing_image, malformed_xml, bombed_xml]


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_broken_file_stops_training_before_it_begins(data: Path, tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    told = spoil(data)
    for verb in ("train", "cross"):
        result = isthmus(verb, data, "--as", "phantom", "--to", tmp_path / "out", *SMALL)
        assert isinstance(result.exception, IsthmusError)
        assert told in str(result.exception)
        assert "--skip-broken" in str(result.exception)
        assert "\n" not in str(result.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("spoil", SPOILED)
def test_look_lists_a_broken_file_and_reads_on(data: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    whole = json.loads(isthmus("look", data, "--as", "phantom", "--json").stdout)
    told = spoil(data)
    result = isthmus("look", data, "--as", "phantom", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert whole["images"] - 3 <= found["images"] < whole["images"]
    assert any(told in json.dumps(fault) for fault in found["faults"])
    assert isthmus("look", data, "--as", "phantom", "--json", "--skip-broken").exit_code == 0


def test_skip_broken_goes_on_and_lists_what_it_left_out(data: Path, model: Path, tmp_path: Path) -> None:
    told = cut_jpeg(data)
    to = tmp_path / "read.csv"
    command = ("predict", data, "--as", "phantom", "--model", model, "--to", to)
    assert isinstance(isthmus(*command).exception, IsthmusError)
    assert not to.exists()
    result = isthmus(*command, "--skip-broken")
    assert result.exit_code == 0
    assert told in result.stderr
    assert f",{told}," not in to.read_text()


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for kind in ("ddti", "voc", "folders", "phantom"):
        result = isthmus("look", tmp_path / "empty", "--as", kind)
        assert isinstance(result.exception, IsthmusError)
        assert "empty" in str(result.exception)


def test_one_class_only_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "benign"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0)
    for number in range(6):
        Image.fromarray(noise.integers(0, 255, (64, 64), np.uint8)).save(folder / f"{number}.png")
    result = isthmus("cross", tmp_path / "data", "--as", "folders", "--to", tmp_path / "out", *SMALL)
    assert isinstance(result.exception, IsthmusError)
    assert "benign" in str(result.exception)
    assert "malignant" in str(result.exception)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("box", ["10,10,9000,50", "-5,0,20,20", "30,30,30,60", "a,b,c,d", "1,2,3"])
def test_a_box_that_cant_be(phantom: Path, model: Path, box: str) -> None:
    result = isthmus("predict", phantom / "1_1.jpg", "--model", model, f"--box={box}")
    assert result.exit_code != 0
    assert box in (str(result.exception) + result.stderr)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.onnx", "recipe.toml", "bundle.json"])
@pytest.mark.parametrize("how", ["missing", "truncated", "foreign"])
def test_a_spoiled_bundle_is_refused(phantom: Path, model: Path, tmp_path: Path, name: str, how: str) -> None:
    copy = Path(shutil.copytree(model, tmp_path / "model"))
    path = copy / name
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        path.write_bytes(b"something else")
    result = isthmus("predict", phantom / "1_1.jpg", "--model", copy)
    assert isinstance(result.exception, IsthmusError)
    assert name in str(result.exception)


def test_a_target_that_cant_be_written(phantom: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    result = isthmus("cross", phantom, "--as", "phantom", "--to", tmp_path / "file" / "run", *SMALL)
    assert isinstance(result.exception, IsthmusError)
    assert "can't write" in str(result.exception)
    assert (tmp_path / "file").read_text() == "a file, no folder"


def test_a_folder_with_something_else_in_it_is_left_alone(phantom: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    for verb in ("cross", "train"):
        result = isthmus(verb, phantom, "--as", "phantom", "--to", tmp_path / "out", *SMALL)
        assert isinstance(result.exception, IsthmusError)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]
