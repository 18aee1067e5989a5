"""What changes do to answers, against counts by hand; claims are corrected for the number of changes."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.judge.compare import holm
from isthmus.judge.delong import delong
from isthmus.judge.stability.effect import effects

LABELS = [0, 0, 0, 0, 1, 1, 1, 1]
P = [0.1, 0.2, 0.4, 0.6, 0.3, 0.7, 0.8, 0.9]


def test_turned_verdicts_and_moved_p_are_those_counted_by_hand() -> None:
    changed = [0.1, 0.5, 0.4, 0.4, 0.3, 0.4, 0.1, 0.9]  # 0.5 is malignant
    one = effects(LABELS, P, [changed])[0]
    assert (one.to_malignant.value, one.to_benign.value, one.turned.value) == (1 / 8, 3 / 8, 4 / 8)
    assert one.moved.value == pytest.approx((0.3 + 0.2 + 0.3 + 0.7) / 8)
    assert one.less.estimate.value == pytest.approx(one.auc.value - 14 / 16)
    assert {each.n for each in (one.auc, one.less.estimate, one.to_malignant, one.to_benign, one.moved)} == {8}
    assert one.moved.low < one.moved.value < one.moved.high


def test_the_threshold_is_the_models() -> None:
    one = effects(LABELS, P, [[value + 0.05 for value in P]], threshold=0.65)[0]
    assert (one.to_malignant.value, one.to_benign.value) == (1 / 8, 0)


def test_no_change_changes_nothing() -> None:
    one = effects(LABELS, P, [P])[0]
    assert (one.less.estimate.value, one.less.estimate.low, one.less.estimate.high) == (0, 0, 0)
    assert (one.turned.value, one.moved.value, one.moved.high) == (0, 0, 0)
    assert not one.less.differs()


def test_p_values_are_corrected_for_all_changes() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    p = np.clip(0.3 + 0.4 * labels + random.normal(0, 0.2, 200), 0, 1)
    changed = [np.clip(p + random.normal(0, by, 200), 0, 1) for by in (0.01, 0.1, 0.5)]
    groups = np.arange(200) // 2
    made = effects(labels, p, changed, groups=groups)
    alone = [delong(labels, each, p, groups).p_value for each in changed]
    assert [one.less.p_value for one in made] == alone
    assert [one.less.corrected for one in made] == holm(alone)
    assert made[2].less.differs()
    assert made[2].less.estimate.value < 0


def test_groups_widen_the_interval_of_moved_p() -> None:
    labels = np.tile([0, 1], 20)
    p = np.full(40, 0.5)
    changed = p + np.repeat(np.random.default_rng(0).random(10) / 2, 4)
    grouped, single = (effects(labels, p, [changed], groups=groups)[0].moved for groups in (np.arange(40) // 4, None))
    assert grouped.value == pytest.approx(single.value)
    assert grouped.high - grouped.low > 1.5 * (single.high - single.low)


def test_one_class_has_no_auc_but_verdicts() -> None:
    one = effects([1, 1, 1], [0.2, 0.6, 0.9], [[0.7, 0.6, 0.1]])[0]
    assert np.isnan(one.auc.value)
    assert np.isnan(one.less.corrected)
    assert not one.less.differs()
    assert (one.to_malignant.value, one.to_benign.value) == (1 / 3, 1 / 3)
