"""``isthmus audit``: one planted leak of each kind is named, and a clean split passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.errors import DataError, UsageError
from make.commands import isthmus
from make.planted import COPIES, plant
from make.tn5000 import make


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return plant(tmp_path_factory.mktemp("planted"))


def test_every_planted_leak_is_named(planted: tuple[Path, Path]) -> None:
    root, split = planted
    result = isthmus("audit", root, "--as", "folders", "--split", split, "--json")
    assert result.exit_code == 1, result.exception
    read = json.loads(result.stdout)
    named = {(leak["kind"], *sorted(Path(leak[side]).stem for side in "ab")) for leak in read["leaks"]}
    copies = {("near" if at else "identical", *sorted((name, f"scan{at}"))) for at, name in enumerate(COPIES)}
    assert named == copies | {("patient", "again", "scan9"), ("frame", "scan8", "scan8")}
    assert all(leak["sides"] in (["train", "test"], ["train", "val"]) for leak in read["leaks"])
    assert read["n"] == len(read["leaks"]) == sum(read["by_kind"].values())
    assert read["split"]["missing"] == ["nowhere.png"]
    assert read["split"]["sides"] == {"train": 10, "val": 1, "test": len(COPIES) + 1}
    shown = isthmus("audit", root, "--as", "folders", "--split", split)
    assert shown.exit_code == 1
    assert "1 of its names are no image of the data set: nowhere.png" in shown.stdout
    assert "LEAK: 8 pairs" in shown.stdout


def test_a_clean_split_passes(planted: tuple[Path, Path], tmp_path: Path) -> None:
    clean = tmp_path / "clean.csv"
    clean.write_text("image,split\nscan6.png,train\nscan7,validation\nscan9.PNG,TEST\n")
    result = isthmus("audit", planted[0], "--as", "folders", "--split", clean)
    assert result.exit_code == 0, result.exception
    assert "No leak" in result.stdout
    assert "images of the data set are not in it: " in result.stdout


def test_thousands_of_pairs_are_counted_and_twenty_of_a_kind_shown(tmp_path: Path) -> None:
    root = make(tmp_path / "data", count=60)
    split = tmp_path / "split.csv"
    for image in sorted((root / "JPEGImages").iterdir())[1:]:
        image.write_bytes((root / "JPEGImages" / "000001.jpg").read_bytes())
    names = (f"{number:06}" for number in range(1, 61))
    split.write_text("image,split\n" + "".join(f"{name},{('train', 'test')[int(name) % 2]}\n" for name in names))
    shown = isthmus("audit", root, "--as", "tn5000", "--split", split)
    assert shown.exit_code == 1, shown.exception
    assert "identical, 30 pairs with identical pixels" in shown.stdout
    assert "and 10 more, in --json" in shown.stdout
    assert shown.stdout.count(" and 0000") == 20
    read = json.loads(isthmus("audit", root, "--as", "tn5000", "--split", split, "--json").stdout)
    assert read["by_kind"]["identical"] == len(read["leaks"]) == 30


def test_the_protocols_are_compared_without_a_split_and_baselines_come_first(tmp_path: Path) -> None:
    root = make(tmp_path / "data", count=60, run=15)
    result = isthmus("audit", root, "--as", "tn5000", "--baselines", "--protocol", "by-image")
    assert result.exit_code == 0, result.exception
    assert result.stdout.startswith("NOT AT CHANCE: File order: AUC ")
    assert "protocol by-image" in result.stdout
    for protocol in ("blocks", "grouped", "by-image", "paper", "authors"):
        assert f"\n {protocol}" in result.stdout or f"\n  {protocol}: " in result.stdout


def test_the_authors_lists_and_their_baselines(tmp_path: Path) -> None:
    root = make(tmp_path / "data", count=60, run=15)
    result = isthmus("audit", root, "--as", "tn5000", "--split", root, "--baselines", "--json")
    read = json.loads(result.stdout)
    assert read["split"]["sides"] == {"train": 30, "val": 15, "test": 15}
    assert [one["n"] for one in read["baselines"]] == [15] * 4
    assert read["order"]["rule"].startswith("no patient is named")


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (("--protocol", "blocks"), UsageError, "--protocol: changes nothing without --baselines"),
        (("--split", "gone.csv"), DataError, "gone.csv: can't read"),
        (("--baselines", "--protocol", "block"), UsageError, "Did you mean 'blocks'"),
    ],
)
def test_wrong_use(more: tuple[str, ...], error: type[Exception], message: str, tmp_path: Path) -> None:
    result = isthmus("audit", make(tmp_path / "data"), "--as", "tn5000", *more)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)


@pytest.mark.slow
def test_the_authors_split_of_tn5000(tn5000_root: Path) -> None:
    result = isthmus("audit", tn5000_root, "--as", "tn5000", "--split", tn5000_root / "ImageSets" / "Main", "--json")
    read = json.loads(result.stdout)
    assert result.exit_code == 1
    assert read["by_kind"] == {"frame": 0, "identical": 0, "near": 34, "patient": 0, "order": 8552}
    assert read["order"]["alike_up_to"] == 2
