"""What a command writes never lies over, in or round what it reads, and takes no other file's place."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from isthmus.cli.main import VERBS, load
from isthmus.errors import UsageError
from make.archive import write_images, write_manifest
from make.commands import isthmus

# Verb -> its command line but for --to, in a folder that holds data/, model/ and own.toml.
READING = {
    "train": ("train", "data", "--as", "folders", "--recipe", "own.toml"),
    "cross": ("cross", "data", "--as", "folders", "--recipe", "own.toml"),
    "pretrain": ("pretrain", "data", "--as", "folders", "--recipe", "own.toml"),
    "study": ("study", "table3", "data", "--as", "folders", "--recipe", "own.toml"),
    "export": ("export", "data", "--as", "folders", "--model", "model"),
    "predict": ("predict", "data", "--as", "folders", "--model", "model"),
    "calibrate": ("calibrate", "model", "data"),
    "report": ("report", "data"),
    "tirads": ("tirads", "data"),
    "readers": ("readers", "data"),
    "deidentify": ("deidentify", "data"),
    "bench": ("bench", "--data", "data", "--as", "folders", "--model", "model"),
}
READING_NOTHING = {"phantom", "demo"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_images(tmp_path / "data", 2)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "bundle.json").write_text("{}")
    (tmp_path / "own.toml").write_text("alpha = 0.7\n")
    (tmp_path / "link").symlink_to("data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_verb_that_writes_is_tried() -> None:
    commands = {verb: load(verb) for verb in VERBS}
    writing = {
        verb
        for verb, command in commands.items()
        if any("--to" in one.opts for one in command.params if isinstance(one, click.Option))
    }
    assert writing == READING.keys() | READING_NOTHING


@pytest.mark.parametrize("to", ["data", "data/out", "link", "link/a/out", "data/../data/out", "."])
@pytest.mark.parametrize("verb", READING)
def test_over_in_or_round_the_data_set(here: Path, verb: str, to: str) -> None:
    ending = {"predict": ".csv", "bench": ".md"}.get(verb, "") if to != "." else ""
    before = listed(here)
    found = isthmus(*READING[verb], "--to", f"{to}{ending}" if "out" in to else to).exception
    assert isinstance(found, UsageError), found
    assert "which this command reads" in str(found) or "what this command reads" in str(found)
    assert listed(here) == before


@pytest.mark.parametrize("verb", ["export", "predict", "bench"])
@pytest.mark.parametrize("to", ["model", "model/out.csv", "model/bundle.json"])
def test_over_the_model(here: Path, verb: str, to: str) -> None:
    before = listed(here)
    assert "this command reads" in str(isthmus(*READING[verb], "--to", to).exception)
    assert listed(here) == before


@pytest.mark.parametrize("verb", ["train", "cross", "pretrain", "study"])
def test_over_the_recipe(here: Path, verb: str) -> None:
    (here / "same.toml").hardlink_to(here / "own.toml")
    assert "what this command reads" in str(isthmus(*READING[verb], "--to", "same.toml").exception)


def test_what_train_keeps_beside_its_target_is_no_data_set(here: Path) -> None:
    (here / "data").rename(here / "new.training")
    before = listed(here)
    command = ("train", "new.training", "--as", "folders", "--to", "new")
    assert "what this command reads" in str(isthmus(*command).exception)
    assert listed(here) == before


@pytest.mark.parametrize("how", ["itself", "other name", "link", "hard link"])
def test_a_manifest_is_not_overwritten(here: Path, how: str) -> None:
    manifest = write_manifest(here / "list.csv", ["data/a/00001.jpg,,,,,,,"])
    to = {"itself": "list.csv", "other name": "data/../list.csv"}.get(how, "other.csv")
    if how == "link":
        (here / "other.csv").symlink_to(manifest)
    elif how == "hard link":
        (here / "other.csv").hardlink_to(manifest)
    before = listed(here)
    found = isthmus("predict", "list.csv", "--model", "model", "--to", to).exception
    assert isinstance(found, UsageError)
    assert "what this command reads" in str(found)
    assert listed(here) == before


def test_a_folder_that_has_the_name_of_the_parts(here: Path) -> None:
    (here / "data").rename(here / "out.csv.parts")
    before = listed(here)
    for given in ("out.csv.parts", "out.csv.parts/a", "out.csv.parts/a/*.jpg", "*.parts"):
        found = isthmus("predict", given, "--model", "model", "--to", "out.csv").exception
        assert found is not None
        assert listed(here) == before


def test_a_page_takes_no_other_files_place(here: Path) -> None:
    for name, told in (("notes.md", "notes.md"), ("chart.md", "chart.svg"), ("speed.svg", "the page and its chart")):
        (here / "notes.md").write_text("# Notes\n")
        (here / "chart.svg").write_text("<svg/>")
        found = isthmus("bench", "--model", "model", "--to", name).exception
        assert isinstance(found, UsageError)
        assert told in str(found)
    assert (here / "notes.md").read_text() == "# Notes\n"


def test_the_demo_takes_no_other_report_s_place(here: Path) -> None:
    (here / "new").mkdir()
    (here / "new" / "report.html").write_text("precious")
    assert isinstance(isthmus("demo", "--to", "new").exception, UsageError)
    assert [path.name for path in Path("new").iterdir()] == ["report.html"]
