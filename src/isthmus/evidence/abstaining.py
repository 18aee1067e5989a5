"""Coverage against accuracy: how right the verdicts are where only the most certain nodules get one.

Certain is a verdict that costs little on average (Chow, IEEE Trans Inf Theory 16, 1970). Who calls a nodule malignant
from P = t on holds that a missed cancer costs (1 - t) / t needless alarms. A benign verdict at P then costs P / t, a
malignant one (1 - P) / (1 - t), in units of the cost at the threshold, where either is 1: the ``doubt``. At t = .5 it
orders nodules by the distance of P from .5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.evidence.decided import Decided
from isthmus.evidence.operating import MAIN_POINT
from isthmus.evidence.reasons import shown
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.metrics import Floats, Labels

Groups = npt.NDArray[np.str_] | None

TINY = 1e-12
ASKED = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
FIGURES = ("accuracy", "sensitivity", "specificity")
RULE = (
    "answered are the nodules of least expected cost at the operating point: P / t below its threshold t, "
    "(1 - P) / (1 - t) from it on, P being calibrated"
)


@dataclass(frozen=True)
class Answered:
    """The figures of the nodules answered where a share of ``asked`` is: ``share`` is what ties made of it; accuracy,
    sensitivity and specificity are those of the ``benign`` and ``malignant`` nodules among them."""

    asked: float
    share: float
    benign: int
    malignant: int
    accuracy: Estimate
    sensitivity: Estimate
    specificity: Estimate

    def as_json(self) -> dict[str, Any]:
        """JSON's types."""
        counts = {"asked": self.asked, "share": self.share, "n": self.benign + self.malignant}
        classes = {"benign": self.benign, "malignant": self.malignant}
        return counts | classes | {name: shown(getattr(self, name)) for name in FIGURES}


@dataclass(frozen=True)
class Selective:
    """The figures at falling shares of ``n`` nodules answered, verdicts being those of an operating ``point``."""

    point: str
    n: int
    answered: tuple[Answered, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON's types."""
        return {"point": self.point, "rule": RULE, "n": self.n, "answered": [one.as_json() for one in self.answered]}


def selective(labels: Labels, fitted: Decided, groups: Groups, point: str = MAIN_POINT) -> Selective:
    """The figures at each share of ASKED. No label decides which nodules are answered."""
    doubts = doubt(fitted.p, fitted.cuts[point])
    return Selective(point, labels.size, tuple(answered(labels, fitted.called[point], doubts, groups)))


def doubt(p: Floats, threshold: Floats) -> Floats:
    """The expected cost of a verdict, (n,), 1 at the threshold.

    >>> doubt(np.array([0.0, 0.1, 0.2, 0.6, 1.0]), np.full(5, 0.2)).round(2).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    called = p >= threshold
    costs: Floats = np.where(called, 1 - p, p) / np.maximum(np.where(called, 1 - threshold, threshold), TINY)
    return costs


def answered(
    labels: Labels, called: npt.NDArray[np.bool_], doubts: Floats, groups: Groups, asked: Sequence[float] = ASKED
) -> list[Answered]:
    """The figures where each share ``asked`` is answered, those of least doubt. Nodules of one doubt go together, so
    that no order of the rows counts."""
    ordered, malignant, right = np.sort(doubts), labels == 1, called == (labels == 1)
    figures = []
    for one in asked:
        inside = doubts <= ordered[max(1, round(one * labels.size)) - 1]
        figures.append(
            Answered(
                one,
                float(inside.mean()),
                int((inside & ~malignant).sum()),
                int((inside & malignant).sum()),
                *(_share(right, inside & of, groups) for of in (np.ones_like(inside), malignant, ~malignant)),
            )
        )
    return figures


def _share(right: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_], groups: Groups) -> Estimate:
    one = share(right, inside, groups)
    return Estimate(one.value, one.low, one.high, one.method, int(inside.sum()))
