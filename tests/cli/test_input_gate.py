"""What is no nodule in ultrasound gets no verdict, from a file, in a table and in Python; the number stays."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image, ImageDraw

from isthmus import Box, Predictor, read_frame
from isthmus.infer.gate.gate import REASONS
from isthmus.models.names import names
from isthmus.phantom.write import write_phantom
from make.commands import isthmus

NODULE = Box(180, 90, 330, 240)  # of the README, in the first simulated picture
TURNED_NODULE = Box(180, 360 - 240, 330, 360 - 90)
TINY = Box(240, 150, 250, 160)
STRANGE = {"text.png": "distance", "blank.png": "distance", "black.png": "empty", "photograph.png": "colour"}
TURNED = {"inverted.png": "inverted", "upside-down.png": "upside_down"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated scan, that scan turned, and pictures of something else."""
    folder = tmp_path_factory.mktemp("pictures")
    write_phantom(folder / "data", patients=1, seed=0)
    with Image.open(folder / "data" / "1_1.jpg") as file:
        scan = file.convert("L")
    scan.save(folder / "scan.png")
    pixels = np.asarray(scan)
    Image.fromarray(255 - pixels).save(folder / "inverted.png")
    Image.fromarray(np.ascontiguousarray(pixels[::-1])).save(folder / "upside-down.png")
    page = Image.new("L", scan.size, 255)
    for line in range(0, scan.height, 16):
        ImageDraw.Draw(page).text((4, line), "nodule of the left lobe, 12 mm, hypoechoic, " * 3, fill=0)
    page.save(folder / "text.png")
    Image.new("L", scan.size, 128).save(folder / "blank.png")
    Image.new("L", scan.size, 0).save(folder / "black.png")
    y, x = np.mgrid[: scan.height, : scan.width]
    sunset = np.stack([255 - y // 3, 120 + x // 8, y // 2], axis=-1).clip(0, 255).astype(np.uint8)
    Image.fromarray(sunset).save(folder / "photograph.png")
    return folder


def box_in(name: str) -> Box:
    return TURNED_NODULE if name == "upside-down.png" else NODULE


def read(path: Path, box: Box) -> dict[str, object]:
    done = isthmus("predict", path, "--box", box, "--json")
    assert done.exit_code == 0, done.exception
    (prediction,) = json.loads(done.stdout)["predictions"]
    return dict(prediction)


def test_the_nodule_of_the_readme_has_a_verdict(pictures: Path) -> None:
    answer = read(pictures / "scan.png", NODULE)
    assert answer["gate"] == {"accepted": True, "reasons": []}
    assert answer["verdict"] in ("benign", "malignant")


@pytest.mark.parametrize(("name", "reason"), list((STRANGE | TURNED).items()))
def test_a_file_that_is_none_abstains_and_says_why(pictures: Path, name: str, reason: str) -> None:
    answer = read(pictures / name, box_in(name))
    assert answer["verdict"] == "abstain"
    assert isinstance(answer["p_malignant"], float)
    gate = answer["gate"]
    assert isinstance(gate, dict)
    assert not gate["accepted"]
    assert REASONS[reason] in gate["reasons"]


def test_the_line_for_a_reader_has_the_reason_and_no_number(pictures: Path) -> None:
    done = isthmus("predict", pictures / "scan.png", "--box", TINY)
    assert done.exit_code == 0, done.exception
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(str(pictures))]
    assert REASONS["side"] in line
    assert "P(malignant) =" not in line


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_holds_them_all(pictures: Path, tmp_path: Path, ending: str) -> None:
    manifest, to = tmp_path / "manifest.csv", tmp_path / f"out{ending}"
    boxes = {name: box_in(name) for name in ("scan.png", *STRANGE, *TURNED)}
    rows = [f"{pictures / name},{box}" for name, box in [*boxes.items(), ("scan.png", TINY)]]
    manifest.write_text("\n".join(["path,x0,y0,x1,y1", *rows, ""]), encoding="utf-8")
    done = isthmus("predict", manifest, "--to", to, "--json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["abstained"] == len(rows) - 1
    accepted, *others = _rows(to)
    assert (accepted["gate"], accepted["verdict"] != "abstain") == ("accepted", True)
    for row, reason in zip(others, [*STRANGE.values(), *TURNED.values(), "side"], strict=True):
        assert row["verdict"] == "abstain"
        assert REASONS[reason] in row["gate"]
        assert 0 <= float(row["p_malignant"]) <= 1


def _rows(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(path).to_pylist())
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_in_python_there_is_no_verdict_and_the_number_stays(pictures: Path) -> None:
    prediction = Predictor.load("tn5000").predict(read_frame(pictures / "blank.png"))
    assert prediction.verdict is None
    assert prediction.gate
    assert not prediction.gate.accepted
    assert 0 <= prediction.probability <= 1


@pytest.mark.parametrize("model", names())
def test_every_model_that_ships_gives_a_set_and_a_gate(pictures: Path, model: str) -> None:
    told = isthmus("predict", pictures / "scan.png", "--box", NODULE, "--model", model, "--json")
    (nodule,) = json.loads(told.stdout)["predictions"]
    assert set(nodule["set"]) <= {"benign", "malignant"}
    assert nodule["verdict"] in {"benign", "malignant", "abstain"}
    assert (nodule["verdict"] == "abstain") == (not nodule["gate"]["accepted"])
    assert 0 <= nodule["p_malignant"] <= 1
