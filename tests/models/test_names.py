"""What a word after --model means: a model that ships, or a folder, never one of the two silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.errors import UsageError
from isthmus.models import names


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; three models ship."""
    for name in ("ddti", "tn5000", "tn5000-hfcn", "__pycache__", ".ipynb_checkpoints"):
        (tmp_path / "room" / name).mkdir(parents=True)
    (tmp_path / "room" / "names.py").touch()
    monkeypatch.setattr(names, "ROOM", tmp_path / "room")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_default_comes_first() -> None:
    assert names.names() == ("tn5000", "ddti", "tn5000-hfcn")
    assert names.find() == names.find("tn5000") == names.ROOM / "tn5000"


def test_a_folder_called_like_a_model_is_told_apart(here: Path) -> None:
    assert not names.hides_a_folder("tn5000")
    (here / "tn5000").mkdir()
    assert names.find("tn5000") == names.ROOM / "tn5000"
    assert names.hides_a_folder("tn5000")
    for written in ("./tn5000", "tn5000/", str(here / "tn5000")):
        assert not names.hides_a_folder(written)
        assert names.find(written).resolve() == here / "tn5000"
    assert names.find(Path("tn5000")) == Path("tn5000")


def test_another_word_is_a_folder_here(here: Path) -> None:
    (here / "mine").mkdir()
    assert names.find("mine") == Path("mine")
    assert names.find("..") == Path("..")


def test_a_name_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"no model 'tn500' ships.*Did you mean 'tn5000'\? Those that ship: tn5000, dd"
    ):
        names.find("tn500")


def test_an_installation_without_models_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(names, "ROOM", tmp_path / "empty")
    for name in ("tn5000", "ddti"):
        with pytest.raises(UsageError, match=rf"no model ships with this isthmus.*'{name}'.*--model"):
            names.find(name)
    (tmp_path / "empty" / "ddti").mkdir()
    with pytest.raises(UsageError, match=r"the model tn5000 is not in this installation\. Install isthmus again"):
        names.find()


def test_a_name_that_is_far_from_all_is_still_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'tn5000-hfcn'\?"):
        names.find("hfcn")


def test_a_path_that_is_not_there_is_a_folder_and_no_misspelt_name() -> None:
    assert names.find("runs/tn500") == Path("runs/tn500")


def test_a_file_called_like_a_model_is_told_apart_too(here: Path) -> None:
    (here / "tn5000").touch()
    assert names.hides_a_folder("tn5000")
