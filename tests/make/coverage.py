"""How often intervals of 95 % hold the truth, on simulated nodules of known law.

    PYTHONPATH=src python tests/make/coverage.py [--groups 25] [--sets 1000] [--seed 0]

Groups have 1 to 6 nodules, or 3, and some share one label; the scores of a group are correlated, and P(malignant)
is calibrated. The true values are those of one simulated population of 300,000 groups, nodule by nodule.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from isthmus.judge import metrics
from isthmus.judge.calibration import calibration
from isthmus.judge.compare import accuracy_difference, mcnemar
from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate
from isthmus.judge.roc import roc
from isthmus.judge.scorecard import scorecard

POPULATION = 300_000
FOLDS = 3
RATES = (10, 20, 50)  # hundredths of the false positive rate
RESAMPLES, ROC_EVERY = 200, 10  # the band is slow: every tenth set

Array = np.ndarray[Any, Any]
Estimates = Mapping[str, Estimate]


@dataclass(frozen=True)
class Law:
    """How groups of nodules come about, and two models that read them, the second no better."""

    name: str
    auc: float
    prevalence: float
    shared: float  # share of the groups that have one label throughout
    within: float  # correlation of scores in a group, given the label
    sizes: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    reached: float = 0.0  # sensitivity at the threshold; 0: the threshold is 0.5
    other: float = 0.05  # by how much the second model's AUC is lower

    def draw(self, groups: int, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
        """Labels, the first model's p, the second's, and groups, each (n,)."""
        of = np.repeat(np.arange(groups), random.choice(self.sizes, groups))
        one = (random.random(groups) < self.shared)[of]
        whole = (random.random(groups) < self.prevalence)[of]
        labels = np.where(one, whole, random.random(of.size) < self.prevalence).astype(np.int64)
        common, *own = (self._noise(of, random) for _ in range(3))
        p = []
        for auc, noise in zip((self.auc, self.auc - self.other), own, strict=True):
            apart = 2**0.5 * norm.ppf(auc)
            score = apart * labels + (common + noise) / 2**0.5
            p.append(expit(logit(self.prevalence) + apart * score - apart**2 / 2))
        return labels, p[0], p[1], of

    def _noise(self, of: Array, random: np.random.Generator) -> Array:
        shared = random.normal(size=int(of.max()) + 1)[of]
        return self.within**0.5 * shared + (1 - self.within) ** 0.5 * random.normal(size=of.size)


LAWS = (
    Law("usual, few malignant", 0.85, 0.3, 0.8, 0.5),
    Law("usual, many malignant", 0.85, 0.7, 0.8, 0.5, other=0.0),
    Law("good, few malignant, sensitivity .97", 0.95, 0.3, 0.8, 0.3, reached=0.97),
    Law("good, many malignant", 0.95, 0.7, 0.8, 0.5, other=0.1),
    Law("poor, many malignant, sensitivity .97", 0.7, 0.7, 0.8, 0.3, reached=0.97),
    Law("labels of their own, sensitivity .97", 0.7, 0.3, 0.0, 0.7, reached=0.97),
    Law("three nodules each", 0.87, 0.5, 0.0, 0.5, (3,)),
    Law("three nodules each, one label", 0.85, 0.5, 1.0, 0.5, (3,), other=0.02),
)


def everything(labels: Array, p: Array, second: Array, groups: Array, threshold: float) -> dict[str, Estimate]:
    """Every interval of ``judge``, by name; the ROC band apart."""
    folds = groups % FOLDS
    fit = calibration(labels, p, groups)
    return {
        **scorecard(labels, p, groups, threshold).metrics,
        "auc_within_folds": auc_within(labels, p, folds, groups),
        "auc_difference": delong(labels, p, second, groups).estimate,
        "auc_within_difference": delong(labels, p, second, groups, (folds, folds)).estimate,
        "accuracy_difference": accuracy_difference(labels, p, second, threshold, groups),
        "calibration_slope": fit.slope,
        "calibration_intercept": fit.intercept,
    }


def band(labels: Array, p: Array, groups: Array) -> dict[str, Estimate]:
    """The ROC band at RATES."""
    curve = roc(labels, p, groups, RESAMPLES)
    at = np.interp(curve.grid, curve.false_positive_rate, curve.sensitivity)
    return {f"roc_at_{rate}": Estimate(at[rate], curve.low[rate], curve.high[rate], "") for rate in RATES}


def truth(law: Law) -> tuple[float, dict[str, float]]:
    """The threshold, and the true value behind each interval."""
    labels, p, second, _ = law.draw(POPULATION, np.random.default_rng(2**32))
    threshold = float(np.quantile(p[labels == 1], 1 - law.reached)) if law.reached else 0.5
    counts, others = (metrics.confusion(labels, one, threshold) for one in (p, second))
    areas = [metrics.auc(labels, one) for one in (p, second)]
    curve = roc(labels, p, None, 2)
    return threshold, {
        "accuracy": metrics.accuracy(counts),
        "precision": metrics.precision(counts),
        "sensitivity": metrics.sensitivity(counts),
        "specificity": metrics.specificity(counts),
        "f1": metrics.f_measure(counts),
        "auc": areas[0],
        "average_precision": metrics.average_precision(labels, p),
        "brier": metrics.brier(labels, p),
        "auc_within_folds": areas[0],
        "auc_difference": areas[0] - areas[1],
        "auc_within_difference": areas[0] - areas[1],
        "accuracy_difference": metrics.accuracy(counts) - metrics.accuracy(others),
        "calibration_slope": 1.0,
        "calibration_intercept": 0.0,
        **{
            f"roc_at_{rate}": float(np.interp(rate / 100, curve.false_positive_rate, curve.sensitivity))
            for rate in RATES
        },
    }


def covered(
    law: Law, groups: int, sets: int, seed: int, judge: Callable[..., Estimates] = everything
) -> dict[str, Array]:
    """For each interval that there was: 1 where it held the truth, else 0; sets of one class are drawn again."""
    threshold, true = truth(law)
    random, held = np.random.default_rng(seed), defaultdict(list)
    for number, (labels, p, second, of) in enumerate(_sets(law, groups, sets, random)):
        found = dict(judge(labels, p, second, of, threshold))
        if judge is everything and number % ROC_EVERY == 0:
            found |= band(labels, p, of)
        for name, value in true.items():
            if name in found and not np.isnan(found[name].low):
                held[name].append(found[name].low - 1e-9 <= value <= found[name].high + 1e-9)
        if judge is everything and not law.other:
            held["mcnemar_not_rejected"].append(mcnemar(labels, p, second, threshold, of).p_value >= 0.05)
    return {name: np.array(values, dtype=float) for name, values in held.items()}


def _sets(law: Law, groups: int, sets: int, random: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
    while sets:
        drawn = law.draw(groups, random)
        if 0 < drawn[0].sum() < drawn[0].size:
            sets -= 1
            yield drawn


def main() -> None:
    """Prints a row an interval: the share of sets that it held the truth in, a column a law, and those without one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("groups", 25), ("sets", 1000), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    found = [covered(law, given.groups, given.sets, given.seed) for law in LAWS]
    print(f"{given.groups} groups, {given.sets} sets")
    for number, law in enumerate(LAWS):
        print(f"{number + 1}: {law}")
    for name in dict.fromkeys(name for one in found for name in one):
        shares = [f"{one[name].mean():.3f}" if name in one else "-" for one in found]
        fewer = sum(given.sets - one[name].size for one in found if name in one) if "roc" not in name else 0
        print(f"{name:24}", *shares, f" without: {fewer}" if fewer else "")


if __name__ == "__main__":
    main()
