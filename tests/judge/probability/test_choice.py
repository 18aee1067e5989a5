"""The calibration that is chosen is the one that made the labels, judged on nodules that it wasn't fitted on."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit

from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.choice import choose
from isthmus.judge.probability.folds import group_folds

Curve = Callable[[Floats], Floats]
RANDOM = np.random.default_rng(11)
P = RANDOM.uniform(0.02, 0.98, 1500)
LABELS = (RANDOM.uniform(size=P.size) < expit(0.5 * logit(P) + 1)).astype(np.int64)
FOLDS = group_folds(LABELS)


def as_it_is(labels: Labels, p: Floats) -> Curve:
    return lambda p: p


def by_heart(labels: Labels, p: Floats) -> Curve:
    """Knows the nodules that it was fitted on, and is sure and wrong of all others."""
    known = dict(zip(p.tolist(), labels.tolist(), strict=True))
    truth = dict(zip(P.tolist(), LABELS.tolist(), strict=True))
    return lambda p: np.array([known.get(one, 1 - truth[one]) for one in p.tolist()], float)


def the_line(labels: Labels, p: Floats) -> Curve:
    return lambda p: expit(0.5 * logit(p) + 1)


def refuses(labels: Labels, p: Floats) -> Curve:
    raise ValueError("no calibration fits")


def test_the_least_loss_on_other_folds_wins() -> None:
    found = choose(LABELS, P, FOLDS, {"none": as_it_is, "heart": by_heart, "line": the_line, "never": refuses})
    assert found.name == "line"
    assert found.log_loss["line"] < found.log_loss["none"] < found.log_loss["heart"]
    assert math.isnan(found.log_loss["never"])


def test_of_equals_the_first_wins() -> None:
    assert choose(LABELS, P, FOLDS, {"b": as_it_is, "a": as_it_is}).name == "b"


def test_where_none_fits_or_there_is_one_fold_nothing_is_chosen() -> None:
    with pytest.raises(ValueError, match="no calibration fits"):
        choose(LABELS, P, FOLDS, {"never": refuses})
    with pytest.raises(ValueError, match="fewer than two folds"):
        choose(LABELS, P, np.zeros(P.size), {"none": as_it_is})
