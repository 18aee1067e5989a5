"""The scorecard: every metric of a set of predictions with its interval, and the counts behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy.typing as npt

from isthmus.judge import weighted
from isthmus.judge.intervals import Estimate, clustered_bootstraps, group_indices, wilson
from isthmus.judge.metrics import Confusion, checked, confusion

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

    ``clustered`` repeats accuracy, sensitivity and specificity with a group-clustered interval: nodules of one
    patient are not independent, so that Wilson's may be too narrow. ``n`` counts nodules, ``groups`` their groups.
    Malignant is what has p >= ``threshold``.
    """

    metrics: Mapping[str, Estimate]
    clustered: Mapping[str, Estimate]
    n: int
    groups: int
    benign: int
    malignant: int
    threshold: float
    confusion: Confusion

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
        }


def scorecard(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    threshold: float = 0.5,
    seed: int = 0,
    resamples: int = 2000,
    level: float = 0.95,
) -> Scorecard:
    """Scores predictions: Wilson intervals for proportions, group-clustered bootstrap for the rest.

    Args:
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant), in 0 .. 1.
        groups: (n,), patient or group of each nodule; None: each its own.
        threshold: the operating point; malignant is p >= threshold.
        level: confidence level of every interval.

    With one class only, what is undefined is nan and its method says why. Raises ValueError.

    >>> card = scorecard([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], resamples=100)
    >>> card.metrics["auc"].value, card.confusion
    (0.75, Confusion(tp=1, fp=1, tn=1, fn=1))
    """
    label_array, p_array = checked(labels, p)
    counts = confusion(label_array, p_array, threshold)
    bootstrapped = clustered_bootstraps(
        {
            "f1": weighted.f1(threshold),
            "auc": weighted.auc,
            "average_precision": weighted.average_precision,
            "brier": weighted.brier,
            "accuracy": weighted.accuracy(threshold),
            "sensitivity": weighted.sensitivity(threshold),
            "specificity": weighted.specificity(threshold),
        },
        label_array,
        p_array,
        groups,
        resamples,
        seed,
        level,
    )
    recall = wilson(counts.tp, counts.malignant, level)
    estimates = bootstrapped | {
        "accuracy": wilson(counts.right, counts.n, level),
        "precision": wilson(counts.tp, counts.called_malignant, level),
        "recall": recall,
        "sensitivity": recall,
        "specificity": wilson(counts.tn, counts.benign, level),
    }
    return Scorecard(
        metrics={name: _explained(name, estimates[name], counts) for name in METRICS},
        clustered={
            name: _explained(name, bootstrapped[name], counts) for name in ("accuracy", "sensitivity", "specificity")
        },
        n=counts.n,
        groups=int(group_indices(groups, counts.n).max()) + 1,
        benign=counts.benign,
        malignant=counts.malignant,
        threshold=float(threshold),
        confusion=counts,
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
