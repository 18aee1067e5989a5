"""The Obuchowski-Rockette test of two modes read by the same readers, with Hillis' degrees of freedom (MRMC).

Readers and nodules both are samples: another panel on other nodules would give another difference. The variance of
readers' figures is that of a two-way table, modes by readers; what they share by reading the same nodules is their
covariance, averaged to three numbers: cov1 one reader in both modes, cov2 two readers in one mode, cov3 two readers in
two modes (Obuchowski and Rockette, Commun Stat Simul Comput 24, 1995; Hillis, Stat Med 26, 2007; Hillis et al., Stat
Med 24, 2005). Intervals are symmetrical and not bounded, as published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from isthmus.judge.intervals import ROUNDING, Estimate, check_level
from isthmus.judge.metrics import Floats
from isthmus.judge.readers.figures import Figures

ONE_READER = "one reader doesn't show how readers differ"
NO_VARIATION = "the readers' figures don't vary"


@dataclass(frozen=True)
class Components:
    """Mean squares of modes, readers and both, and the variance and covariances over nodules; estimates may be below 0.

    ``reader`` and ``mode_reader`` are the variances of readers, and of readers' response to the mode.
    """

    ms_mode: float
    ms_reader: float
    ms_mode_reader: float
    error: float
    cov1: float
    cov2: float
    cov3: float

    @property
    def reader(self) -> float:
        return (self.ms_reader - self.ms_mode_reader) / 2 - self.cov1 + self.cov3

    @property
    def mode_reader(self) -> float:
        return self.ms_mode_reader - self.error + self.cov1 + max(self.cov2 - self.cov3, 0.0)

    def as_json(self) -> dict[str, float]:
        return {**vars(self), "var_reader": self.reader, "var_mode_reader": self.mode_reader}


@dataclass(frozen=True)
class Test:
    """The difference of the second mode's mean less the first's, with its interval and p-value.

    ``statistic`` is t with ``df`` degrees of freedom, z where these are infinite; its square is the published F or
    chi-square. Numbers are nan where ``reason`` says why.
    """

    __test__ = False  # no test of pytest's

    effect: float
    low: float
    high: float
    p_value: float
    error: float
    statistic: float
    df: float
    reason: str = ""

    def as_json(self) -> dict[str, float | str | None]:
        """The numbers, None for what is undefined; ``df`` is None for a z test, too."""
        numbers = {name: value for name, value in vars(self).items() if name != "reason"}
        plain: dict[str, float | str | None] = {
            name: value if math.isfinite(value) else None for name, value in numbers.items()
        }
        return plain | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two modes compared: ``means`` over readers, (2,), and the test for readers and nodules like these, for these
    very readers, and for these very nodules."""

    means: Floats
    components: Components
    random: Test
    fixed_readers: Test
    fixed_nodules: Test
    method: str
    n: int
    groups: int
    readers: int


def compare(figures: Figures, level: float = 0.95) -> Comparison:
    """Compares the two modes of ``figures``. Raises ValueError unless there are two.

    With one reader, what takes readers for a sample is undefined and ``fixed_readers`` is the paired test of that one.
    """
    modes, readers = figures.values.shape
    check_level(level)
    if modes != 2:
        raise ValueError(f"the test takes two modes, not {modes}")
    parts, means = components(figures), figures.values.mean(axis=1)
    effect = float(means[1] - means[0])
    shared = max(parts.cov2 - parts.cov3, 0.0)
    both, alone = parts.ms_mode_reader + readers * shared, parts.ms_mode_reader
    within = parts.error - parts.cov1 + (readers - 1) * shared
    fixed = _test(effect, 2 / readers * within, math.inf, level)
    if readers < 2:
        none = _undefined(effect, ONE_READER)
        random, fixed_nodules = none, none
    else:
        freedom = (readers - 1) * (both / alone) ** 2 if alone > ROUNDING**2 else math.inf
        random = _test(effect, 2 / readers * both, freedom, level)
        fixed_nodules = _test(effect, 2 / readers * alone, readers - 1, level)
    return Comparison(means, parts, random, fixed, fixed_nodules, figures.method, figures.n, figures.groups, readers)


def components(figures: Figures) -> Components:
    """The components of two modes; 0 where there are no two readers to compare."""
    values, covariance = figures.values, figures.covariance
    readers = values.shape[1]
    by_mode, by_reader, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    rest = values - by_mode[:, None] - by_reader[None] + mean
    free = max(readers - 1, 1)
    same, across = (covariance[0, :, 0] + covariance[1, :, 1]) / 2, (covariance[0, :, 1] + covariance[1, :, 0]) / 2
    return Components(
        ms_mode=readers * float(((by_mode - mean) ** 2).sum()),
        ms_reader=2 / free * float(((by_reader - mean) ** 2).sum()),
        ms_mode_reader=float((rest**2).sum()) / free,
        error=float(np.diag(same).mean()),
        cov1=float(np.diag(across).mean()),
        cov2=_off_diagonal(same),
        cov3=_off_diagonal(across),
    )


def mean_of_readers(figures: Figures, level: float = 0.95) -> Estimate:
    """The mean over readers of one mode's figures, (1, readers), with its interval for readers and nodules like these.

    The interval is cut off at 0 and 1. Without an interval for one reader, or where nothing varies. Raises ValueError
    for several modes.
    """
    modes, readers = figures.values.shape
    check_level(level)
    if modes != 1:
        raise ValueError(f"a mean is of one mode, not of {modes}")
    value = float(figures.values.mean())
    if readers < 2:
        return Estimate(value, math.nan, math.nan, f"no interval: {ONE_READER}", figures.n)
    between = float(figures.values.var(ddof=1))
    both = between + readers * max(_off_diagonal(figures.covariance[0, :, 0]), 0.0)
    if both <= ROUNDING**2:
        return Estimate(value, math.nan, math.nan, f"no interval: {NO_VARIATION}", figures.n)
    freedom = (readers - 1) * (both / between) ** 2 if between > ROUNDING**2 else math.inf
    half = _quantile(freedom, level) * math.sqrt(both / readers)
    method = f"Obuchowski-Rockette-Hillis {100 * level:g} % of {readers} readers and {figures.groups} patients"
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), method, figures.n)


def _test(effect: float, variance: float, freedom: float, level: float) -> Test:
    error = math.sqrt(max(variance, 0.0))
    if error <= ROUNDING:
        if abs(effect) <= ROUNDING:
            return Test(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, freedom)
        return _undefined(effect, NO_VARIATION)
    half, statistic = _quantile(freedom, level) * error, effect / error
    p_value = float(2 * student.sf(abs(statistic), freedom))
    return Test(effect, effect - half, effect + half, p_value, error, statistic, freedom)


def _undefined(effect: float, reason: str) -> Test:
    return Test(effect, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, reason)


def _quantile(freedom: float, level: float) -> float:
    return float(student.ppf((1 + level) / 2, freedom))


def _off_diagonal(square: Floats) -> float:
    """The mean beside the diagonal, 0 of one by one."""
    count = square.shape[0]
    return float((square.sum() - np.trace(square)) / (count * (count - 1))) if count > 1 else 0.0
