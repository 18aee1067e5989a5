"""`isthmus pretrain`: a trunk of windows without labels, from which `cross` and `train` begin, and say what it saw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors import safe_open

from isthmus.phantom.write import write_phantom
from make.commands import SMALL, isthmus


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("elsewhere") / "data"
    write_phantom(root, patients=12, seed=9)
    return root


@pytest.fixture(scope="module")
def trunk(phantom: Path, elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("trunks") / "both.safetensors"
    result = isthmus("pretrain", phantom, elsewhere, "--as", "phantom", "--to", to, *SMALL, "--device", "cpu", "--json")
    assert result.exit_code == 0, result.exception
    about = json.loads(result.stdout)
    assert about["windows"] > about["pictures"] > 24
    return to


def test_the_file_holds_a_trunk_and_the_loss_of_each_epoch(trunk: Path) -> None:
    with safe_open(str(trunk), framework="pt") as file:
        assert all(name.startswith("trunk.") for name in file.keys())  # noqa: SIM118
        about = json.loads(file.metadata()["about"])
    assert len(about["loss"]) == 2
    assert about["learned_by"]["augmentation"]["shift"] > 0.1
    assert not trunk.with_name(f"{trunk.name}.pretraining").exists()


def test_folds_begin_with_it_and_the_nodules_that_it_saw_are_counted(
    phantom: Path, trunk: Path, tmp_path: Path
) -> None:
    command = ("cross", phantom, "--as", "phantom", "--folds", "2", "--from", trunk, "--to", tmp_path / "run")
    result = isthmus(*command, "--set", "epochs=1", "--device", "cpu")
    assert result.exit_code == 0, result.exception
    card = json.loads((tmp_path / "run" / "scorecard.json").read_text(encoding="utf-8"))
    assert card["beginning"]["seen_without_labels"] == card["n"]
    assert f"They saw the pictures of {card['n']} of the {card['n']} nodules, without labels." in result.stdout
    assert "the recipe is that of both.safetensors, 32 pixels" in result.stderr
    assert "transductive" in result.stderr
    assert "They had seen, without labels" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_trunk_of_another_data_set_saw_none_of_them(phantom: Path, elsewhere: Path, tmp_path: Path) -> None:
    trunk = tmp_path / "other.safetensors"
    assert isthmus("pretrain", elsewhere, "--as", "phantom", "--to", trunk, *SMALL, "--device", "cpu").exit_code == 0
    command = ("cross", phantom, "--as", "phantom", "--folds", "2", "--from", trunk, "--to", tmp_path / "run")
    result = isthmus(*command, "--set", "epochs=1", "--device", "cpu")
    assert result.exit_code == 0, result.exception
    assert "without labels." not in result.stdout
    assert "transductive" not in result.stderr


def test_a_bundle_remembers_what_its_trunk_saw(phantom: Path, trunk: Path, tmp_path: Path) -> None:
    command = ("train", phantom, "--as", "phantom", "--from", trunk, "--to", tmp_path / "model")
    assert isthmus(*command, "--set", "epochs=1", "--device", "cpu").exit_code == 0
    about = json.loads((tmp_path / "model" / "bundle.json").read_text(encoding="utf-8"))
    assert [one["policy"] for one in about["provenance"]["before"]] == ["without labels"] * 2


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--set", "alpha=0.7", "--set", "second_weight=3"), "second_weight changes nothing with no labels"),
        (("--set", "validation=0.4"), "validation changes nothing with no labels"),
        (("--as", "voc", "--as", "voc"), "--as: 3 kinds for 1 data sets"),
        (("--set", "backbone=none"), "no backbone 'none'"),
    ],
)
def test_wrong_use_is_one_line(more: tuple[str, ...], why: str, phantom: Path, tmp_path: Path) -> None:
    result = isthmus("pretrain", phantom, "--as", "phantom", "--to", tmp_path / "t", *more)
    assert why in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(phantom: Path, trunk: Path, tmp_path: Path) -> None:
    before = trunk.read_bytes()
    assert "is there already" in str(isthmus("pretrain", phantom, "--as", "phantom", "--to", trunk).exception)
    within = isthmus("pretrain", phantom, "--as", "phantom", "--to", phantom / "t.safetensors")
    assert "which this command reads" in str(within.exception)
    assert trunk.read_bytes() == before


def test_a_file_that_is_no_trunk_is_refused(phantom: Path, tmp_path: Path) -> None:
    picture = next(phantom.glob("*.jpg"))
    result = isthmus("cross", phantom, "--as", "phantom", "--from", picture, "--to", tmp_path / "run")
    assert "is no trunk of `isthmus pretrain`" in str(result.exception)
