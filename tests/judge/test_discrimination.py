"""Likelihood ratios, predictive values, and units of several nodules, against closed forms."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.judge.discrimination import by_unit, discrimination
from isthmus.judge.scorecard import scorecard

# Of 200 malignant nodules 160 are called malignant, of 300 benign ones 60.
LABELS = np.repeat([1, 0], [200, 300])
P = np.concatenate([np.repeat([0.9, 0.1], [160, 40]), np.repeat([0.9, 0.1], [60, 240])])


def test_likelihood_ratios_are_those_of_simel() -> None:
    """By hand: LR+ .8 / .2 = 4, its log's error the root of 1/160 - 1/200 + 1/60 - 1/300."""
    metrics = discrimination(LABELS, P).metrics
    positive, negative = metrics["lr_positive"], metrics["lr_negative"]
    error = math.sqrt(1 / 160 - 1 / 200 + 1 / 60 - 1 / 300)
    assert positive.value == pytest.approx(4)
    assert math.log(positive.high / 4) == pytest.approx(1.965 * error, rel=0.015)
    assert math.log(4 / positive.low) == pytest.approx(1.965 * error, rel=0.015)
    assert negative.value == pytest.approx(0.25)
    assert metrics["balanced_accuracy"].value == pytest.approx(0.8)


@pytest.mark.parametrize("prevalence", [0.05, 0.4])
def test_predictive_values_are_by_bayes_rule(prevalence: float) -> None:
    metrics = discrimination(LABELS, P, prevalence=prevalence).metrics
    sick, well = 0.8 * prevalence, 0.2 * (1 - prevalence)
    assert metrics["ppv"].value == pytest.approx(sick / (sick + well))
    assert metrics["npv"].value == pytest.approx(0.8 * (1 - prevalence) / (0.8 * (1 - prevalence) + 0.2 * prevalence))
    assert metrics["ppv"].low < metrics["ppv"].value < metrics["ppv"].high
    assert f"{prevalence:g}" in metrics["npv"].method


def test_at_the_datas_prevalence_ppv_is_precision() -> None:
    one = discrimination(LABELS, P, prevalence=0.4)
    assert one.metrics["ppv"].value == pytest.approx(scorecard(LABELS, P).metrics["precision"].value)


def test_groups_of_copies_count_once() -> None:
    groups = np.arange(LABELS.size).repeat(4)
    alone = discrimination(LABELS, P, prevalence=0.1).metrics
    copies = discrimination(LABELS.repeat(4), P.repeat(4), groups, prevalence=0.1).metrics
    for name in ("lr_positive", "lr_negative", "ppv", "npv", "balanced_accuracy", "auc"):
        assert (copies[name].low, copies[name].high) == pytest.approx((alone[name].low, alone[name].high), rel=1e-3)


def test_a_ratio_without_a_logarithm_says_why_and_ppv_goes_by_the_bounds() -> None:
    metrics = discrimination([1, 1, 1, 0, 0, 0], [0.9, 0.8, 0.2, 0.1, 0.2, 0.3], prevalence=0.1).metrics
    assert "no benign nodule is called malignant" in metrics["lr_positive"].method
    assert metrics["ppv"].value == metrics["ppv"].high == 1
    assert metrics["ppv"].low < 0.3
    assert "from the bounds" in metrics["ppv"].method
    nobody = discrimination([1, 1, 0, 0], [0.1, 0.2, 0.1, 0.2], prevalence=0.1).metrics
    assert nobody["ppv"].method == "undefined: no nodule is called malignant"


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_leaves_no_nan_without_its_reason(label: int) -> None:
    one = discrimination([label] * 5, [0.1, 0.4, 0.5, 0.6, 0.9], prevalence=0.2)
    answer = json.loads(json.dumps(one.as_json(), allow_nan=False))
    for name, metric in answer["metrics"].items():
        if metric["value"] is None:
            assert metric["method"].startswith("undefined: "), name
            assert "class" in metric["method"] or "no nodule is" in metric["method"], name


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_units_hold_the_highest_p_and_any_malignant_nodule(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, p, units = random.integers(0, 2, 30), random.random(30), random.integers(9, size=30)
    both = by_unit(labels, p, units)
    for at, name in enumerate(np.unique(units)):
        assert both.p[at] == p[units == name].max()
        assert both.labels[at] == labels[units == name].max()
    each = by_unit(labels, p, np.arange(30), units)
    assert (each.labels == labels).all()
    assert (
        discrimination(each.labels, each.p, each.groups).metrics["auc"]
        == discrimination(labels, p, units).metrics["auc"]
    )


def test_a_unit_in_two_groups_and_what_is_no_prevalence_are_refused() -> None:
    with pytest.raises(ValueError, match="unit b is in more than one group"):
        by_unit([0, 1, 0], [0.1, 0.2, 0.3], ["a", "b", "b"], ["x", "x", "y"])
    with pytest.raises(ValueError, match="prevalence"):
        discrimination(LABELS, P, prevalence=1)
