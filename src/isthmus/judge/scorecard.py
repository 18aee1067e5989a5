"""The scorecard: every metric of a set of predictions with its interval, and the counts behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge import weighted
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, group_indices, share
from isthmus.judge.jackknife import clustered_each
from isthmus.judge.metrics import Confusion, Labels, checked, confusion

FEW_GROUPS = 10  # of a class
CLUSTERED = ("accuracy", "sensitivity", "specificity")

METRICS = (
    "accuracy",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "f1",
    "auc",
    "average_precision",
    "brier",
)


@dataclass(frozen=True)
class Scorecard:
    """Each metric's Estimate by name, in the order of METRICS, with the counts behind them.

    Where a group has two nodules or more, every interval takes groups into account: nodules of one patient are not
    independent. ``clustered`` has accuracy, sensitivity and specificity once more, for readers of older scorecards,
    whose ``metrics`` took nodules for independent. ``n`` counts nodules, ``groups`` their groups. Malignant is what has
    p >= ``threshold``. ``warnings`` say where intervals hold less than they say.
    """

    metrics: Mapping[str, Estimate]
    clustered: Mapping[str, Estimate]
    n: int
    groups: int
    benign: int
    malignant: int
    threshold: float
    confusion: Confusion
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The scorecard as JSON-ready values; what is undefined is None."""
        return {
            "metrics": {name: estimate.as_json() for name, estimate in self.metrics.items()},
            "clustered": {name: estimate.as_json() for name, estimate in self.clustered.items()},
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
        groups: (n,), patient or group of each nodule; None: each its own.
        threshold: the operating point; malignant is p >= threshold.
        seed: see ``jackknife.clustered``.
        level: confidence level of every interval.

    With one class only, what is undefined is nan and its method says why. Raises ValueError.

    >>> card = scorecard([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> card.metrics["auc"].value, card.confusion
    (0.75, Confusion(tp=1, fp=1, tn=1, fn=1))
    """
    label_array, p_array = checked(labels, p)
    counts = confusion(label_array, p_array, threshold)
    members = group_indices(groups, counts.n)
    malignant, called = label_array == 1, p_array >= threshold
    recall = share(called, malignant, groups, level)
    smooth = {
        "f1": weighted.f1(threshold),
        "average_precision": weighted.average_precision,
        "brier": weighted.brier,
    }
    estimates = clustered_each(smooth, label_array, p_array, groups, seed, level) | {
        "accuracy": share(called == malignant, np.ones_like(malignant), groups, level),
        "precision": share(malignant, called, groups, level),
        "recall": recall,
        "sensitivity": recall,
        "specificity": share(~called, ~malignant, groups, level),
        "auc": auc_within(label_array, p_array, None, groups, level),
    }
    metrics = {name: _explained(name, estimates[name], counts) for name in METRICS}
    return Scorecard(
        metrics=metrics,
        clustered={name: metrics[name] for name in CLUSTERED},
        n=counts.n,
        groups=int(members.max()) + 1,
        benign=counts.benign,
        malignant=counts.malignant,
        threshold=float(threshold),
        confusion=counts,
        warnings=tuple(_warnings(label_array, members)),
    )


def _warnings(labels: Labels, members: npt.NDArray[np.int64]) -> Iterator[str]:
    groups = {name: np.unique(members[labels == label]).size for label, name in enumerate(("benign", "malignant"))}
    for name, count in groups.items():
        if 0 < count < FEW_GROUPS:
            have = "group has" if count == 1 else "groups have"
            yield (
                f"{count} {have} a {name} nodule: below {FEW_GROUPS} of a class, "
                "intervals hold the truth less surely than they say"
            )


def _explained(name: str, estimate: Estimate, counts: Confusion) -> Estimate:
    """The estimate; where it is undefined, with the reason in terms of nodules."""
    if not math.isnan(estimate.value):
        return estimate
    if name == "precision":
        reason = "no nodule is called malignant"
    else:
        reason = "no nodule is malignant" if counts.malignant == 0 else "no nodule is benign"
    return replace(estimate, method=f"undefined: {reason}")
