"""The paper's tables as recipes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from isthmus.baselines.table import BASELINES
from isthmus.judge.metrics import accuracy, f_measure, precision, recall
from isthmus.recipe import PAPER, PAPER_BACKBONES, Recipe
from isthmus.recipes import ISTHMUS
from isthmus.study import paper
from isthmus.study.grid import ABLATIONS, TABLE_3, TABLE_4, Model, cells

GOLDEN = Path(__file__).parents[1] / "golden" / "table3_table4.json"


def differing(recipe: Recipe, base: Recipe = PAPER) -> set[str]:
    return {name for name, value in recipe.values.items() if value != base.values[name]}


def test_table_3_varies_alpha_of_the_crops_alone() -> None:
    assert list(TABLE_3) == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    for alpha, recipe in TABLE_3.items():
        if alpha == 1:
            assert differing(recipe) == {"crops"}
        else:
            assert (recipe.network.alpha, recipe.network.omega, recipe.network.crops) == (alpha, 0.0, "boundary")
            assert differing(recipe) <= {"alpha", "omega"}


def test_table_4_is_three_architectures_on_five_backbones() -> None:
    assert {backbone for _, backbone in TABLE_4} == set(PAPER_BACKBONES)
    assert len(TABLE_4) == 15
    for (crops, backbone), recipe in TABLE_4.items():
        assert (recipe.network.crops, recipe.network.backbone) == (crops, backbone)
        assert differing(recipe) <= {"crops", "backbone", "head", "upsampling"}
        assert recipe.network.upsampling == ("bilinear" if backbone == "fourconv" else "separable")


def test_each_ablation_turns_one_knob() -> None:
    allowed = {
        "omega": {"omega", "crops"},
        "N, RFC": {"crops", "crop_count"},
        "steps, BFC": {"steps"},
        "weights, malignant : benign": {"weight_malignant", "weight_benign"},
        "head": {"head"},
        "upsampling": {"upsampling"},
        "resize": {"resize"},
        "RoI margin": {"margin"},
        "square window, margin": {"resize", "margin"},
        "surroundings alone, margin 50%": {"resize", "margin", "view"},
    }
    assert {knob for knob, _ in ABLATIONS} == set(allowed)
    for (knob, _), recipe in ABLATIONS.items():
        assert differing(recipe) <= allowed[knob]
    sums = {
        recipe.loss.weight_malignant + recipe.loss.weight_benign
        for (knob, _), recipe in ABLATIONS.items()
        if "weights" in knob
    }
    assert sums == {5.0}


@pytest.mark.parametrize("table", ["table3", "table4", "ablations"])
def test_every_cell_has_a_place_of_its_own_under_every_protocol_and_policy(table: str) -> None:
    every = list(cells(table, ISTHMUS, ("grouped", "paper"), ("a", "b")))
    assert len({cell.place for cell in every}) == len(every)
    assert {(cell.protocol, cell.labels) for cell in every} == {
        (p, labels) for p in ("grouped", "paper") for labels in "ab"
    }
    assert all(cell.recipe is None or cell.recipe.preparation.size == ISTHMUS.preparation.size for cell in every)


def test_baselines_stand_behind_table_4() -> None:
    every = list(cells("table4", PAPER, ("grouped",), ("a",)))
    assert [cell.backbone for cell in every if cell.recipe is None] == list(BASELINES)
    assert [str(cell) for cell in every][:1] == ["table4 / global / inception_v3 / grouped / a"]


def test_cells_that_are_the_same_network_share_a_recipe() -> None:
    (alone,) = [c for c in cells("table3", PAPER, ("grouped",), ("a",)) if c.setting == "alpha = 1"]
    (globally,) = [
        c
        for c in cells("table4", PAPER, ("grouped",), ("a",))
        if (c.architecture, c.backbone) == ("global", "fourconv")
    ]
    assert alone.recipe == globally.recipe == PAPER.changed(crops="none")


GOLDEN_ROWS = json.loads(GOLDEN.read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("row", GOLDEN_ROWS, ids=lambda row: f"{row['table']}-{row.get('backbone', row.get('alpha'))}")
def test_the_papers_matrices_are_those_of_the_golden_file(row: dict[str, object]) -> None:
    setting = f"alpha = {row['alpha']:g}" if row["table"] == 3 else ""
    model = Model(str(row.get("architecture", "")), str(row.get("backbone", "")), setting)
    found = paper.confusion_of(f"table{row['table']}", model)
    assert found is not None
    assert asdict(found) == row["confusion"]


def test_the_papers_metrics_have_wilson_intervals() -> None:
    counts = paper.TABLE_4["global + BFC", "fourconv"]
    found = paper.metrics(counts)
    values = {name: function(counts) for name, function in (("accuracy", accuracy), ("precision", precision))}
    values |= {"recall": recall(counts), "f1": f_measure(counts)}
    assert {name: found[name].value for name in values} == values
    assert f"{found['accuracy'].low:.3f} {found['accuracy'].high:.3f}" == "0.922 0.981"
    assert paper.confusion_of("table4", Model("global", "majority")) is None
    assert paper.confusion_of("ablations", Model("global + BFC", "fourconv", "alpha = 0.6")) is None
