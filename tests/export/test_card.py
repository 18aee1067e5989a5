"""The model card has the counts, the operating point and every engine."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from isthmus.bundle import Proof, Provenance
from isthmus.decision import Decision
from isthmus.export.card import card
from isthmus.nodule import DISCLAIMER
from isthmus.recipe import PAPER
from make.shipped import DECISION, FACTS

NODULES = {"training": {"benign": 61, "malignant": 23}, "validation": {"benign": 12, "malignant": 4}}
ENGINES = {
    "onnxruntime": Proof("fp32", 1e-6, 2e-6, 0, 16, 3.0, passed=True),
    "onnxruntime-int8": Proof("int8", 0.25, 0.5, 7, 16, 2.0, passed=False),
}
PROVENANCE = Provenance("ddti", "benign-2-3", "0" * 12, NODULES, 0, 3, 0.875, ENGINES, {}, "2020-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def text() -> str:
    return card(PAPER, Decision.at(0.375, "youden"), PROVENANCE, ["alpha = 0.9 crops nothing"])


def test_it_names_recipe_operating_point_data_and_purpose(text: str) -> None:
    for part in (DISCLAIMER, PAPER.fingerprint, ">= 0.375", "`youden`", "`ddti`", "`benign-2-3`", "0.875 (n = 16)"):
        assert part in text


def test_it_counts_nodules_by_label_and_the_share_of_validation(text: str) -> None:
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert any("| 61 | 23 |" in row for row in rows)
    assert any("| 12 | 4 |" in row for row in rows)
    assert "16.0%" in text


def test_an_engine_that_failed_is_marked(text: str) -> None:
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if "int8" in line or "fp32 |" in line}
    assert "did not pass" in rows["onnxruntime-int8"]
    assert "2.5e-01" in rows["onnxruntime-int8"]
    assert "did not pass" not in rows["onnxruntime"]


def test_settings_without_effect_are_listed_only_where_there_are_some(text: str) -> None:
    assert "alpha = 0.9 crops nothing" in text
    assert "Without effect" not in card(PAPER, Decision.at(0.5), PROVENANCE)


def test_a_model_that_ships_has_its_facts(text: str) -> None:
    shipped = card(PAPER, DECISION, PROVENANCE, facts=FACTS)
    for part in ("`sensitivity-95`, chosen out of fold", "Its labels are pathology", "Cite: Nobody 2020"):
        assert part in shipped
    for part in ("| `sensitivity-90` | 0.750 | 0.910 (0.900 to 0.920, n = 100) |", "- nodules of less than 30 pixels"):
        assert part in shipped
    assert "Cite" not in text


def test_without_validation_nothing_is_said_of_it() -> None:
    nodules = {**NODULES, "validation": {"benign": 0, "malignant": 0}}
    alone = card(PAPER, Decision.at(0.5), replace(PROVENANCE, nodules=nodules, validation_auc=math.nan))
    assert "Every nodule was learned from, and none set aside" in alone
    assert "AUC" not in alone
