"""The check of maps: figures by hand, and made-up maps that have to pass or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from isthmus.data.sources import open_source
from isthmus.evidence.pictured.explanation import (
    Condition,
    Explained,
    Position,
    agreement,
    check_from,
    correlations,
    explained,
    mean,
    position,
)
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.infer.explain import METHOD
from isthmus.infer.map_check import NOT_CHECKED, MapCheck, with_check
from isthmus.infer.occlusion import CELLS
from isthmus.infer.predictor import Predictor
from isthmus.judge.intervals import Estimate
from make.bundle import make

RANDOM = np.random.default_rng(0)
GROUPS = np.array([f"g{at // 2}" for at in range(40)])


def spots(n: int, row: int, column: int) -> np.ndarray:
    """Maps with 3 in one cell, -1 in another, and 0 elsewhere."""
    made = np.zeros((n, CELLS, CELLS))
    made[:, row, column], made[:, 9, 9] = 3, -1
    return made


def test_position_by_hand() -> None:
    nodule = np.zeros((2, CELLS, CELLS))
    nodule[:, 2:4, 2:4] = 1
    nodule[1, 4:6, 4:6] = 0.5
    one = position(spots(2, 2, 3), nodule, None)
    assert one.inside.value == pytest.approx(3 / 4)
    assert one.area.value == pytest.approx((0.04 + 0.06) / 2)
    assert one.enrichment.value == pytest.approx(0.75 / 0.05)
    assert one.pointing.value == 1
    assert one.middle.value == pytest.approx((0 + 0.5) / 2)
    assert one.over_middle.value == pytest.approx(0.75)
    assert one.over_area.value == pytest.approx(0.95)
    assert one.inside.n == 2
    assert position(spots(2, 8, 1), nodule, None).pointing.value == 0


def test_a_nodule_in_the_middle_of_its_window_is_found_by_the_middle() -> None:
    nodule = np.zeros((3, CELLS, CELLS))
    nodule[:, 3:7, 3:7] = 1
    one = position(spots(3, 4, 4), nodule, None)
    assert one.over_middle.value == 0
    assert one.blob.value > 2 * one.area.value


def test_where_no_box_could_be_moved_the_nodule_does_not_count() -> None:
    nodule = np.ones((4, CELLS, CELLS))
    maps = spots(4, 2, 2)
    maps[1], nodule[1] = np.nan, np.nan
    one = position(maps, nodule, None)
    assert one.pointing.n == one.middle.n == one.enrichment.n == 3
    assert one.pointing.value == 1
    nothing = position(np.full_like(maps, np.nan), np.full_like(maps, np.nan), None)
    assert nothing.pointing.method == "undefined: there is no such map"


def test_correlations_are_those_of_scipy() -> None:
    one, other = RANDOM.normal(size=(2, 4, CELLS, CELLS)).round(1)
    expected = [spearmanr(abs(a).ravel(), abs(b).ravel())[0] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(correlations(one, other), expected)
    np.testing.assert_allclose(correlations(one, -one), 1)
    level = np.zeros_like(one)
    assert correlations(one, level).tolist() == [0] * 4
    other[2] = np.nan
    assert np.isnan(correlations(one, other)).tolist() == [False, False, True, False]


def test_a_mean_has_the_interval_of_its_groups() -> None:
    values = np.repeat(RANDOM.normal(size=20), 2) / 10
    by_group, alone = mean(values, GROUPS, (-1, 1)), mean(values, None, (-1, 1))
    assert by_group.value == alone.value == pytest.approx(values.mean())
    assert by_group.high - by_group.low > 1.3 * (alone.high - alone.low)  # two alike count as one: sqrt(2)
    assert by_group.n == 40


def test_maps_that_agree_and_maps_that_are_alike_for_every_nodule() -> None:
    shared = RANDOM.normal(size=(CELLS, CELLS)) * 5
    own = RANDOM.normal(size=(40, CELLS, CELLS))
    noise = RANDOM.normal(size=(2, 40, CELLS, CELLS)) / 10
    same, apart = agreement(own + noise[0], own + noise[1], GROUPS)
    assert same.passed
    assert apart.passed
    same, apart = agreement(shared + noise[0], shared + noise[1], GROUPS)
    assert same.passed
    assert not apart.passed
    same, apart = agreement(own, noise[0], GROUPS)
    assert not same.passed
    assert not apart.passed


@pytest.mark.parametrize(
    ("low", "high", "above", "passed"),
    [(0.51, 0.7, True, True), (0.49, 0.7, True, False), (0.2, 0.49, False, True), (0.2, 0.51, False, False)],
)
def test_the_whole_interval_has_to_meet_a_condition(low: float, high: float, above: bool, passed: bool) -> None:
    one = Condition("it is so", Estimate((low + high) / 2, low, high, "jackknife", 60), 0.5, above)
    assert one.passed == passed
    assert ("not shown" in str(one)) != passed
    assert "n = 60" in str(one)
    good = Estimate(0.64, 0.5, 0.7, "x", 60)
    check = check_from([one, one], Position(*(good,) * 8), 60)
    assert (check.method, check.passed, check.n) == (METHOD, passed, 60)
    assert check.why[:2] == (str(one), str(one))
    assert "0.64 (0.50 to 0.70; n = 60)" in check.why[2]


def test_without_an_interval_nothing_is_met() -> None:
    one = Condition("it is so", Estimate.without_interval(0.9, "no interval: one group"), 0.5)
    assert not one.passed
    assert not check_from([one], Position(*(one.estimate,) * 8), 3).passed


@pytest.fixture(scope="module")
def pictures(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    data = open_source("phantom", phantom)
    nodules = tuple(data.labelled)
    labels = np.array([int(one.label or 0) for one in nodules])
    groups = np.array([one.patient for one in nodules])
    predictor = Predictor.load(make(tmp_path_factory.mktemp("bundle") / "untrained"))
    return Pictures(predictor, data, len(nodules), np.arange(len(nodules)), nodules, labels, groups)


@pytest.fixture(scope="module")
def checked(pictures: Pictures) -> Explained:
    return explained(pictures, sample=8)


def test_an_untrained_network_is_judged_and_not_shown(checked: Explained) -> None:
    assert (checked.n, checked.allowed, checked.why) == (8, False, NOT_CHECKED)
    assert not checked.may_be_shown
    assert checked.shuffled.n == 4
    assert 0 < checked.position.area.value < 1
    assert checked.moved.area.value < checked.position.area.value
    assert checked.position.middle.value > checked.moved.middle.value
    told = checked.as_json()
    assert told["may_be_shown"] is False
    assert [one["passed"] for one in told["conditions"]] == [one.passed for one in checked.conditions]
    assert {len([one for one in checked.examples if one.label == label]) for label in (0, 1)} <= {1, 2}


def test_these_nodules_can_contradict_what_the_bundle_says(checked: Explained) -> None:
    good, bad = Estimate(0.9, 0.8, 0.95, "x", 8), Estimate(0.1, 0.05, 0.2, "x", 8)
    moved = replace(checked.moved, over_middle=good, over_area=good)
    passed = replace(checked, moved=moved, beats_middle=good, shuffled=bad, allowed=True)
    assert passed.may_be_shown
    assert not replace(passed, allowed=False).may_be_shown
    assert not replace(passed, shuffled=good).may_be_shown
    assert not replace(passed, beats_middle=bad).may_be_shown
    assert not replace(passed, moved=replace(moved, over_area=Estimate(0.1, -0.1, 0.2, "x", 8))).may_be_shown


def test_the_check_of_the_bundle_is_heard(pictures: Pictures, tmp_path: Path) -> None:
    made = with_check(pictures.model.bundle, MapCheck(METHOD, True, ("It points.",), 60), tmp_path / "checked")
    one = explained(replace(pictures, model=Predictor(made)), sample=2)
    assert (one.allowed, one.why) == (True, "It points.")
    assert not one.may_be_shown  # two nodules show nothing
