"""Who changes sides between two models: net reclassification improvement by categories (Pencina et al., Stat Med 27,
2008).

With one threshold it is the gain in sensitivity plus that in specificity, so both parts are given. It says nothing of
how much a change of sides is worth: for that see ``net_benefit``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import (
    Estimate,
    check_level,
    group_indices,
    jackknife_method,
    kish,
    never_seen,
)
from isthmus.judge.jackknife import interval, p_value, with_and_without
from isthmus.judge.metrics import Floats, checked

BOUNDS = (-1.0, 1.0)


@dataclass(frozen=True)
class Reclassification:
    """From the first model to the second: nodules that go to a higher category and to a lower one, by class.

    ``malignant`` is the share of malignant nodules that rise less that of those that fall, ``benign`` the share of
    benign ones that fall less that of those that rise; ``nri`` is their sum, -2 to 2. ``p_value`` is two-sided.
    """

    malignant_up: int
    malignant_down: int
    benign_up: int
    benign_down: int
    malignant: Estimate
    benign: Estimate
    nri: Estimate
    p_value: float

    def as_json(self) -> dict[str, object]:
        estimates = {"malignant": self.malignant, "benign": self.benign, "nri": self.nri}
        return {
            "malignant_up": self.malignant_up,
            "malignant_down": self.malignant_down,
            "benign_up": self.benign_up,
            "benign_down": self.benign_down,
            "p_value": None if np.isnan(self.p_value) else self.p_value,
        } | {name: one.as_json() | {"n": one.n} for name, one in estimates.items()}


def reclassification(
    labels: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Reclassification:
    """Net reclassification from ``first`` to ``second``, both (n,): numbers of categories, or calls, the higher the
    nearer to malignant. Intervals by the jackknife of groups. Raises ValueError.

    >>> one = reclassification([1, 1, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0])
    >>> one.malignant.value, one.benign.value, one.nri.value
    (0.5, 0.5, 1.0)
    """
    first_array, second_array = np.asarray(first, np.float64), np.asarray(second, np.float64)
    label_array, _ = checked(labels, np.zeros(first_array.shape))
    if second_array.shape != first_array.shape or not np.isfinite([first_array, second_array]).all():
        raise ValueError("the two need a finite category for each nodule")
    check_level(level)
    members = group_indices(groups, label_array.size)
    method = f"{jackknife_method(level, members, groups)}, paired"
    moved, is_malignant = np.sign(second_array - first_array), label_array == 1
    counts = {
        (kind, way): int(((moved == way) & (is_malignant == kind)).sum()) for kind in (True, False) for way in (1, -1)
    }
    gains, few = [], []
    for part, sign in ((is_malignant, 1), (~is_malignant, -1)):
        gains.append(with_and_without(sign * moved * part, part, members))
        few.append(kish(sizes) if (sizes := np.bincount(members[part])).size else 1.0)
    estimates = [
        _estimate(gain, part, one, level, method)
        for gain, part, one in zip(gains, (is_malignant, ~is_malignant), few, strict=True)
    ]
    both = gains[0] + gains[1]
    wide = (2 * BOUNDS[0], 2 * BOUNDS[1])
    total = interval(float(both[0]), both[1:], min(few), level, method, wide)
    if np.isnan(both[0]):
        total = Estimate.undefined("each class has to be there")
    elif not moved.any():
        low, high = (sum(getattr(one, side) for one in estimates) for side in ("low", "high"))
        total = Estimate(0.0, low, high, f"{method}; the two never differ")
    p = 1.0 if not moved.any() else p_value(float(both[0]), both[1:], min(few), wide)
    return Reclassification(
        malignant_up=counts[True, 1],
        malignant_down=counts[True, -1],
        benign_up=counts[False, 1],
        benign_down=counts[False, -1],
        malignant=estimates[0],
        benign=estimates[1],
        nri=Estimate(total.value, total.low, total.high, total.method, label_array.size),
        p_value=p,
    )


def _estimate(gain: Floats, part: npt.NDArray[np.bool_], few: float, level: float, method: str) -> Estimate:
    n = int(part.sum())
    if not n:
        return Estimate(np.nan, np.nan, np.nan, "undefined: no nodule of that class", 0)
    if not np.ptp(gain[1:]) and not gain[0]:
        return replace(never_seen(few, level, method), n=n)
    one = interval(float(gain[0]), gain[1:], few, level, method, BOUNDS)
    return Estimate(one.value, one.low, one.high, one.method, n)
