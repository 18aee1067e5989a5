"""The scorecard of a cross-validation: at 0.5, at each fold's operating point, over repeats, and as scorecard.json."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from isthmus import files
from isthmus.cross.scorecard import CrossScorecard, cross_scorecard
from isthmus.judge.scorecard import METRICS, scorecard
from make.crossing import result

ONE = result()
CARD = cross_scorecard(ONE)


def test_metrics_are_those_of_all_test_nodules_at_a_half() -> None:
    rows = ONE.rows
    expected = scorecard(
        [int(row.label) for row in rows], [row.probability for row in rows], [row.group for row in rows]
    )
    assert CARD.metrics == expected.metrics
    assert CARD.confusion == expected.confusion
    assert (CARD.n, CARD.groups, CARD.threshold) == (len(rows), expected.groups, 0.5)


def test_the_operating_point_takes_each_fold_at_its_threshold() -> None:
    right = [(row.verdict) == bool(row.label) for fold in ONE.folds for row in fold.rows]
    point = CARD.operating_point
    assert point.thresholds == tuple(fold.threshold for fold in ONE.folds)
    assert point.rule == ONE.plan.recipe.learning.threshold
    assert point.metrics["accuracy"].value == pytest.approx(np.mean(right))
    assert set(point.metrics) == {name for name, metric in METRICS.items() if metric.depends_on_threshold}


@pytest.mark.parametrize("protocol", ["grouped", "paper"])
def test_leaks_of_all_folds_are_added_up_and_make_a_caution(protocol: str) -> None:
    crossing = result(protocol=protocol)
    card = cross_scorecard(crossing)
    assert card.leak.n == sum(fold.leak.n for fold in crossing.folds)
    assert card.leak.same_patient == sum(fold.leak.same_patient for fold in crossing.folds)
    assert card.caution == crossing.plan.protocol.caution(
        crossing.plan.recipe, card.leak.same_patient, card.leak.same_image, card.leak.n
    )


def test_repeats_are_averaged_and_nodules_counted_once() -> None:
    crossing = result(repeats=2)
    card = cross_scorecard(crossing)
    each = [_alone(number) for number in range(2)]
    assert card.n == each[0].n == len(crossing.rows) / 2
    assert card.repeats == 2
    assert card.confusion.tp == np.mean([one.confusion.tp for one in each])
    for name, estimate in card.metrics.items():
        assert estimate.value == pytest.approx(np.mean([one.metrics[name].value for one in each]))
    assert card.folds == crossing.folds


def _alone(number: int) -> CrossScorecard:
    crossing = result(repeats=2)
    folds = tuple(replace(fold, repeat=0) for fold in crossing.folds if fold.repeat == number)
    return cross_scorecard(replace(crossing, folds=folds, plan=replace(crossing.plan, repeats=1)))


@pytest.mark.parametrize("repeats", [1, 2])
def test_whether_p_rises_over_ti_rads_is_of_the_mean_of_each_nodules_repeats(repeats: int) -> None:
    crossing = result(repeats=repeats)
    rose = cross_scorecard(crossing).by_tirads
    assert rose is not None
    tirads = {nodule.id: nodule.tirads for nodule in crossing.data.labelled}
    for grade, mean in rose.means.items():
        of_grade = [row.probability for row in crossing.rows if tirads[row.nodule] == grade]
        assert mean.value == pytest.approx(np.mean(of_grade))
        assert mean.n == sum(one == grade for one in tirads.values())
    assert rose.concordance.n == len(tirads)
    assert rose.p_value < 0.05


def test_data_without_ti_rads_have_no_trend() -> None:
    crossing = result()
    bare = tuple(replace(nodule, tirads="") for nodule in crossing.data.nodules)
    card = cross_scorecard(replace(crossing, data=replace(crossing.data, nodules=bare)))
    assert card.by_tirads is None
    assert card.as_json()["by_tirads"] is None


def test_json_has_what_other_tools_rely_on() -> None:
    card = json.loads(files.json_text(CARD.as_json()))
    assert list(card) == [
        *("metrics", "clustered", "n", "groups", "counts", "threshold", "confusion", "warnings"),
        *("labels", "protocol", "protocol_description", "group_by", "chosen_on", "caution", "repeats"),
        *("beginning", "beside", "operating_point", "leak", "by_tirads", "folds", "calipers", "disclaimer"),
    ]
    assert list(card["operating_point"]) == ["rule", "thresholds", "metrics"]
    assert set(card["leak"]) == {"n", "same_patient", "same_image", "neighbours"}
    assert card["group_by"]["name"] == "patient"
    for line, fold in zip(card["folds"], ONE.folds, strict=True):
        assert line == {
            "fold": fold.number,
            "repeat": fold.repeat,
            "auc": fold.auc,
            "epoch": fold.epoch,
            "epochs": len(fold.history),
            "threshold": fold.threshold,
            "learned_from": fold.learned_from,
            "chosen_on": fold.chosen_on,
            "test": len(fold.rows),
            "seconds": fold.seconds,
        }
