"""Wilson against statsmodels and a textbook formula; the bootstrap against a plain loop, and its coverage."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from isthmus.judge import intervals, metrics, weighted
from isthmus.judge.intervals import clustered_bootstrap, wilson

STATISTICS = {
    "auc": (weighted.auc, metrics.auc),
    "average_precision": (weighted.average_precision, metrics.average_precision),
    "brier": (weighted.brier, metrics.brier),
    "accuracy": (weighted.accuracy(0.4), lambda labels, p: metrics.accuracy(metrics.confusion(labels, p, 0.4))),
    "sensitivity": (
        weighted.sensitivity(0.4),
        lambda labels, p: metrics.sensitivity(metrics.confusion(labels, p, 0.4)),
    ),
    "specificity": (
        weighted.specificity(0.4),
        lambda labels, p: metrics.specificity(metrics.confusion(labels, p, 0.4)),
    ),
    "f1": (weighted.f1(0.4), lambda labels, p: metrics.f_measure(metrics.confusion(labels, p, 0.4))),
}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.8, 0.95]))
def test_wilson_equals_statsmodels_and_holds_its_value(proportion: tuple[int, int], level: float) -> None:
    estimate = wilson(*proportion, level)
    assert (estimate.low, estimate.high) == pytest.approx(proportion_confint(*proportion, 1 - level, "wilson"))
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high


def test_wilson_of_the_papers_best_row() -> None:
    estimate = wilson(174, 181)
    assert [round(100 * bound, 1) for bound in (estimate.low, estimate.high)] == [92.2, 98.1]


def test_wilson_of_nothing_is_undefined() -> None:
    estimate = wilson(0, 0)
    assert math.isnan(estimate.value)
    assert estimate.method.startswith("undefined")
    assert estimate.as_json() == {"value": None, "low": None, "high": None, "method": estimate.method}


@pytest.mark.parametrize(("successes", "n", "level"), [(2, 1, 0.95), (-1, 1, 0.95), (1, 2, 0.0), (1, 2, 95)])
def test_wilson_refuses_the_impossible(successes: int, n: int, level: float) -> None:
    with pytest.raises(ValueError, match=r"proportion|level"):
        wilson(successes, n, level)


@pytest.mark.parametrize("name", STATISTICS)
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10), st.integers(0, 4)), min_size=1, max_size=30),
)
def test_weights_are_repeats(name: str, rows: list[tuple[int, int, int]]) -> None:
    """A weight of k is the nodule k times over: the vectorised metrics equal the plain ones on the repeats."""
    labels, tenths, times = (np.array(column) for column in zip(*rows, strict=True))
    p = tenths / 10
    by_weight, plain = STATISTICS[name]
    weights = np.vstack([times, np.ones_like(times)]).astype(float)
    repeated, once = by_weight(labels, p, weights)
    assert once == pytest.approx(plain(labels, p), nan_ok=True)
    if times.any():
        expected = plain(np.repeat(labels, times), np.repeat(p, times))
        assert repeated == pytest.approx(expected, nan_ok=True)
    else:
        assert math.isnan(repeated)


def test_bootstrap_equals_a_plain_loop_over_groups() -> None:
    labels, p, groups = _clustered(np.random.default_rng(3), patients=25)
    estimate = clustered_bootstrap(weighted.auc, labels, p, groups, resamples=200, seed=9)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    loop = []
    for draw in np.random.default_rng(9).integers(25, size=(200, 25)):
        drawn = np.concatenate([members[index] for index in draw])
        loop.append(metrics.auc(labels[drawn], p[drawn]))
    assert (estimate.low, estimate.high) == pytest.approx(tuple(np.quantile(loop, (0.025, 0.975))))
    assert estimate.value == pytest.approx(metrics.auc(labels, p))


def test_bootstrap_covers_the_truth_on_clustered_data_where_ignoring_groups_does_not() -> None:
    """Patients of 8 nodules that are alike: an interval by group holds the true AUC as often as it says."""
    random = np.random.default_rng(0)
    truth = metrics.auc(*_clustered(random, patients=20_000)[:2])
    by_group = by_nodule = 0
    for trial in range(120):
        labels, p, groups = _clustered(random, patients=60)
        clustered = clustered_bootstrap(weighted.auc, labels, p, groups, resamples=300, seed=trial)
        ignoring = clustered_bootstrap(weighted.auc, labels, p, None, resamples=300, seed=trial)
        by_group += clustered.low <= truth <= clustered.high
        by_nodule += ignoring.low <= truth <= ignoring.high
    assert 0.88 <= by_group / 120 <= 1.0
    assert by_nodule / 120 < 0.75


def test_the_seed_makes_the_interval() -> None:
    labels, p, groups = _clustered(np.random.default_rng(1), patients=30)
    first, again, other = (clustered_bootstrap(weighted.auc, labels, p, groups, 200, seed) for seed in (5, 5, 6))
    assert first == again
    assert first.low != other.low


def test_memory_is_bounded_without_changing_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, p, groups = _clustered(np.random.default_rng(1), patients=30)
    whole = clustered_bootstrap(weighted.brier, labels, p, groups, 100)
    monkeypatch.setattr(intervals, "WEIGHTS_AT_ONCE", 7 * labels.size)
    parts = clustered_bootstrap(weighted.brier, labels, p, groups, 100)
    assert (parts.low, parts.high) == pytest.approx((whole.low, whole.high), rel=1e-12)


def test_method_says_what_was_resampled() -> None:
    labels, p = [0, 1, 0, 1, 1, 0], [0.1, 0.9, 0.6, 0.4, 0.7, 0.3]
    grouped = clustered_bootstrap(weighted.brier, labels, p, ["a", "a", "b", "b", "c", "c"], 50)
    assert grouped.method == "group-clustered bootstrap 95 %, 50 resamples of 3 groups"
    alone = clustered_bootstrap(weighted.brier, labels, p, None, 50, level=0.9)
    assert alone.method == "bootstrap 90 %, 50 resamples of 6 nodules, each its own group"


def test_undefined_resamples_are_left_out_and_counted() -> None:
    estimate = clustered_bootstrap(weighted.auc, [0, 0, 1], [0.1, 0.6, 0.5], None, 500)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    count = int(estimate.method.split("undefined in ")[1].split(" ")[0])
    assert 0.2 * 500 < count < 0.5 * 500  # (2/3)^3 + (1/3)^3 = 1/3 of the resamples hold one class only


def test_what_the_bootstrap_cannot_tell_it_says() -> None:
    perfect = clustered_bootstrap(weighted.auc, [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], None, 200)
    assert "the true interval is wider" in perfect.method
    one_group = clustered_bootstrap(weighted.auc, [0, 1], [0.1, 0.2], ["a", "a"], 200)
    assert one_group.value == 1
    assert math.isnan(one_group.low)
    assert one_group.method == "no interval: one group can't be resampled"
    one_class = clustered_bootstrap(weighted.auc, [1, 1], [0.1, 0.2], None, 200)
    assert math.isnan(one_class.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"groups": ["a"]}, "give one each"),
        ({"groups": [None, "a"]}, "one type"),
        ({"resamples": 0}, "at least 1"),
        ({"level": 1.0}, "level"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bootstrap_refuses_the_impossible(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        clustered_bootstrap(weighted.auc, [0, 1], [0.1, 0.2], **options)


def _clustered(
    random: np.random.Generator, patients: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Labels, p and patients: eight nodules each, of one class, with a shift of p that the eight share."""
    labels, shift = random.integers(0, 2, patients), random.normal(0, 1, patients)
    groups = np.repeat(np.arange(patients), 8)
    score = labels[groups] + shift[groups] + random.normal(0, 0.3, groups.size)
    return labels[groups], 1 / (1 + np.exp(-score)), groups
