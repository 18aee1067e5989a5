"""`isthmus predict` on DICOM files and on pictures: frames, several nodules, millimetres or why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from isthmus.cli.main import main
from isthmus.errors import UsageError
from make import dicom
from make.bundle import make
from make.sonograms import grey, native, region


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.dcm"
    path.write_bytes(native(grey(1), grey(2), grey(3), SequenceOfUltrasoundRegions=[region()]))
    return path


def predict(model: Path, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["predict", *map(str, arguments), "--model", str(model)])


def answer(model: Path, *arguments: object) -> list[dict[str, Any]]:
    result = predict(model, *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    predictions: list[dict[str, Any]] = json.loads(result.stdout)["predictions"]
    return predictions


def test_boxes_and_polygons_are_nodules_of_one_frame(model: Path, clip: Path) -> None:
    drawn = ("--box", "20,10,40,30", "--polygon", "20,10;39,10;39,29", "--box", "0,0,30,30")
    first, other, triangle = answer(model, clip, "--frame", 2, *drawn)
    assert [one["box"] for one in (first, other, triangle)] == [[20, 10, 40, 30], [0, 0, 30, 30], [20, 10, 40, 30]]
    assert [one["page"] for one in (first, triangle)] == [2, 2]
    assert first["spacing_mm"] == pytest.approx([0.1, 0.2])
    assert first["size_mm"] == pytest.approx({"width": 4.0, "height": 2.0, "longest": 4.0})
    assert triangle["size_mm"]["longest"] == pytest.approx((3.8**2 + 1.9**2) ** 0.5)
    assert triangle["polygon"] == [[20.0, 10.0], [39.0, 10.0], [39.0, 29.0]]
    assert (other["spacing_mm"], other["size_mm"]) == (None, None)
    assert other["spacing_reason"] == other["size_reason"] == "it lies in no two-dimensional tissue region of the file"
    assert len({one["nodule"] for one in (first, other, triangle)}) == 3


def test_frame_and_page_are_one_thing(model: Path, clip: Path) -> None:
    assert (
        answer(model, clip, "--frame", 3)
        == answer(model, clip, "--page", 3)
        == answer(model, clip, "--frame", 3, "--page", 3)
    )
    result = predict(model, clip, "--frame", 3, "--page", 2)
    assert isinstance(result.exception, UsageError)
    assert "--frame 3 and --page 2 are two" in str(result.exception)


def test_without_a_box_the_scan_area_is_read_and_said(model: Path, clip: Path) -> None:
    result = predict(model, clip, "--json")
    (one,) = json.loads(result.stdout)["predictions"]
    assert (one["box"], one["roi"], one["size_mm"]) == ([8, 4, 56, 44], "scan-area", None)
    assert one["size_reason"] == "no nodule is drawn: the scan area is read"
    assert "the scan area (8,4,56,44) is read" in result.stderr
    assert "page 1 of 3 is read" in result.stderr


def test_a_picture_has_the_same_keys(model: Path, clip: Path, tmp_path: Path) -> None:
    Image.fromarray(grey()).save(tmp_path / "a.png")
    (picture,), (frame,) = answer(model, tmp_path / "a.png", "--box", "1,1,20,20"), answer(model, clip)
    assert picture.keys() == frame.keys()
    assert (picture["spacing_mm"], picture["size_mm"]) == (None, None)
    assert picture["spacing_reason"] == "the file states no regions with millimetres"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--polygon", "1,1;2,2"), "has 2 points"),
        (("--polygon", "1,1;20,20;20,1;1,21"), "crosses itself"),
        (("--polygon", "1,1;20,20;900,1"), "polygon leaves the image, which is 64 x 48 pixels"),
        (("--box", "1,1,900,20"), "leaves the image, which is 64 x 48 pixels"),
        (("--frame", "4"), "has 3 frames, no frame 4"),
    ],
)
def test_what_cant_be_read_is_said(model: Path, clip: Path, arguments: tuple[str, ...], words: str) -> None:
    result = predict(model, clip, *arguments)
    assert result.exit_code != 0
    assert words in result.stderr + str(result.exception)


def test_of_several_nodules_one_that_cant_be_read_leaves_the_others(model: Path, clip: Path) -> None:
    result = predict(model, clip, "--box", "1,1,900,20", "--box", "1,1,20,20", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, len(told["predictions"]), len(told["errors"])) == (1, 1, 1)


def test_doppler_is_told(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(native(grey(), SequenceOfUltrasoundRegions=[region(), region(RegionDataType=2)]))
    result = predict(model, path, "--box", "20,10,40,30")
    assert "the file states Doppler there" in result.stderr


def test_an_archive_takes_dicom_in_folders_manifests_and_as_a_data_set(model: Path, tmp_path: Path) -> None:
    root = dicom.make(tmp_path / "data")
    manifest = root / "list.csv"
    manifest.write_text("path,page\nc/clip.dcm,3\nc/clip.dcm,\nc/clip.dcm,x\nc/clip.dcm,9\n")
    tables = {}
    for name, arguments in {"folder": (root,), "list": (manifest,), "kind": (root, "--as", "dicom")}.items():
        to = tmp_path / f"{name}.csv"
        assert predict(model, *arguments, "--to", to).exit_code == (1 if name == "list" else 0)
        tables[name] = to.read_text().splitlines()[1:]
    assert len(tables["folder"]) == 5
    assert len(tables["kind"]) == 6
    third, first, odd, ninth = tables["list"]
    assert third.startswith("c/clip.dcm#3,c/clip.dcm#3,")
    assert third.split(",")[9] != first.split(",")[9]
    assert "page 'x' is no number from 1 on" in odd
    assert "has 3 frames, no frame 9" in ninth


def alone(clip: Path) -> Path:
    """A folder that holds the clip and nothing else."""
    root = clip.parent / "set"
    root.mkdir()
    clip.rename(root / clip.name)
    return root


def test_a_data_set_without_a_table_of_nodules_says_what_it_lacks(model: Path, clip: Path, tmp_path: Path) -> None:
    result = predict(model, alone(clip), "--as", "dicom", "--to", tmp_path / "out.csv")
    assert "holds 1 images and no nodule" in str(result.exception)
    assert "docs/data.md" in str(result.exception)


def test_a_frame_that_a_table_names_is_not_called_the_first(model: Path, clip: Path, tmp_path: Path) -> None:
    root = alone(clip)
    (root / "nodules.csv").write_text("image,frame,x0,y0,x1,y1\nclip.dcm,3,10,10,60,60\n")
    result = predict(model, root, "--as", "dicom", "--to", tmp_path / "out.csv")
    assert "the one that the name ends with (#2), else page 1" in result.stderr
    assert "clip.dcm#3" in (tmp_path / "out.csv").read_text()
