"""Models beside each other: what each pair says is what its parts say, corrected."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus.judge.compare import holm, mcnemar
from isthmus.judge.delong import delong
from isthmus.judge.pairs import NO_THRESHOLD, Contender, comparison
from isthmus.judge.usefulness.reclassification import reclassification

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, 300)
GROUPS = RANDOM.integers(120, size=300)
FOLDS = GROUPS % 3
GOOD, FAIR, POOR = (np.clip(0.5 + (LABELS - 0.5) * gap + RANDOM.normal(0, 0.2, 300), 0, 1) for gap in (0.6, 0.4, 0.05))
THREE = (Contender("good", GOOD), Contender("fair", FAIR, 0.4), Contender("poor", POOR))


def test_a_pair_is_delong_mcnemar_and_reclassification_of_the_two() -> None:
    pair = comparison(LABELS, THREE, GROUPS, 500).pairs[0]
    difference = delong(LABELS, GOOD, FAIR, GROUPS)
    assert (pair.first, pair.second) == ("good", "fair")
    assert (pair.auc.low, pair.auc_p) == (difference.estimate.low, difference.p_value)
    calls = (GOOD >= 0.5).astype(float), (FAIR >= 0.4).astype(float)
    assert pair.mcnemar == mcnemar(LABELS, *calls, 0.5, GROUPS)
    assert pair.nri == reclassification(LABELS, calls[1], calls[0], GROUPS)
    assert (pair.bootstrap.low, pair.bootstrap.high) == pytest.approx((pair.auc.low, pair.auc.high), abs=0.02)
    assert pair.bootstrap.value == pytest.approx(pair.auc.value)


def test_every_pair_is_there_and_corrected_for_all() -> None:
    one = comparison(LABELS, THREE, GROUPS, 100)
    assert [(pair.first, pair.second) for pair in one.pairs] == [("good", "fair"), ("good", "poor"), ("fair", "poor")]
    assert [pair.auc_holm for pair in one.pairs] == holm([pair.auc_p for pair in one.pairs])
    calls = [pair.mcnemar.p_value for pair in one.pairs if pair.mcnemar]
    assert [pair.mcnemar_holm for pair in one.pairs] == holm(calls)
    assert one.pairs[1].auc.low > 0  # above 0 speaks for the first
    assert one.pairs[1].nri is not None
    assert one.pairs[1].nri.nri.low > 0


def test_the_other_way_round_turns_every_sign() -> None:
    (pair,) = comparison(LABELS, THREE[:2], GROUPS, 100).pairs
    (back,) = comparison(LABELS, THREE[1::-1], GROUPS, 100).pairs
    assert back.auc.value == pytest.approx(-pair.auc.value)
    assert back.auc_p == pytest.approx(pair.auc_p)
    assert pair.nri is not None
    assert back.nri is not None
    assert back.nri.nri.value == pytest.approx(-pair.nri.nri.value)


def test_within_folds_both_ways_count_the_same_pairs() -> None:
    folded = tuple(Contender(one.name, one.p, one.threshold, strata=FOLDS) for one in THREE[:2])
    (pair,) = comparison(LABELS, folded, GROUPS, 500).pairs
    assert pair.auc.value == delong(LABELS, GOOD, FAIR, GROUPS, (FOLDS, FOLDS)).estimate.value
    assert pair.bootstrap.value == pytest.approx(pair.auc.value)


def test_without_a_threshold_or_a_class_a_reason_stands_there() -> None:
    one = comparison(LABELS, [THREE[0], Contender("grade", FAIR, None)], GROUPS, 100)
    assert one.pairs[0].reason == NO_THRESHOLD
    assert one.contenders[1].sensitivity.method == "undefined: no threshold was given"
    for result in (one, comparison(np.ones(300, int), THREE, GROUPS, 100)):
        answer = json.loads(json.dumps(result.as_json(), allow_nan=False))
        for pair in answer["pairs"]:
            assert pair["auc_difference"]["value"] is not None or "class" in pair["auc_difference"]["method"]
    with pytest.raises(ValueError, match="another name"):
        comparison(LABELS, [THREE[0], THREE[0]], GROUPS, 100)
