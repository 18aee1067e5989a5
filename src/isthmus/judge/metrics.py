"""The confusion matrix of Table 2, the metrics of Eq. (9) to (12), and those that need no threshold.

Labels are 0 for benign and 1 for malignant; malignant is the positive class. Every ``p`` is P(malignant), in 0 .. 1.
0 / 0 is nan, here and everywhere in ``judge``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Counts of nodules (Table 2): malignant ones called malignant (tp) or benign (fn), benign ones likewise (fp, tn).

    Whole numbers, or means of several confusion matrices. Raises ValueError for a count below 0.
    """

    tp: float
    fp: float
    tn: float
    fn: float

    def __post_init__(self) -> None:
        if min(self.tp, self.fp, self.tn, self.fn) < 0:
            raise ValueError(f"a count of nodules is below 0: {self}")

    @property
    def malignant(self) -> float:
        return self.tp + self.fn

    @property
    def benign(self) -> float:
        return self.fp + self.tn

    @property
    def called_malignant(self) -> float:
        return self.tp + self.fp

    @property
    def right(self) -> float:
        return self.tp + self.tn

    @property
    def n(self) -> float:
        return self.malignant + self.benign


def checked(labels: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Labels, Floats]:
    """The two as arrays of one length. Raises ValueError if they aren't labels (0, 1) and probabilities."""
    label_array, p_array = _paired(labels, p, "p")
    if not ((p_array >= 0) & (p_array <= 1)).all():
        raise ValueError("p holds something that is not a probability in 0 .. 1")
    return label_array, p_array


def checked_scores(labels: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Labels, Floats]:
    """As ``checked``, for any finite numbers; see ``judge.scores``. Raises ValueError."""
    label_array, score_array = _paired(labels, scores, "scores")
    if not np.isfinite(score_array).all():
        raise ValueError("a score is not a finite number")
    return label_array, score_array


def _paired(labels: npt.ArrayLike, values: npt.ArrayLike, name: str) -> tuple[Labels, Floats]:
    label_array, array = np.asarray(labels), np.asarray(values, dtype=np.float64)
    if label_array.ndim != 1 or label_array.shape != array.shape:
        raise ValueError(
            f"labels of shape {label_array.shape} don't go with {name} of shape {array.shape}; give one each"
        )
    if label_array.size == 0:
        raise ValueError("there is no nodule to judge")
    if not np.isin(label_array, (0, 1)).all():
        raise ValueError("a label is neither 0 (benign) nor 1 (malignant)")
    return label_array.astype(np.int64), array


def confusion(labels: npt.ArrayLike, p: npt.ArrayLike, threshold: float = 0.5) -> Confusion:
    """Counts of Table 2, calling malignant what has p >= threshold. Raises ValueError.

    >>> confusion([1, 1, 0, 0], [0.9, 0.2, 0.5, 0.1])
    Confusion(tp=1, fp=1, tn=1, fn=1)
    """
    label_array, p_array = checked(labels, p)
    if math.isnan(threshold):
        raise ValueError("the threshold is not a number")
    malignant, called = label_array == 1, p_array >= threshold
    return Confusion(
        tp=int((malignant & called).sum()),
        fp=int((~malignant & called).sum()),
        tn=int((~malignant & ~called).sum()),
        fn=int((malignant & ~called).sum()),
    )


def accuracy(counts: Confusion) -> float:
    """Share of all nodules called rightly, Eq. (9)."""
    return _share(counts.right, counts.n)


def precision(counts: Confusion) -> float:
    """Share of the nodules called malignant that are, Eq. (10); nan where none is called malignant."""
    return _share(counts.tp, counts.called_malignant)


def recall(counts: Confusion) -> float:
    """Share of the malignant nodules called malignant, Eq. (11); nan where none is malignant."""
    return _share(counts.tp, counts.malignant)


def f_measure(counts: Confusion, beta: float = 1.0) -> float:
    """Weighted harmonic mean of precision and recall, Eq. (12); a larger ``beta`` favours recall.

    Eq. (12) as printed is wrong for beta != 1: it multiplies the whole of precision + recall by beta squared, not
    precision alone. This is the standard F-measure (van Rijsbergen 1979), equal to it at beta = 1. Nan where recall
    is undefined; 0 where there are malignant nodules and none is called malignant. Raises ValueError unless beta > 0.

    >>> round(f_measure(Confusion(tp=69, fp=5, tn=105, fn=2)), 4)
    0.9517
    """
    if not 0 < beta < math.inf:
        raise ValueError(f"beta = {beta} is not a number above 0")
    if counts.malignant == 0:
        return math.nan
    weight = beta**2
    return _share((1 + weight) * counts.tp, counts.called_malignant + weight * counts.malignant)


def sensitivity(counts: Confusion) -> float:
    """Recall by its clinical name: share of the malignant nodules called malignant, Eq. (11)."""
    return recall(counts)


def specificity(counts: Confusion) -> float:
    """Share of the benign nodules called benign; nan where none is benign."""
    return _share(counts.tn, counts.benign)


def auc(labels: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Chance that a malignant nodule has the higher p of a pair, ties counted half; nan with one class only."""
    label_array, p_array = checked(labels, p)
    return float(roc_auc_score(label_array, p_array)) if _both(label_array) else math.nan


def average_precision(labels: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Precision averaged over the steps of recall, without interpolation; nan with one class only.

    Chance level is the share of malignant nodules. Without benign ones it would be 1 whatever p says, hence nan.
    """
    label_array, p_array = checked(labels, p)
    return float(average_precision_score(label_array, p_array)) if _both(label_array) else math.nan


def brier(labels: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean squared distance of p from what the nodule is (Brier 1950), in 0 .. 1; lower is better."""
    label_array, p_array = checked(labels, p)
    return float(brier_score_loss(label_array, p_array, pos_label=1))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _both(labels: Labels) -> bool:
    return bool(labels.min() != labels.max())
