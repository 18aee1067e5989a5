"""``--beside``: a second data set joins the trainings of ``cross`` and ``train``, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.cross import network
from isthmus.data.labels import TIRADS
from isthmus.data.sources import open_source
from isthmus.errors import IsthmusError, UsageError
from isthmus.learn.examples import Examples
from isthmus.learn.targets import LACKING
from isthmus.phantom.write import write_phantom
from make.commands import SMALL, isthmus
from make.tn5000 import DATABASE, make
from make.voc import write_annotation

TAUGHT = (*SMALL, "--set", "second=tirads", "--set", "precision=fp32")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantom") / "data"
    write_phantom(folder, patients=8, seed=4)
    return folder


@pytest.fixture(scope="module")
def root(beside: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, and a picture of the first patient of the second set."""
    folder = make(tmp_path_factory.mktemp("tn5000"), count=24)
    shutil.copyfile(beside / "1_1.jpg", folder / "JPEGImages" / "000003.jpg")
    write_annotation(folder, "000003", [("0", (5, 4, 45, 34))], size=None, extra=DATABASE)
    return folder


@pytest.fixture(scope="module")
def crossed(
    root: Path, beside: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[tuple[Examples, Examples]], str]:
    """A run, what each of its trainings learned from and chose on, and what it printed."""
    to, seen, fit = tmp_path_factory.mktemp("crossed") / "run", list[tuple[Examples, Examples]](), network.fit

    def spy(train: Examples, validation: Examples, *others: Any, **named: Any) -> object:
        seen.append((train, validation))
        return fit(train, validation, *others, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "fit", spy)
        result = isthmus(*command("cross", root, beside, to), "--folds", 2)
    assert result.exit_code == 0, (result.exception, result.stderr)
    return to, seen, result.stdout


def command(verb: str, root: Path, beside: Path, to: Path) -> tuple[object, ...]:
    return (verb, root, "--as", "tn5000", "--beside", beside, "--beside-as", "phantom", "--to", to, *TAUGHT)


def test_it_joins_every_training_without_a_label_and_is_in_no_validation_and_no_test(
    root: Path, beside: Path, crossed: tuple[Path, list[tuple[Examples, Examples]], str]
) -> None:
    to, seen, _ = crossed
    taught = [nodule for nodule in open_source("phantom", beside).nodules if nodule.patient != "1"]
    graded = sorted(TIRADS.index(nodule.tirads) for nodule in taught)
    for train, validation in seen:
        second = train.labels == LACKING
        assert train.targets.tirads is not None
        assert sorted(train.targets.tirads[second].tolist()) == graded
        assert (train.targets.tirads[~second] == LACKING).all()
        assert not (validation.labels == LACKING).any()
    assert len(seen) == 2
    rows = (to / "predictions.csv").read_text().splitlines()[1:]
    tested = open_source("tn5000", root).nodules
    assert sorted(row.partition(",")[0] for row in rows) == sorted(nodule.id for nodule in tested)
    card = json.loads((to / "scorecard.json").read_text())
    assert [fold["learned_from"] for fold in card["folds"]] == [int((t.labels != LACKING).sum()) for t, _ in seen]


def test_every_output_names_it(
    root: Path, beside: Path, crossed: tuple[Path, list[tuple[Examples, Examples]], str]
) -> None:
    to, _, printed = crossed
    data = open_source("phantom", beside)
    first = sum(nodule.patient == "1" for nodule in data.nodules)
    about = {"data": "phantom", "policy": data.policy, "fingerprint": data.fingerprint(), "second": "tirads"}
    counts = {"nodules": len(data.nodules) - first, "lacking": 0, "duplicates": first}
    assert json.loads((to / "scorecard.json").read_text())["beside"] == about | counts
    told = f"{counts['nodules']} nodules of phantom"
    assert told in " ".join(printed.split())
    assert told in (to / "report.html").read_text()
    identity = json.loads((to / "manifest.json").read_text())["identity"]["beside"]
    assert identity.startswith("phantom ")


def test_a_run_goes_on_with_this_second_set_only(
    root: Path, beside: Path, crossed: tuple[Path, list[tuple[Examples, Examples]], str], tmp_path: Path
) -> None:
    to, seen, _ = crossed
    again = isthmus(*command("cross", root, beside, to), "--folds", 2)
    assert (again.exit_code, len(seen)) == (0, 2)
    alone = isthmus("cross", root, "--as", "tn5000", "--to", to, *TAUGHT, "--folds", 2)
    assert "holds another run (beside 'phantom" in str(alone.exception)
    other = shutil.copytree(beside, tmp_path / "other")
    case = other / "2.xml"
    case.write_text(case.read_text().replace("<tirads>", "<tirads>4a<!-- ").replace("</tirads>", " --></tirads>"))
    changed = isthmus(*command("cross", root, other, to), "--folds", 2)
    assert "holds another run (beside 'phantom" in str(changed.exception)


def test_a_bundle_names_it_and_no_fold_of_it_may_begin_there(root: Path, beside: Path, tmp_path: Path) -> None:
    result = isthmus(*command("train", root, beside, tmp_path / "m"), "--json")
    assert result.exit_code == 0, (result.exception, result.stderr)
    about = json.loads(result.stdout)
    assert about["beside"]["second"] == "tirads"
    assert sum(about["nodules"]["training"].values()) + sum(about["nodules"]["validation"].values()) == 24
    assert f"Beside these data: {about['beside']['nodules']} nodules of phantom" in (tmp_path / "m/card.md").read_text()
    begun = isthmus("cross", beside, "--as", "phantom", "--from", tmp_path / "m", "--to", tmp_path / "r", *SMALL)
    assert "m learned from these very nodules" in str(begun.exception)


@pytest.mark.parametrize("verb", ["cross", "train"])
def test_bad_input_is_one_line(verb: str, root: Path, beside: Path, tmp_path: Path) -> None:
    empty, to = tmp_path / "empty", tmp_path / "to"
    empty.mkdir()
    (tmp_path / "link").symlink_to(root)
    graded = ("--set", "second=tirads")
    for options, line in (
        (("--beside", beside), "its kind isn't known. Give --beside-as, too."),
        (("--beside-as", "phantom"), "--beside-as: says nothing without a second data set. Give --beside, too."),
        (("--beside-classes", "0=benign"), "says nothing without a second data set. Give --beside, too."),
        (("--beside", beside, "--beside-as", "phantom"), "and the recipe has second = none. Set second, too"),
        (("--beside", beside, "--beside-as", "phantm", *graded), "--beside-as: no data set kind 'phantm'."),
        (("--beside", root, "--beside-as", "tn5000", *graded), "is ROOT itself. Name another data set."),
        (("--beside", tmp_path / "link", "--beside-as", "tn5000", *graded), "is ROOT itself."),
        (("--beside", empty, "--beside-as", "ddti", *graded), "holds no image"),
        (("--beside", tmp_path / "no", "--beside-as", "ddti", *graded), "no such folder"),
        (
            ("--beside", beside, "--beside-as", "phantom", "--beside-classes", "0=benign", *graded),
            "--beside-classes: DDTI has no class names.",
        ),
        (("--beside", beside, "--beside-as", "phantom", "--set", "second=magic"), "no second loss 'magic'."),
    ):
        result = isthmus(verb, root, "--as", "tn5000", "--to", to, *SMALL, *options)
        assert isinstance(result.exception, IsthmusError), (options, result.exception)
        assert line in str(result.exception)
        assert "\n" not in str(result.exception)
        assert not to.exists()
    if verb == "train":
        several = isthmus(*command(verb, root, beside, to), "--recipe", "quick")
        assert "--beside: joins no recipe of several networks" in str(several.exception)
    inside = isthmus(*command(verb, root, beside, beside / "to"))
    assert isinstance(inside.exception, UsageError)
    assert "which this command reads" in str(inside.exception)


def test_a_second_set_without_the_target_is_refused(root: Path, beside: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again", count=8)
    options = ("--as", "phantom", "--beside", again, "--beside-as", "tn5000", "--to", tmp_path / "to")
    result = isthmus("cross", beside, *options, *TAUGHT)
    assert "--beside: none of its 8 nodules has tirads, which second = tirads learns" in str(result.exception)
    assert np.array_equal([path.name for path in tmp_path.iterdir()], ["again"])
