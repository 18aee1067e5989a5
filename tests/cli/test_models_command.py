"""Reading with the models that ship: by default, by name, at each threshold; and their list."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.bundle import open_bundle
from isthmus.models import names
from make.bundle import TINY, make
from make.commands import isthmus
from make.shipped import room


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return room(tmp_path_factory.mktemp("room"), tmp_path_factory.mktemp("scratch"))


@pytest.fixture(autouse=True)
def here(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(names, "ROOM", models)
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 100), np.uint8)).save("scan.png")
    return tmp_path


def test_without_a_model_the_default_reads_and_is_named() -> None:
    result = isthmus("predict", "scan.png", "--box", "10,20,60,70", "--json")
    assert result.exit_code == 0, result.exception
    assert "reading with tn5000, which comes with isthmus" in result.stderr
    read = json.loads(result.stdout)
    assert read["model"] == "tn5000"
    assert read["predictions"][0]["operating_point"] == "sensitivity-95"
    named = isthmus("predict", "scan.png", "--box", "10,20,60,70", "--json", "--model", "tn5000")
    assert named.stderr == ""
    assert json.loads(named.stdout) == read


def test_the_threshold_gives_the_verdict() -> None:
    plain = isthmus("predict", "scan.png")
    assert "malignant from 0.250 on, the threshold sensitivity-95" in plain.stdout
    for asked, name, value in (("sensitivity-90", "sensitivity-90", 0.75), ("0.9", "given", 0.9)):
        read = json.loads(isthmus("predict", "scan.png", "--threshold", asked, "--json").stdout)["predictions"][0]
        assert (read["operating_point"], read["threshold"]) == (name, value)
        assert (read["verdict"] == "malignant") == (read["p_malignant"] >= value)


@pytest.mark.parametrize("wrong", ["sensitivity-9", "1.5", "nan", "-1"])
def test_another_threshold_is_refused(wrong: str) -> None:
    result = isthmus("predict", "scan.png", "--threshold", wrong)
    assert f"--threshold: no threshold '{wrong}'" in str(result.exception)
    assert "sensitivity-90, sensitivity-95" in str(result.exception)


def test_an_archive_names_model_and_operating_point_and_reads_anew_at_another(here: Path) -> None:
    to = here / "read.csv"
    told = json.loads(isthmus("predict", "scan.png", "--to", to, "--json").stdout)
    assert told["model"] == "tn5000"
    (row,) = csv.DictReader(to.read_text().splitlines())
    assert row["operating_point"] == "sensitivity-95"
    assert list(row)[:2] == ["nodule", "image"]
    assert isthmus("predict", "scan.png", "--to", to, "--threshold", "0.999").exit_code == 0
    (again,) = csv.DictReader(to.read_text().splitlines())
    assert (again["operating_point"], again["verdict"]) == ("given", "benign")
    assert again["p_malignant"] == row["p_malignant"]


def test_a_folder_called_like_a_model_is_never_taken_silently(here: Path) -> None:
    make(here / "ddti")
    named = isthmus("predict", "scan.png", "--model", "ddti")
    assert "--model ddti is the model that ships with isthmus; the folder here is ./ddti" in named.stderr
    assert "sensitivity-95" in named.stdout
    assert "the threshold half" in isthmus("predict", "scan.png", "--model", "./ddti").stdout


def test_a_model_that_is_not_there_is_refused_with_the_nearest() -> None:
    for verb in (("predict", "scan.png"), ("bench",)):
        result = isthmus(*verb, "--model", "tn500")
        assert "Did you mean 'tn5000'?" in str(result.exception)
        assert getattr(result.exception, "exit_code", None) == 2


def test_the_list_has_every_fact() -> None:
    text = isthmus("models").stdout
    for part in ("tn5000, the default: made for a test", "Cite: Nobody 2020", "a reading of TI-RADS, not pathology"):
        assert part in text
    for part in ("AUC 0.910 (0.900 to 0.920, n = 100)", "known failure    nodules of less", "64 x 64 pixels, 4.2 ms"):
        assert part in text
    listed = json.loads(isthmus("models", "--json").stdout)
    assert listed["default"] == "tn5000"
    first, second = listed["models"]
    assert (first["model"], second["model"]) == ("tn5000", "ddti")
    assert first["decision"]["default"] == "sensitivity-95"
    assert second["facts"]["reads"] == "a reading of TI-RADS, not pathology"
    assert second["facts"]["out_of_fold"]["thresholds"]["sensitivity-95"]["specificity"]["low"] is None


def test_an_installation_without_models_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(names, "ROOM", tmp_path / "empty")
    assert "no model ships" in isthmus("models").stderr
    refused = isthmus("predict", "scan.png")
    assert "no model ships" in str(refused.exception)
    assert "reading with" not in refused.stderr


def test_a_training_begins_from_a_model_with_its_recipe(phantom: Path, here: Path) -> None:
    command = ("train", phantom, "--as", "phantom", "--from", "tn5000", "--set", "epochs=1", "--to")
    result = isthmus(*command, here / "mine", "--set", "batch_size=8", "--json")
    assert result.exit_code == 0, result.exception
    assert "the recipe is that of tn5000, 64 pixels" in result.stderr
    assert "weights taken over from tn5000: trunk, classifier.hidden" in result.stderr
    assert json.loads(result.stdout)["beginning"].startswith("tn5000 ")
    assert "It began from the weights of `tn5000`" in (here / "mine" / "card.md").read_text(encoding="utf-8")
    assert open_bundle(here / "mine").recipe == TINY.changed(epochs=1, batch_size=8)


def test_folds_begin_from_a_model_with_its_recipe_and_the_page_says_so(phantom: Path, here: Path) -> None:
    command = ("cross", phantom, "--as", "phantom", "--folds", "2", "--set", "epochs=1", "--set", "batch_size=8")
    result = isthmus(*command, "--from", "tn5000", "--set", "probe=1", "--to", here / "run", "--json")
    assert result.exit_code == 0, result.exception
    assert result.stderr.count("weights taken over from tn5000: trunk, classifier.hidden") == 1
    begun = json.loads(result.stdout)["beginning"]
    assert begun["model"] == "tn5000"
    page = (here / "run" / "report.html").read_text(encoding="utf-8")
    assert f"Every fold begins with {begun['taken_over']}." in page
    assert begun["digest"] in page
    other = isthmus(*command, "--to", here / "run")
    assert "holds another run" in str(other.exception)


def test_a_model_of_these_nodules_is_no_beginning_for_their_folds_nor_are_its_children(
    phantom: Path, here: Path, tmp_path: Path
) -> None:
    root = tmp_path / "other"
    assert isthmus("phantom", "--to", root, "--patients", "12", "--seed", "9").exit_code == 0
    quick = ("--set", "epochs=1", "--set", "batch_size=8", "--as", "phantom")
    assert isthmus("train", phantom, *quick, "--from", "tn5000", "--to", here / "first").exit_code == 0
    child = isthmus("train", root, *quick, "--from", here / "first", "--to", here / "second")
    assert child.exit_code == 0, child.exception
    assert len(open_bundle(here / "second").provenance.learned_from) == 3
    for model in ("first", "second"):
        refused = isthmus("cross", phantom, *quick, "--from", here / model, "--to", here / "run")
        assert f"--from: {model} learned from these very nodules" in str(refused.exception)
        assert not (here / "run").exists()


def test_a_recipe_that_is_named_comes_first(phantom: Path, here: Path) -> None:
    command = ("train", phantom, "--as", "phantom", "--from", "tn5000", "--recipe", "isthmus", "--to", here / "mine")
    result = isthmus(*command, "--set", "size=48", "--set", "epochs=1")
    assert result.exit_code == 0, result.exception
    assert "weights taken over from tn5000: trunk" in result.stderr
    assert "begun anew, as their shapes differ: classifier.hidden" in result.stderr
    assert open_bundle(here / "mine").recipe.name == "isthmus"
    wrong = isthmus("train", phantom, "--as", "phantom", "--from", "tn500", "--to", here / "other")
    assert "Did you mean 'tn5000'?" in str(wrong.exception)


def test_what_stands_in_brackets_is_told_once_below_the_list() -> None:
    text = isthmus("models").stdout
    assert text.count("In brackets: 95 % intervals, and n nodules.") == 1
    assert "at P >= 0.250" in text
    assert text.rstrip().endswith("For research only; not a medical device.")


def test_an_image_without_a_box_is_read_whole_and_that_is_said() -> None:
    whole, boxed = isthmus("predict", "scan.png"), isthmus("predict", "scan.png", "--box", "10,20,60,70")
    assert "without --box the whole image is read as the nodule" in whole.stderr
    assert "[0,0,100,80]" in whole.stdout
    assert "without --box" not in boxed.stderr
