"""The protocols by name, what each promises, and runs that were stored under other names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from isthmus import recipes
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import (
    BLOCKS,
    BY_IMAGE,
    FOLDS,
    GROUPED,
    PROTOCOLS,
    QUARTERS,
    as_named_now,
    named,
    recorded,
    with_parts,
)
from isthmus.cross.run_folder import claim
from isthmus.cross.stored import load
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.recipe import PAPER
from isthmus.recipes import ISTHMUS
from isthmus.study.jobs import run_name
from isthmus.study.ledger import Ledger
from isthmus.study.tables import rows
from make.runs import entry, skilled, write_run
from make.runs_of_before import ROWS, RUN, RUNS

STORED: dict[str, Any] = json.loads(RUNS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


def test_only_what_a_recipe_leaves_open_is_said_to_be_chosen() -> None:
    paper = named("paper")
    assert paper.choice(PAPER) == "the epoch is chosen on the test nodules"
    assert paper.choice(ISTHMUS) == "the threshold is chosen on the test nodules"
    assert "chosen" not in paper.caution(PAPER.changed(choose_by="last"), 1, 0, 9)
    assert GROUPED.caution(PAPER, 0, 0, 9) == ""
    assert "chosen on" not in BY_IMAGE.caution(PAPER, 1, 0, 9)


def test_only_grouped_is_for_a_new_patient() -> None:
    assert not GROUPED.is_optimistic
    assert BY_IMAGE.leaks
    assert not BY_IMAGE.chooses_on_test
    assert named("paper").leaks
    assert named("paper").chooses_on_test


def test_a_number_of_parts_names_the_protocols_that_count_by_it() -> None:
    assert with_parts(FOLDS) == "'grouped' and 'blocks'"
    assert with_parts(QUARTERS) == "'block-quarters', 'by-image' and 'paper'"


def test_a_protocol_has_the_groups_that_are_asked_for() -> None:
    assert named("grouped", "patient") == GROUPED
    assert named("grouped", "sequence:20") == named("blocks", "sequence:20") != BLOCKS
    assert named("blocks", "sequence:50") == BLOCKS
    assert "20 consecutive" in named("blocks", "sequence:20").description
    assert named("by-image", "sequence:20").description == BY_IMAGE.description  # for its intervals only
    with pytest.raises(UsageError, match="'blocks' is of blocks, not of patients"):
        named("blocks", "patient")


@pytest.mark.parametrize("group_by", [None, "sequence:20"])
@pytest.mark.parametrize("name", list(PROTOCOLS))
def test_a_run_is_known_by_what_its_plan_noted(name: str, group_by: str | None) -> None:
    protocol = named(name, group_by)
    identity = Plan(PAPER, protocol).identity({})
    assert recorded(as_named_now(identity)) == protocol
    assert protocol.parts_tested(identity) == Plan(PAPER, protocol).parts_of_a_repeat


def test_what_is_no_protocol_is_known_as_none() -> None:
    assert recorded({}) is recorded({"protocol": "blocks", "group_by": 7}) is None


def test_the_neighbours_of_test_nodules_are_counted_where_numbers_tell_them() -> None:
    assert "have a number within 5 of one in training" in named("by-image", "sequence:50").caution(PAPER, 0, 2, 9, 4)


def test_another_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UsageError,
        match=r"no protocol 'groupd'. Did you mean 'grouped'\? Use grouped, blocks, block-quarters, by-image, ",
    ):
        named("groupd")


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ({"protocol": "paper", "choose_on": "validation"}, "by-image"),
        ({"protocol": "paper"}, "by-image"),  # made before it was noted what chooses
        ({"protocol": "paper", "choose_on": "test"}, "paper"),
        ({"protocol": "grouped"}, "grouped"),
        ({"protocol": "by-image", "choose_on": "validation"}, "by-image"),
    ],
)
def test_a_stored_run_has_the_protocol_that_it_had(identity: dict[str, Any], name: str) -> None:
    assert as_named_now(identity)["protocol"] == name


@pytest.mark.parametrize("name", STORED["study"])
def test_a_finished_run_of_before_is_found_again(name: str, tmp_path: Path) -> None:
    held, recipe = STORED["study"][name]["identity"], PAPER
    if not held.get("baseline"):
        (tmp_path / "recipe.toml").write_text(STORED["study"][name]["recipe"], encoding="utf-8")
        recipe = recipes.load_kept(tmp_path / "recipe.toml")
    numbers = {number: held[number] for number in ("folds", "repeats", "seed", "quarters")}
    plan = Plan(recipe, named(held["protocol"]), **numbers)
    own = cast(DataSet, _Fingerprint(held["data"]))
    assert run_name(own, plan, held.get("baseline", "")) == name
    now = plan.identity({})
    assert {key: held[key] for key in now if key not in ("recipe", "groups")} == {
        key: value for key, value in now.items() if key not in ("recipe", "groups")
    }


class _Fingerprint:
    """A data set that is known by its fingerprint only."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def fingerprint(self) -> str:
        return self._fingerprint


def test_cross_validations_on_ddti_by_image_were_no_choice_on_test() -> None:
    found = {name: as_named_now(identity)["protocol"] for name, identity in STORED["cross"].items()}
    assert {name for name, protocol in found.items() if protocol != "grouped"} == {
        f"{name}-4a-boundary-by-image" for name in ("isthmus", "paper112")
    }
    assert set(found.values()) == {"grouped", "by-image"}


def test_a_run_by_image_of_before_goes_on_in_its_folder(data: DataSet, tmp_path: Path) -> None:
    plan, to = Plan(PAPER, BY_IMAGE), tmp_path / "run"
    claim(to, data, plan.identity({}), PAPER)
    manifest = json.loads((to / "manifest.json").read_text())
    manifest["identity"] |= {"protocol": "paper"}
    del manifest["identity"]["quarters"], manifest["identity"]["choose_on"]
    (to / "manifest.json").write_text(json.dumps(manifest))
    claim(to, data, plan.identity({}), PAPER)
    with pytest.raises(UsageError, match="protocol 'by-image' there, 'paper' now"):
        claim(to, data, Plan(PAPER, named("paper")).identity({}), PAPER)


def test_a_ledgers_cell_is_under_the_protocol_that_its_run_had(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "old", *skilled(40, 1.0), protocol="by-image")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["identity"] |= {"protocol": "paper"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert load(folder).manifest["identity"]["protocol"] == "by-image"
    (row,) = rows(Ledger("x", {}, (entry("old", protocol="paper"),)), "table4", tmp_path)
    assert row.entry.protocol == "by-image"


def test_a_run_folder_of_before_is_read_whole() -> None:
    (folder,) = RUN.iterdir()
    run = load(folder)
    assert [(fold.number, len(fold.rows)) for fold in run.folds] == [(number, ROWS) for number in range(3)]
    raw = json.loads((folder / "folds" / "00" / "fold.json").read_text(encoding="utf-8"))
    first = run.folds[0].rows[0]
    assert (first.nodule, first.probability) == (raw["rows"][0]["nodule"], raw["rows"][0]["p"])
    assert (int(first.label), first.threshold) == (raw["rows"][0]["label"], raw["threshold"])
    assert run.recipe is not None
    assert run.recipe.fingerprint == folder.name.split("-")[0]


def test_no_patients_are_counted_where_none_is_named() -> None:
    unnamed = named("by-image").among({"1": "1", "2": "2"})
    told = unnamed.caution(PAPER, 3, 2, 9)
    assert "of 9 test nodules 2 share their image or a duplicate of it" in told
    assert "share their patient" not in told
    assert "3 share their patient" in named("by-image").among({"1": "anne", "2": "2"}).caution(PAPER, 3, 2, 9)
    assert "by image and duplicate" in GROUPED.among({"1": "1"}).description
