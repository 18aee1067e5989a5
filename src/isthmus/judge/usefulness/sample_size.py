"""What more nodules would show, and how many a site needs to show a sensitivity.

Both multiply by the design effect, how many nodules in groups tell as much as one independent nodule, as measured on
nodules like those to come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import binom

from isthmus.judge.intervals import (
    ROUNDING,
    Estimate,
    check_level,
    group_indices,
    jackknife_error,
    wilson,
)

MOST = 100_000  # malignant nodules that are looked at


@dataclass(frozen=True)
class Needed:
    """How many nodules show with ``power`` that a sensitivity is ``at_least``, if it is ``sensitivity``.

    ``independent`` malignant nodules, of which at most ``may_miss`` may be missed; ``malignant`` with the design
    effect, ``n`` with the benign ones at ``prevalence``, None where none is stated.
    """

    at_least: float
    sensitivity: float
    power: float
    design_effect: float
    independent: int
    may_miss: int
    malignant: int
    prevalence: float | None
    n: int | None

    def as_json(self) -> dict[str, float | int | None]:
        return dict(vars(self))


def nodules_needed(
    sensitivity: float,
    at_least: float = 0.90,
    power: float = 0.80,
    design_effect: float = 1.0,
    prevalence: float | None = None,
    level: float = 0.95,
) -> Needed:
    """The fewest malignant nodules from which on the exact interval's lower bound (Clopper and Pearson, Biometrika 26,
    1934) is above ``at_least`` with probability ``power``, for this and every greater number.

    The design effect multiplies what is exact for independent nodules. Raises ValueError, also where more than
    100,000 are needed.

    >>> nodules_needed(0.95).independent, nodules_needed(1.0).independent
    (255, 36)
    """
    check_level(level)
    if not 0 < at_least < sensitivity <= 1:
        raise ValueError(f"a sensitivity of {sensitivity:g} can't be shown to be at least {at_least:g}")
    if not 0 < power < 1 or not design_effect > 0:
        raise ValueError("power has to be between 0 and 1, the design effect above 0")
    if prevalence is not None and not 0 < prevalence <= 1:
        raise ValueError(f"prevalence = {prevalence} is not above 0 and at most 1")
    n = np.arange(1, MOST + 1)
    fewest = binom.isf((1 - level) / 2, n, at_least) + 1  # found, for the lower bound to lie above at_least
    short = np.flatnonzero(binom.sf(fewest - 1, n, sensitivity) < power)
    if short.size and short[-1] + 1 >= MOST:
        raise ValueError(f"more than {MOST} malignant nodules are needed")
    independent = int(short[-1]) + 2 if short.size else 1
    malignant = math.ceil(independent * design_effect - ROUNDING)
    return Needed(
        at_least=at_least,
        sensitivity=sensitivity,
        power=power,
        design_effect=design_effect,
        independent=independent,
        may_miss=independent - int(fewest[independent - 1]),
        malignant=malignant,
        prevalence=prevalence,
        n=None if prevalence is None else math.ceil(malignant / prevalence - ROUNDING),
    )


def design_effect(part: npt.ArrayLike, whole: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> float:
    """The variance of a share by the jackknife of groups over that of independent nodules (Kish 1965), 1 at least.

    ``part`` and ``whole`` are (n,) of bool; 1 where nothing tells it. Raises ValueError.

    >>> round(design_effect([1, 1, 0, 0, 1, 1, 0, 0], [1] * 8, ["a", "a", "b", "b", "c", "c", "d", "d"]), 2)
    2.67
    """
    inside = np.asarray(whole, bool)
    counted, members = np.asarray(part, bool) & inside, group_indices(groups, inside.size)
    parts, sizes = np.bincount(members[inside], counted[inside]), np.bincount(members[inside])
    parts, sizes = parts[sizes > 0], sizes[sizes > 0]
    n = int(sizes.sum())
    if sizes.size < 2 or sizes.max() == 1:
        return 1.0
    value = parts.sum() / n
    independent = value * (1 - value) / n
    deviation = jackknife_error((parts.sum() - parts) / (n - sizes)).deviation
    return max(1.0, float(deviation**2 / independent)) if independent > ROUNDING else 1.0


def share_with_more(value: float, n: int, more: int, design_effect: float = 1.0, level: float = 0.95) -> Estimate:
    """A share of ``n`` nodules, with the Wilson interval that it would have with ``more`` of them, the share and the
    groups being what they are. Raises ValueError.

    >>> one = share_with_more(0.9, 100, 300)
    >>> round(one.low, 3), round(one.high, 3)
    (0.867, 0.926)
    """
    if n < 1 or more < 0 or design_effect < 1 or not 0 <= value <= 1:
        raise ValueError("a share in 0 .. 1 of one nodule or more, none fewer and a design effect of 1 are needed")
    effective = (n + more) / design_effect
    one = wilson(value * effective, effective, level)
    return replace(one, method=f"{one.method}, expected with {more} more nodules", n=n + more)


def with_more(estimate: Estimate, n: int, more: int, bounds: tuple[float, float] = (0.0, 1.0)) -> Estimate:
    """An estimate on ``n`` nodules, such as an AUC, with the interval that it would have with ``more`` of the same
    mixture: its halves, on the logit of its range, shrink with the root of the number. Raises ValueError.

    >>> one = with_more(Estimate(0.8, 0.7, 0.87, "x"), 100, 300)
    >>> round(one.low, 3), round(one.high, 3)
    (0.753, 0.838)
    """
    if n < 1 or more < 0:
        raise ValueError("the estimate is of one nodule or more, and no fewer are to come")
    if not all(map(math.isfinite, (estimate.value, estimate.low, estimate.high))):
        return replace(estimate, n=n + more)
    least, most = bounds
    inside = np.array([estimate.value, estimate.low, estimate.high])
    value, low, high = logit(np.clip((inside - least) / (most - least), ROUNDING, 1 - ROUNDING))
    shrunk = math.sqrt(n / (n + more))
    low, high = (
        least + (most - least) * float(expit(value + shrunk * (bound - value))) for bound in (float(low), float(high))
    )
    method = f"{estimate.method}, expected with {more} more nodules"
    return Estimate(estimate.value, min(low, estimate.value), max(high, estimate.value), method, n + more)
