"""Biopsies that a model spares and cancers that it misses, beside a rule such as the sizes of TI-RADS.

The rule comes as a yes or no for each nodule; nodules for which it can't be known are left out before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import (
    ROUNDING,
    Estimate,
    check_level,
    fewest_groups,
    group_indices,
    jackknife_error,
    jackknife_method,
    never_seen,
    student_quantile,
)
from isthmus.judge.jackknife import interval
from isthmus.judge.metrics import checked

BOUNDS = (-1.0, 1.0)


@dataclass(frozen=True)
class Beside:
    """Biopsies by the rule and by the model, and of these how many are of malignant nodules, of ``n`` nodules.

    ``spared`` is the share of all nodules that are biopsied by the rule less that by the model, ``missed`` the
    share of malignant ones that the rule finds less that which the model finds; ``spared_per_missed`` counts biopsies
    spared for each cancer missed in exchange, undefined, with the reason, where none is.
    """

    n: int
    malignant: int
    by_rule: int
    by_model: int
    cancers_by_rule: int
    cancers_by_model: int
    spared: Estimate
    missed: Estimate
    spared_per_missed: Estimate

    def as_json(self) -> dict[str, object]:
        counts = ("n", "malignant", "by_rule", "by_model", "cancers_by_rule", "cancers_by_model")
        estimates = {name: getattr(self, name) for name in ("spared", "missed", "spared_per_missed")}
        return {name: getattr(self, name) for name in counts} | {
            name: one.as_json() | {"n": one.n} for name, one in estimates.items()
        }


def beside_rule(
    labels: npt.ArrayLike,
    model: npt.ArrayLike,
    rule: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Beside:
    """Biopsies by the model's calls and by the rule, each (n,) of bool. Intervals by the jackknife of groups, that of
    the ratio on its logarithm. Raises ValueError.

    >>> one = beside_rule([1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0])
    >>> one.by_rule, one.by_model, one.spared_per_missed.value
    (4, 1, 3.0)
    """
    called, ruled = np.asarray(model, bool), np.asarray(rule, bool)
    label_array, _ = checked(labels, np.zeros(called.shape))
    if ruled.shape != called.shape:
        raise ValueError("the rule needs a yes or no for each nodule")
    check_level(level)
    members = group_indices(groups, label_array.size)
    method = f"{jackknife_method(level, members, groups)}, paired"
    malignant = label_array == 1
    less, lost = ruled.astype(np.int64) - called, (ruled.astype(np.int64) - called) * malignant
    sums = [np.bincount(members, one) for one in (less, lost, np.ones_like(less), malignant)]
    spared, missed, n, cancers = (np.concatenate([[one.sum()], one.sum() - one]) for one in sums)
    few = fewest_groups(label_array, members)

    def share(part: npt.NDArray[np.floating], whole: npt.NDArray[np.floating], nothing: bool) -> Estimate:
        if not whole[0]:
            return Estimate(math.nan, math.nan, math.nan, "undefined: no nodule is malignant", 0)
        if nothing:
            return replace(never_seen(few, level, method), n=int(whole[0]))
        values = np.divide(part, whole, out=np.full(part.size, np.nan), where=whole > 0.5)
        one = interval(float(values[0]), values[1:], few, level, method, BOUNDS)
        return Estimate(one.value, one.low, one.high, one.method, int(whole[0]))

    return Beside(
        n=label_array.size,
        malignant=int(malignant.sum()),
        by_rule=int(ruled.sum()),
        by_model=int(called.sum()),
        cancers_by_rule=int((ruled & malignant).sum()),
        cancers_by_model=int((called & malignant).sum()),
        spared=share(spared, n, not less.any()),
        missed=share(missed, cancers, not lost.any()),
        spared_per_missed=_per_missed(spared, missed, few, level, method, label_array.size),
    )


def _per_missed(
    spared: npt.NDArray[np.floating],
    missed: npt.NDArray[np.floating],
    few: float,
    level: float,
    method: str,
    n: int,
) -> Estimate:
    """Biopsies spared over cancers missed, (1 + groups,) each, with its interval on the logarithm."""
    if missed[0] <= 0 or spared[0] <= 0:
        reason = "the model misses no more cancers than the rule" if missed[0] <= 0 else "no biopsy is spared"
        return Estimate(math.nan, math.nan, math.nan, f"undefined: {reason}", n)
    value = float(spared[0] / missed[0])
    if missed.size < 3 or not (np.minimum(spared[1:], missed[1:]) > 0).all():
        return Estimate(value, math.nan, math.nan, "no interval: one group decides whether there is a ratio", n)
    error = jackknife_error(np.log(spared[1:] / missed[1:]))
    if error.deviation <= ROUNDING:
        return Estimate(value, math.nan, math.nan, "no interval: all groups are alike", n)
    half = student_quantile(min(error.freedom, few - 1), level) * error.deviation
    return Estimate(value, value * math.exp(-half), value * math.exp(half), f"{method}, on the logarithm", n)
