"""One figure of merit of every reader in every mode, and the covariance of all of them over nodules.

All readers read the same nodules, so their figures vary together. The covariance is found by the jackknife of whole
patients (Quenouille; what RJafroc and OR-DBM MRMC use by default), for AUCs also after DeLong et al. (Biometrics 44,
1988) with patients after Obuchowski (Biometrics 53, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from isthmus.judge.delong import area_and_without
from isthmus.judge.intervals import group_indices
from isthmus.judge.jackknife import with_and_without
from isthmus.judge.metrics import Floats, Labels, checked_scores

Members = npt.NDArray[np.int64]
JACKKNIFE, DELONG = "jackknife", "DeLong"
TOO_FEW = "each class has to come from two patients or more"


@dataclass(frozen=True, eq=False)
class Figures:
    """``values`` (modes, readers), their ``covariance`` (modes, readers, modes, readers) over nodules, and its method.

    ``n`` counts the nodules that each value is a figure of, ``groups`` their patients.
    """

    values: Floats
    covariance: Floats
    method: str
    n: int
    groups: int

    def of_mode(self, mode: int) -> Figures:
        """Those of one mode alone, (1, readers)."""
        at = slice(mode, mode + 1)
        return Figures(self.values[at], self.covariance[at, :, at], self.method, self.n, self.groups)


def areas(labels: npt.ArrayLike, scores: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Figures:
    """AUCs, ties half, with the jackknife's covariance.

    Args:
        labels: (nodules,), 0 benign or 1 malignant.
        scores: (modes, readers, nodules), any finite numbers, the higher the more likely malignant.
        groups: (nodules,), the patient of each; None: each nodule is its own.

    Raises ValueError, also where a class comes from fewer than two patients.

    >>> areas([0, 0, 1, 1], [[[1, 3, 3, 5], [1, 2, 3, 4]]]).values
    array([[0.875, 1.   ]])
    """
    label_array, score_array, members = _checked(labels, scores, groups)
    places = _places(score_array)
    count = int(members.max()) + 1
    both = [[area_and_without(label_array, one, members, count) for one in mode] for mode in places]
    values = np.array([[value for value, _ in mode] for mode in both])
    without = np.array([[left for _, left in mode] for mode in both])
    return Figures(values, _jackknife(without), JACKKNIFE, label_array.size, count)


def areas_delong(labels: npt.ArrayLike, scores: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Figures:
    """As ``areas``, with the covariance of DeLong, or of Obuchowski where patients have several nodules."""
    label_array, score_array, members = _checked(labels, scores, groups)
    modes, readers, n = score_array.shape
    flat, malignant = score_array.reshape(-1, n), label_array == 1
    ranks, benign_count, malignant_count = rankdata(flat, axis=1), int((~malignant).sum()), int(malignant.sum())
    beaten = (ranks[:, malignant] - rankdata(flat[:, malignant], axis=1)) / benign_count
    beating = 1 - (ranks[:, ~malignant] - rankdata(flat[:, ~malignant], axis=1)) / malignant_count
    values = beaten.mean(axis=1)
    count = int(members.max()) + 1
    up = _sums((beaten - values[:, None]) / malignant_count, members[malignant], count)
    down = _sums((beating - values[:, None]) / benign_count, members[~malignant], count)
    cross = up @ down.T
    covariance = (
        _unbiased(np.unique(members[malignant]).size) * up @ up.T
        + _unbiased(np.unique(members[~malignant]).size) * down @ down.T
        + _unbiased(count) * (cross + cross.T)
    )
    shape = (modes, readers)
    return Figures(values.reshape(shape), covariance.reshape(*shape, *shape), DELONG, n, count)


def shares(part: npt.ArrayLike, whole: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Figures:
    """The share of ``part`` (modes, readers, nodules) in ``whole`` (nodules,), as sensitivity is of the malignant.

    With the jackknife's covariance. Raises ValueError where ``whole`` comes from fewer than two patients.
    """
    inside, counted = np.asarray(whole, bool), np.asarray(part, bool)
    members = group_indices(None if groups is None else np.asarray(groups)[inside], int(inside.sum()))
    if np.unique(members).size < 2:
        raise ValueError(TOO_FEW)
    ones = np.ones(members.size)
    both = np.array([[with_and_without(one[inside], ones, members) for one in mode] for mode in counted])
    return Figures(both[..., 0], _jackknife(both[..., 1:]), JACKKNIFE, members.size, both.shape[-1] - 1)


def _checked(
    labels: npt.ArrayLike, scores: npt.ArrayLike, groups: npt.ArrayLike | None
) -> tuple[Labels, Floats, Members]:
    score_array = np.asarray(scores, dtype=np.float64)
    if score_array.ndim != 3 or not score_array.size:
        raise ValueError(f"scores of shape {score_array.shape} aren't (modes, readers, nodules)")
    label_array = checked_scores(labels, score_array[0, 0])[0]
    if not np.isfinite(score_array).all():
        raise ValueError("a score is not a finite number")
    members = group_indices(groups, label_array.size)
    if min(np.unique(members[label_array == label]).size for label in (0, 1)) < 2:
        raise ValueError(TOO_FEW)
    return label_array, score_array, members


def _places(scores: Floats) -> Floats:
    """The scores' places in the order of all of them, from 0 to 1, equal for ties."""
    values, at = np.unique(scores, return_inverse=True)
    return np.asarray(at.reshape(scores.shape) / max(1, values.size - 1), np.float64)


def _jackknife(without: Floats) -> Floats:
    """The covariance of figures from their values without each patient, (modes, readers, patients)."""
    modes, readers, count = without.shape
    changes = (without - without.mean(axis=-1, keepdims=True)).reshape(-1, count)
    covariance = (count - 1) / count * changes @ changes.T
    return np.asarray(covariance.reshape(modes, readers, modes, readers))


def _sums(values: Floats, members: Members, count: int) -> Floats:
    """The sum of each row's values over each patient, (rows, patients)."""
    return np.array([np.bincount(members, row, count) for row in values])


def _unbiased(count: int) -> float:
    return count / (count - 1)
