"""The whole road, as a user walks it: cross, train, predict, score, on a small simulated data set."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from isthmus.data.sources import open_source
from isthmus.errors import IsthmusError
from make.commands import SMALL, isthmus

COLUMNS = "nodule,image,patient,group,fold,label,p_malignant,p_whole,p_crops"


@pytest.fixture(scope="module")
def crossed(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("runs") / "first"
    result = isthmus("cross", phantom, "--as", "phantom", "--to", to, "--folds", 2, *SMALL, "--json")
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout) == json.loads((to / "scorecard.json").read_text())
    return to


def test_cross_writes_every_labelled_nodule_once(phantom: Path, crossed: Path) -> None:
    text = (crossed / "predictions.csv").read_text()
    assert text.partition("\n")[0] == COLUMNS
    rows = list(csv.DictReader(text.splitlines()))
    nodules = {nodule.id: nodule for nodule in open_source("phantom", phantom).labelled}
    assert sorted(row["nodule"] for row in rows) == sorted(nodules)
    assert all(row["label"] == str(nodules[row["nodule"]].label) for row in rows)
    assert len({(row["group"], row["fold"]) for row in rows}) == len({row["group"] for row in rows})


def test_cross_says_how_it_came_about(crossed: Path) -> None:
    scores = json.loads((crossed / "scorecard.json").read_text())
    assert scores["labels"] == "benign-2-3-4a"
    assert scores["protocol"] == "grouped"
    for name in ("accuracy", "precision", "recall", "sensitivity", "specificity", "f1", "auc"):
        assert set(scores["metrics"][name]) == {"value", "low", "high", "method"}
    assert scores["leak"]["same_patient"] == scores["leak"]["same_image"] == 0
    assert tomllib.loads((crossed / "recipe.toml").read_text())["preparation"]["size"] == 32
    manifest = json.loads((crossed / "manifest.json").read_text())
    assert manifest["finished"] is True
    assert {"command", "versions", "data_fingerprint", "seconds"} <= set(manifest)
    parser = HTMLParser()
    parser.feed((crossed / "report.html").read_text())


def test_cross_goes_on_with_what_is_finished(phantom: Path, crossed: Path) -> None:
    kept = crossed / "folds" / "00" / "fold.json"
    before, predictions = kept.stat().st_mtime_ns, (crossed / "predictions.csv").read_text()
    (crossed / "folds" / "01" / "fold.json").unlink()
    assert isthmus("cross", phantom, "--as", "phantom", "--to", crossed, "--folds", 2, *SMALL).exit_code == 0
    assert kept.stat().st_mtime_ns == before
    assert (crossed / "predictions.csv").read_text() == predictions


def test_score_agrees_with_cross(crossed: Path) -> None:
    own = json.loads((crossed / "scorecard.json").read_text())
    result = isthmus("score", crossed / "predictions.csv", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["metrics"] == own["metrics"]


def test_score_reads_predictions_of_before(crossed: Path, tmp_path: Path) -> None:
    """While P(malignant) was called p."""
    before = tmp_path / "predictions.csv"
    before.write_text((crossed / "predictions.csv").read_text().replace("p_malignant", "p", 1))
    now, then = (isthmus("score", path, "--json") for path in (crossed / "predictions.csv", before))
    assert then.exit_code == now.exit_code == 0
    assert then.stdout == now.stdout


def test_the_papers_protocol_says_that_it_is_optimistic_and_why(phantom: Path, tmp_path: Path) -> None:
    to = tmp_path / "run"
    command = ("cross", phantom, "--as", "phantom", "--to", to, "--protocol", "paper", *SMALL)
    command += ("--set", "threshold=youden", "--set", "choose_by=loss")
    result = isthmus(*command, "--json")
    assert result.exit_code == 0, result.exception
    assert ", on the test nodules " in result.stderr
    assert "validation" not in result.stderr
    scores = json.loads(result.stdout)
    assert (scores["protocol"], scores["chosen_on"]) == ("paper", "test")
    assert scores["leak"]["n"] == scores["n"]
    leaked = scores["leak"]["same_patient"]
    assert leaked > 0
    cautioned = "Optimistic: the epoch and the threshold are chosen on the test nodules; "
    assert scores["caution"].startswith(f"{cautioned}of {scores['n']} test nodules {leaked} share their patient")
    told = isthmus(*command).stdout
    assert cautioned in told
    assert "epoch and threshold chosen on the test nodules, as the paper seems to have done" in told
    assert "The epoch and the threshold are chosen on the test nodules" in (to / "report.html").read_text(
        encoding="utf-8"
    )


def test_a_number_that_the_protocol_does_not_count_is_refused(phantom: Path, tmp_path: Path) -> None:
    for protocol, name in (("by-image", "folds"), ("paper", "folds"), ("grouped", "quarters")):
        command = ("cross", phantom, "--as", "phantom", "--to", tmp_path / "run", "--protocol", protocol)
        result = isthmus(*command, f"--{name}", 2, *SMALL)
        assert f"the protocol '{protocol}' has no {name}" in str(result.exception)
    assert not (tmp_path / "run").exists()


def test_predict_reads_a_file(phantom: Path, model: Path) -> None:
    nodule = open_source("phantom", phantom).labelled[0]
    result = isthmus("predict", nodule.picture.path, "--model", model, "--box", nodule.box, "--json")
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    prediction = said["predictions"][0]
    assert 0 <= prediction["p_malignant"] <= 1
    assert prediction["verdict"] == ("malignant" if prediction["p_malignant"] >= prediction["threshold"] else "benign")
    assert len(prediction["votes"]) == 4  # at 32 pixels the map is 2 x 2, and the centre one of its corners
    assert "not a medical device" in said["disclaimer"]


def test_predict_reads_a_data_set_as_it_reads_files(phantom: Path, model: Path, tmp_path: Path) -> None:
    to = tmp_path / "read.csv"
    assert isthmus("predict", phantom, "--as", "phantom", "--model", model, "--to", to).exit_code == 0
    rows = list(csv.DictReader(to.read_text().splitlines()))
    data = open_source("phantom", phantom)
    assert [row["nodule"] for row in rows] == [nodule.id for nodule in data.nodules]
    nodule = data.nodules[1]
    alone = isthmus("predict", nodule.picture.path, "--model", model, "--box", nodule.box, "--json")
    p = json.loads(alone.stdout)["predictions"][0]["p_malignant"]
    assert float(rows[1]["p_malignant"]) == pytest.approx(p, abs=1e-6)


def test_predict_names_the_broken_file_and_reads_the_others(phantom: Path, model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "cut.jpg"
    broken.write_bytes((phantom / "1_1.jpg").read_bytes()[:2000])
    result = isthmus("predict", broken, phantom / "1_1.jpg", "--model", model, "--json")
    assert result.exit_code == 1
    assert "cut.jpg" in result.stderr
    assert len(json.loads(result.stdout)["predictions"]) == 1
    assert isthmus("predict", broken, "--model", model).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "alhpa=0.5"), "alpha"),
        (("--set", "alpha=nan"), "alpha"),
        (("--set", "epochs=two"), "epochs"),
        (("--recipe", "papper"), "paper"),
        (("--labels", "benign-2"), "benign-2-3-4a"),
        (("--folds", "50"), "folds"),
        (("--protocol", "random"), "grouped, blocks, block-quarters, by-image, authors, paper"),
        (("--protocol", "by_image"), "Did you mean 'by-image'"),
        (("--set", "backbone=resnet51"), "resnet50"),
    ],
)
def test_wrong_use_is_one_line_that_helps(phantom: Path, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    result = isthmus("cross", phantom, "--as", "phantom", "--to", tmp_path / "run", *arguments)
    assert isinstance(result.exception, IsthmusError)
    assert told in str(result.exception)
    assert "\n" not in str(result.exception)


def test_an_error_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isthmus", "look", str(tmp_path / "nowhere"), "--as", "ddti"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("isthmus: ")
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("verb", ["info", "look", "train", "cross", "score", "predict", "phantom", "demo"])
def test_help_needs_no_torch(verb: str) -> None:
    code = (
        "import sys; sys.argv = ['isthmus', sys.argv[1], '--help']\n"
        "from isthmus.cli.main import run\n"
        "try: run()\n"
        "except SystemExit as stop: assert stop.code == 0, stop.code\n"
        "assert not {'torch', 'timm', 'torchvision', 'lightning_fabric'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, verb], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--json" in done.stdout


def test_training_without_torch_says_what_to_install(phantom: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from isthmus.cli.main import run\n"
        f"sys.argv = ['isthmus', 'train', {str(phantom)!r}, '--as', 'phantom', '--to', {str(tmp_path / 'm')!r}]\n"
        "run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'isthmus[train]'" in done.stderr
