"""Sample sizes against exact binomial probabilities and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, share, wilson
from isthmus.judge.usefulness.sample_size import design_effect, nodules_needed, share_with_more, with_more


def chance_to_show(n: int, sensitivity: float, at_least: float) -> float:
    """The probability that the lower bound of Clopper and Pearson is above ``at_least``."""
    found = np.arange(1, n + 1)
    shows = found[beta.ppf(0.025, found, n - found + 1) >= at_least]
    return float(binom.pmf(shows, n, sensitivity).sum())


def test_it_is_the_first_number_from_which_on_the_exact_interval_shows_it() -> None:
    needed = nodules_needed(0.95)
    assert chance_to_show(needed.independent - 1, 0.95, 0.9) < 0.8
    assert all(chance_to_show(n, 0.95, 0.9) >= 0.8 for n in range(needed.independent, needed.independent + 60))
    n, missed = needed.independent, needed.may_miss
    assert beta.ppf(0.025, n - missed, missed + 1) >= 0.9
    assert beta.ppf(0.025, n - missed - 1, missed + 2) < 0.9


def test_with_none_missed_it_is_the_logarithm() -> None:
    """.9 to the power of n is below .025 from n = 36 on."""
    perfect = nodules_needed(1.0)
    assert perfect.independent == 36
    assert 0.9**36 < 0.025 < 0.9**35
    assert nodules_needed(0.95, power=0.9).independent > nodules_needed(0.95).independent
    assert nodules_needed(0.97).independent < nodules_needed(0.95).independent


def test_groups_and_benign_nodules_come_on_top() -> None:
    needed = nodules_needed(0.95, design_effect=1.5, prevalence=0.3)
    assert needed.malignant == int(np.ceil(1.5 * needed.independent))
    assert needed.n == int(np.ceil(needed.malignant / 0.3))
    assert needed.as_json()["n"] == needed.n
    assert nodules_needed(0.95).n is None


def test_what_can_not_be_shown_is_refused() -> None:
    for sensitivity in (0.9, 0.85):
        with pytest.raises(ValueError, match="can't be shown"):
            nodules_needed(sensitivity)
    with pytest.raises(ValueError, match="more than 100000"):
        nodules_needed(0.9001)
    with pytest.raises(ValueError, match="prevalence"):
        nodules_needed(0.95, prevalence=0)


def test_the_design_effect_of_copies_is_their_number() -> None:
    part = np.random.default_rng(0).random(400) < 0.7
    assert design_effect(part, np.ones(400)) == 1
    assert design_effect(part.repeat(4), np.ones(1600), np.arange(400).repeat(4)) == pytest.approx(4, rel=0.01)
    assert design_effect([True, True], [True, True], ["a", "a"]) == 1


def test_no_more_nodules_change_nothing_and_four_times_as_many_halve_it() -> None:
    one = Estimate(0.8, 0.7, 0.87, "x")
    same = with_more(one, 100, 0)
    assert (same.low, same.high, same.n) == (pytest.approx(0.7), pytest.approx(0.87), 100)
    difference = with_more(Estimate(0.1, -0.1, 0.3, "x"), 100, 300, (-1.0, 1.0))
    assert difference.low == pytest.approx(0.0, abs=0.002)
    lone = with_more(Estimate.without_interval(0.8, "why"), 100, 300)
    assert lone.method == "why"
    assert share_with_more(0.9, 100, 0).low == pytest.approx(wilson(90, 100).low)
    assert share_with_more(0.9, 100, 100, 2.0).low == pytest.approx(wilson(90, 100).low)
    with pytest.raises(ValueError, match="none fewer"):
        share_with_more(0.9, 100, -1)


def test_it_foretells_the_interval_of_more_nodules_of_the_same_kind() -> None:
    random = np.random.default_rng(1)
    labels, groups = random.integers(0, 2, 4000), random.integers(2000, size=4000)
    p = np.clip(0.35 + 0.3 * labels + random.normal(0, 0.2, 4000), 0, 1)
    few, every = groups < 500, np.ones(4000, bool)
    now, later = (auc_within(labels[at], p[at], None, groups[at]) for at in (few, every))
    n = int(few.sum())
    expected = with_more(now, n, 4000 - n)
    assert expected.high - expected.low == pytest.approx(later.high - later.low, rel=0.2)
    proportion = share(p >= 0.5, labels == 1, groups)
    effect = design_effect(p >= 0.5, labels == 1, groups)
    again = share_with_more(proportion.value, int(labels.sum()), 0, effect)
    assert again.low == pytest.approx(proportion.low, abs=0.002)
