"""What a file shows, at the command: orientation, pages, and files that are no image."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.errors import DataError, UsageError
from make.bundle import make
from make.commands import isthmus
from make.scan import scan

UPRIGHT = 0x0112
BOX = "70,40,190,160"
PICTURE = scan(4)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("bundle") / "b")


def predicted(*arguments: object) -> dict[str, object]:
    result = isthmus("predict", *arguments, "--json")
    assert result.exit_code == 0, result.exception
    (one,) = json.loads(result.stdout)["predictions"]
    return one | {"stderr": result.stderr}


def lying(path: Path, kind: str, **options: object) -> Path:
    """The picture stored a quarter turn against the clock, which EXIF orientation 6 shows upright."""
    exif = Image.Exif()
    exif[UPRIGHT] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(PICTURE))).save(path, kind, exif=exif, **options)
    return path


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_a_picture_is_read_as_it_is_shown(bundle: Path, tmp_path: Path, kind: str, options: dict[str, object]) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "upright.png")
    upright = predicted(tmp_path / "upright.png", "--model", bundle, "--box", BOX)
    shown = predicted(lying(tmp_path / "turned", kind, **options), "--model", bundle, "--box", BOX)
    unnamed = {"nodule": "", "image": ""}
    assert {**shown, **unnamed} == {**upright, **unnamed}


def test_a_jpeg_is_read_as_it_is_shown(bundle: Path, tmp_path: Path) -> None:
    path = lying(tmp_path / "turned.jpg", "JPEG", quality=90)
    with Image.open(path) as stored:
        Image.fromarray(np.rot90(np.asarray(stored), -1).copy()).save(tmp_path / "upright.png")
    shown, upright = (
        predicted(tmp_path / name, "--model", bundle, "--box", BOX) for name in ("turned.jpg", "upright.png")
    )
    assert shown["p_malignant"] == upright["p_malignant"]
    assert shown["votes"] == upright["votes"]


def test_a_page_is_chosen_and_said(bundle: Path, tmp_path: Path) -> None:
    drawn = [Image.fromarray(scan(seed)) for seed in range(3)]
    drawn[0].save(tmp_path / "clip.tif", save_all=True, append_images=drawn[1:])
    alone = []
    for number, page in enumerate(drawn, 1):
        page.save(tmp_path / f"{number}.png")
        alone.append(predicted(tmp_path / f"{number}.png", "--model", bundle)["p_malignant"])
    clip = tmp_path / "clip.tif"
    first = predicted(clip, "--model", bundle)
    assert (first["p_malignant"], first["page"], first["pages"]) == (alone[0], 1, 3)
    assert "clip.tif: page 1 of 3 is read" in str(first["stderr"])
    third = predicted(clip, "--model", bundle, "--page", 3)
    assert (third["p_malignant"], third["page"], third["pages"]) == (alone[2], 3, 3)
    assert "page" not in str(third["stderr"])
    assert "clip.tif page 2 of 3 [" in isthmus("predict", clip, "--model", bundle, "--page", 2).stdout
    single = predicted(tmp_path / "1.png", "--model", bundle)
    assert (single["page"], single["pages"]) == (1, 1)
    assert "page" not in str(single["stderr"])


@pytest.mark.parametrize("page", ["4", "0", "-1", "", "two"])
def test_a_page_that_cant_be(bundle: Path, tmp_path: Path, page: str) -> None:
    first, second, third = (Image.fromarray(scan(seed)) for seed in range(3))
    first.save(tmp_path / "clip.tif", save_all=True, append_images=[second, third])
    result = isthmus("predict", tmp_path / "clip.tif", "--model", bundle, f"--page={page}")
    assert getattr(result.exception, "exit_code", result.exit_code) == 2
    assert "P(malignant)" not in result.output
    if page == "4":
        assert result.stderr.strip().endswith("clip.tif: has 3 pages, no page 4. Give a page that it has.")


def test_an_archive_says_how_many_have_several_pages(bundle: Path, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    pictures = [Image.fromarray(scan(seed)) for seed in range(2)]
    pictures[0].save(scans / "a.png")
    for name in ("b.tif", "c.png"):
        pictures[0].save(scans / name, save_all=True, append_images=pictures[1:])
    rows = [f"{scans / name},{box}" for name, box in (("a.png", BOX), ("b.tif", BOX), ("b.tif", "1,1,90,90"))]
    (tmp_path / "list.csv").write_text("path,x0,y0,x1,y1\n" + "\n".join(rows) + "\n")
    command = ("predict", scans, tmp_path / "list.csv", "--model", bundle, "--to", tmp_path / "out.csv")
    result = isthmus(*command, "--json")
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout)["several_pages"] == 3  # b.tif counts as often as it is listed
    assert "images of several pages: 3; read is" in result.stderr
    table = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    assert [row["pages"] for row in table] == ["1", "2", "2", "1", "2", "2"]
    assert isinstance(isthmus(*command, "--page", 2).exception, UsageError)


def test_look_counts_and_training_says(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for label in ("benign", "malignant"):
        (root / label).mkdir(parents=True)
    pictures = [Image.fromarray(scan(seed)) for seed in range(4)]
    for name, picture in zip(("benign/a", "malignant/b", "benign/c"), pictures, strict=False):
        picture.save(root / f"{name}.png")
    lying(root / "malignant" / "d.png", "PNG")
    pictures[3].save(root / "benign" / "c.png", save_all=True, append_images=pictures[:1])
    result = isthmus("look", root, "--as", "folders", "--json")
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    assert (found["oriented_images"], found["several_page_images"]) == (1, 1)
    assert sorted(fault["kind"] for fault in found["faults"]) == ["orientation", "several-pages"]
    text = isthmus("look", root, "--as", "folders").stdout
    assert "files with an orientation, which is applied: 1" in text
    assert "files of several pages, of which the first is read: 1" in text
    told = isthmus("cross", root, "--as", "folders", "--to", tmp_path / "out", "--folds", "9").stderr
    assert "page 1 is read of files of several pages: 1, such as benign/c.png" in told


def test_a_file_that_is_no_image_says_what_it_is(bundle: Path, tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "scan.png", "GIF")
    result = isthmus("predict", tmp_path / "scan.png", "--model", bundle)
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("scan.png: is a GIF, which is not read. Convert it to PNG.")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "a.pdf").write_bytes(b"%PDF-1.4\n")
    refused = isthmus("predict", tmp_path / "papers", "--model", bundle, "--to", tmp_path / "o.csv").exception
    assert isinstance(refused, DataError)
    assert "seen and not read: PDF (1)" in str(refused)


def test_a_box_of_fractions_covers_the_pixels_it_touches(bundle: Path, tmp_path: Path) -> None:
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    said = predicted(tmp_path / "a.png", "--model", bundle, "--box", "70.9,40.2,189.1,159.5")
    assert said["box"] == [70, 40, 190, 160]
    assert said == predicted(tmp_path / "a.png", "--model", bundle, "--box", BOX)
