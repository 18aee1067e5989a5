"""The scorecard: every metric of a set of predictions with its interval, and the counts behind them.

A metric is a line in METRICS and nothing elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge import weighted
from isthmus.judge.bootstrap import brier, precision_area
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, group_indices, mean_of_repeats, share
from isthmus.judge.jackknife import Prepare, clustered, counted
from isthmus.judge.metrics import Confusion, Floats, Labels, checked, confusion

FEW_GROUPS = 10  # of a class
CLUSTERED = ("accuracy", "sensitivity", "specificity")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sample:
    """What is scored; see ``scorecard``."""

    labels: Labels
    p: Floats
    groups: npt.ArrayLike | None
    threshold: float
    seed: int
    level: float

    @property
    def malignant(self) -> Mask:
        return np.equal(self.labels, 1)

    @property
    def called(self) -> Mask:
        """Which nodules are called malignant, (n,)."""
        return np.greater_equal(self.p, self.threshold)

    @property
    def every(self) -> Mask:
        return np.ones(self.labels.size, bool)

    def share(self, part: Mask, whole: Mask) -> Estimate:
        """The share of ``part`` in ``whole``, both (n,)."""
        return replace(share(part, whole, self.groups, self.level), n=int(whole.sum()))

    def clustered(self, statistic: weighted.Statistic) -> Estimate:
        """A statistic of all nodules, by the jackknife of groups."""
        estimate = clustered(statistic, self.labels, self.p, self.groups, self.seed, self.level)
        return replace(estimate, n=self.labels.size)

    def counted(self, prepare: Prepare) -> Estimate:
        """The same, of what is prepared once for all samples."""
        estimate = counted(prepare, self.labels, self.p, self.groups, self.seed, self.level)
        return replace(estimate, n=self.labels.size)

    def auc(self) -> Estimate:
        return replace(auc_within(self.labels, self.p, None, self.groups, self.level), n=self.labels.size)


@dataclass(frozen=True)
class Metric:
    """How a metric is estimated, and whether it depends on the threshold.

    ``empty`` says why it is undefined where both classes are there.
    """

    estimate: Callable[[Sample], Estimate]
    depends_on_threshold: bool = True
    empty: str = ""


def _recall(sample: Sample) -> Estimate:
    return sample.share(sample.called, sample.malignant)


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(lambda sample: sample.share(sample.called == sample.malignant, sample.every)),
    "precision": Metric(
        lambda sample: sample.share(sample.malignant, sample.called), empty="no nodule is called malignant"
    ),
    "recall": Metric(_recall),
    "sensitivity": Metric(_recall),
    "specificity": Metric(lambda sample: sample.share(~sample.called, ~sample.malignant)),
    "f1": Metric(lambda sample: sample.clustered(weighted.f1(sample.threshold))),
    "auc": Metric(Sample.auc, depends_on_threshold=False),
    "average_precision": Metric(lambda sample: sample.counted(precision_area), depends_on_threshold=False),
    "brier": Metric(lambda sample: sample.counted(brier), depends_on_threshold=False),
}


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Each metric's Estimate by name, in the order of METRICS, with the counts behind them.

    Where a group has two nodules or more, every interval takes groups into account: nodules of one patient are not
    independent. ``n`` counts nodules, ``groups`` their groups. Malignant is what has p >= ``threshold``. ``warnings``
    say which intervals are less reliable than their level.
    """

    metrics: Mapping[str, Estimate]
    n: int
    groups: int
    benign: int
    malignant: int
    threshold: float
    confusion: Confusion
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The scorecard as JSON-ready values; what is undefined is None.

        ``clustered`` repeats three metrics for readers of older scorecards, whose ``metrics`` took nodules for
        independent.
        """
        metrics = {name: estimate.as_json() for name, estimate in self.metrics.items()}
        return {
            "metrics": metrics,
            "clustered": {name: metrics[name] for name in CLUSTERED},
            "n": self.n,
            "groups": self.groups,
            "counts": {"benign": self.benign, "malignant": self.malignant},
            "threshold": self.threshold,
            "confusion": asdict(self.confusion),
            "warnings": list(self.warnings),
        }


def scorecard(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    threshold: float = 0.5,
    seed: int = 0,
    level: float = 0.95,
) -> Scorecard:
    """Scores predictions: Wilson intervals for proportions, at an effective n by group; the jackknife for the rest.

    Args:
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant), in 0 .. 1.
        groups: (n,), patient or group of each nodule; None: each nodule is its own group.
        threshold: the operating point; malignant is p >= threshold.
        seed: see ``jackknife.clustered``.
        level: confidence level of every interval.

    With one class only, what is undefined is nan and its method gives the reason. Raises ValueError.

    >>> card = scorecard([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> card.metrics["auc"].value, card.confusion
    (0.75, Confusion(tp=1, fp=1, tn=1, fn=1))
    """
    label_array, p_array = checked(labels, p)
    counts = confusion(label_array, p_array, threshold)
    members = group_indices(groups, label_array.size)
    sample = Sample(label_array, p_array, groups, threshold, seed, level)
    return Scorecard(
        metrics={name: _estimate(metric, sample) for name, metric in METRICS.items()},
        n=label_array.size,
        groups=int(members.max()) + 1,
        benign=int((label_array == 0).sum()),
        malignant=int((label_array == 1).sum()),
        threshold=float(threshold),
        confusion=counts,
        warnings=tuple(few_groups(label_array, members)),
    )


def mean_scorecard(cards: Sequence[Scorecard]) -> Scorecard:
    """The mean of the scorecards of several repeats on the same nodules: every estimate and count is a mean.

    So ``n`` counts nodules, not readings. One scorecard stays as it is.
    """
    first, count = cards[0], len(cards)
    if count == 1:
        return first
    matrices = [card.confusion for card in cards]
    return replace(
        first,
        metrics={name: mean_of_repeats([card.metrics[name] for card in cards]) for name in first.metrics},
        confusion=Confusion(
            tp=sum(matrix.tp for matrix in matrices) / count,
            fp=sum(matrix.fp for matrix in matrices) / count,
            tn=sum(matrix.tn for matrix in matrices) / count,
            fn=sum(matrix.fn for matrix in matrices) / count,
        ),
        warnings=tuple(dict.fromkeys(warning for card in cards for warning in card.warnings)),
    )


def _estimate(metric: Metric, sample: Sample) -> Estimate:
    """The metric's estimate; where it is undefined, with the reason in terms of nodules."""
    estimate = metric.estimate(sample)
    if not math.isnan(estimate.value):
        return estimate
    missing = "malignant" if not sample.malignant.any() else "benign"
    return replace(estimate, method=f"undefined: {metric.empty or f'no nodule is {missing}'}")


def few_groups(labels: Labels, members: npt.NDArray[np.int64]) -> Iterator[str]:
    """A warning for each class that comes from so few groups that intervals may be too narrow."""
    groups = {name: np.unique(members[labels == label]).size for label, name in enumerate(("benign", "malignant"))}
    for name, count in groups.items():
        if 0 < count < FEW_GROUPS:
            have = "group has" if count == 1 else "groups have"
            yield (
                f"{count} {have} a {name} nodule: below {FEW_GROUPS} of a class, "
                "intervals hold the truth less surely than they say"
            )
