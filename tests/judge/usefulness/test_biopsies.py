"""Biopsies spared and cancers missed, beside a rule."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from isthmus.judge.usefulness.biopsies import beside_rule

# 100 malignant: the rule finds 90, the model 85 of these and none else; 200 benign: the rule 150, the model 60 of them.
LABELS = np.repeat([1, 0], [100, 200])
RULE = np.concatenate([np.arange(100) < 90, np.arange(200) < 150])
MODEL = np.concatenate([np.arange(100) < 85, np.arange(200) < 60])


def test_it_is_that_by_hand() -> None:
    one = beside_rule(LABELS, MODEL, RULE)
    assert (one.by_rule, one.by_model, one.cancers_by_rule, one.cancers_by_model) == (240, 145, 90, 85)
    assert one.spared.value == pytest.approx(95 / 300)
    assert one.missed.value == pytest.approx(0.05)
    assert one.spared_per_missed.value == pytest.approx(19)
    assert (one.spared.n, one.missed.n) == (300, 100)
    error = math.sqrt(1 / 5 - 1 / 95)  # of the log of 95 / 5, the 5 being among the 95
    quantile = 2.23  # of the 10 degrees of freedom that 5 cancers leave
    assert math.log(one.spared_per_missed.high / 19) == pytest.approx(quantile * error, rel=0.15)


def test_copies_add_nothing() -> None:
    alone = beside_rule(LABELS, MODEL, RULE)
    copies = beside_rule(LABELS.repeat(3), MODEL.repeat(3), RULE.repeat(3), np.arange(300).repeat(3))
    for name in ("spared", "missed", "spared_per_missed"):
        assert getattr(copies, name).low == pytest.approx(getattr(alone, name).low)


def test_a_ratio_that_there_is_not_says_why() -> None:
    better = beside_rule(LABELS, RULE, MODEL)
    assert better.spared_per_missed.method == "undefined: the model misses no more cancers than the rule"
    none = beside_rule(LABELS, MODEL | (np.arange(300) >= 100), RULE & (np.arange(300) < 100))
    assert none.spared_per_missed.method == "undefined: no biopsy is spared"
    same = beside_rule(LABELS, RULE, RULE)
    assert same.spared.value == 0
    assert same.spared.high == -same.spared.low == pytest.approx(1.984**2 / 104, rel=0.01)  # by the 100 malignant ones
    benign = beside_rule([0, 0, 0], [0, 1, 0], [1, 1, 0])
    answer = json.loads(json.dumps(benign.as_json(), allow_nan=False))
    assert answer["missed"]["method"] == "undefined: no nodule is malignant"
    with pytest.raises(ValueError, match="yes or no"):
        beside_rule([0, 1], [True, False], [True])
