"""The bootstrap by counts is that by copies, and its intervals hold what they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from isthmus.judge import bootstrap as module
from isthmus.judge import metrics
from isthmus.judge.bootstrap import area, bootstrap, draws, ratio, usual
from isthmus.judge.delong import area_within, auc_within
from isthmus.judge.intervals import group_indices

NAMES = ("auc", "average_precision", "brier", "accuracy", "sensitivity", "specificity")


def by_copies(labels: np.ndarray, p: np.ndarray, members: np.ndarray, counts: np.ndarray) -> dict[str, float]:
    """The metrics of the nodules copied as often as their group was drawn."""
    at = np.repeat(np.arange(labels.size), counts[members].astype(int))
    labels, p = labels[at], p[at]
    matrix = metrics.confusion(labels, p)
    rest = (metrics.accuracy(matrix), metrics.sensitivity(matrix), metrics.specificity(matrix))
    rank = metrics.auc(labels, p), metrics.average_precision(labels, p), metrics.brier(labels, p)
    return dict(zip(NAMES, (*rank, *rest), strict=True))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30), st.integers(1, 12), st.booleans())
def test_counts_are_copies(seed: int, n: int, groups: int, ties: bool) -> None:
    random = np.random.default_rng(seed)
    labels, members = random.integers(0, 2, n), group_indices(random.integers(groups, size=n), n)
    p = np.round(random.random(n), 1) if ties else random.random(n)
    statistics, _ = usual(labels, p, members)
    (counts,) = draws(int(members.max()) + 1, 8, seed, 8)
    of_counts = {name: statistic(counts) for name, statistic in statistics.items()}
    for row, one in enumerate(counts):
        of_copies = by_copies(labels, p, members, one)
        for name in NAMES:
            assert of_counts[name][row] == pytest.approx(of_copies[name], abs=1e-12, nan_ok=True), name


def test_an_auc_of_counts_is_exact() -> None:
    labels, p = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.9])
    counts = np.array([[1.0, 2, 0, 3, 1]])  # 1 benign at .2; malignant: two at .2, three at .5, one at .9
    assert area(labels, p, np.arange(5))(counts)[0] == (2 * 0.5 + 3 + 1) / 6


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(draws(7, 100, 3, 100)))
    assert (np.concatenate(list(draws(7, 100, 3, 9))) == whole).all()
    assert (whole.sum(axis=1) == 7).all()
    labels, p = np.array([0, 1] * 20), np.linspace(0, 1, 40)
    statistics, members = usual(labels, p, np.arange(40) // 2)
    before = bootstrap(statistics, members, 200)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 100)
    after = bootstrap(statistics, members, 200)
    for name, one in before.items():
        assert one.drawn == pytest.approx(after[name].drawn, abs=1e-12)
        assert one.bca().low == pytest.approx(after[name].bca().low, abs=1e-12)


def test_strata_are_those_of_the_auc_within_folds() -> None:
    random = np.random.default_rng(2)
    labels, p, folds = random.integers(0, 2, 60), np.round(random.random(60), 1), random.integers(3, size=60)
    within = area(labels, p, np.arange(60), folds)
    assert within(np.ones((1, 60)))[0] == pytest.approx(area_within(labels, p, folds))
    counts = np.where(np.arange(60) % 3, 1.0, 0.0)[None]
    at = counts[0] == 1
    assert within(counts)[0] == pytest.approx(area_within(labels[at], p[at], folds[at]))


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    part = np.arange(400) < 80
    one = bootstrap({"share": ratio(part, np.ones(400), np.arange(400))}, np.arange(400), 5000, seed=1)["share"]
    half = norm.ppf(0.975) * math.sqrt(0.2 * 0.8 / 400)
    for estimate in (one.percentile(), one.bca()):
        assert estimate.value == 0.2
        assert (estimate.low, estimate.high) == pytest.approx((0.2 - half, 0.2 + half), abs=0.006)
    assert one.drawn.std() == pytest.approx(0.02, rel=0.05)


def test_bca_leans_where_the_distribution_is_skewed() -> None:
    """Of a mean of exponential values the percentile interval is too low on both sides."""
    values = np.random.default_rng(4).exponential(size=40) / 10
    one = bootstrap({"mean": ratio(values, np.ones(40), np.arange(40))}, np.arange(40))["mean"]
    assert one.bca().low > one.percentile().low
    assert one.bca().high > one.percentile().high
    assert "BCa" in one.bca().method


def test_groups_that_are_alike_inside_widen_the_interval() -> None:
    random = np.random.default_rng(5)
    labels, p = np.repeat(random.integers(0, 2, 60), 5), np.repeat(random.random(60), 5)
    statistics, members = usual(labels, p, np.repeat(np.arange(60), 5))
    grouped = bootstrap(statistics, members)["auc"].bca()
    alone = bootstrap({"auc": area(labels, p, np.arange(300))}, np.arange(300))["auc"].bca()
    assert grouped.high - grouped.low > 1.8 * (alone.high - alone.low)
    jackknife = auc_within(labels, p, None, members)
    assert (grouped.low, grouped.high) == pytest.approx((jackknife.low, jackknife.high), abs=0.03)


def test_two_of_the_same_draws_are_paired() -> None:
    random = np.random.default_rng(6)
    labels = random.integers(0, 2, 100)
    p = np.clip(labels * 0.2 + random.random(100) * 0.8, 0, 1)
    statistics = {name: area(labels, one, np.arange(100)) for name, one in (("one", p), ("same", p / 2))}
    both = bootstrap(statistics, np.arange(100))
    difference = (both["one"] - both["same"]).percentile()
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_what_has_no_interval_says_why() -> None:
    labels, p = np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.2, 0.8])
    statistics, members = usual(labels, p, ["a"] * 4)
    assert "one group" in bootstrap(statistics, members)["auc"].bca().method
    statistics, members = usual([1, 1, 1], [0.1, 0.5, 0.9])
    undefined = bootstrap(statistics, members)["auc"].bca()
    assert math.isnan(undefined.value)
    assert undefined.method.startswith("undefined")
    statistics, members = usual(labels, p)
    some = bootstrap(statistics, members)["sensitivity"]
    assert "undefined in" in some.percentile().method
    assert "no BCa" in some.bca().method
    with pytest.raises(ValueError, match="too few"):
        bootstrap(statistics, members, 99)
