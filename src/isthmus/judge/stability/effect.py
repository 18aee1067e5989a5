"""What changes of the pictures do to a model's answers: ranking, verdicts, and P(malignant) itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.compare import holm
from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate, group_indices, jackknife_method, kish, share
from isthmus.judge.jackknife import interval, with_and_without
from isthmus.judge.metrics import Floats, Labels, checked
from isthmus.judge.subgroups import Contrast


@dataclass(frozen=True)
class Effect:
    """What one change does: the ``auc`` of the changed pictures, and ``less``, that less the AUC of the unchanged.

    ``to_malignant`` and ``to_benign`` are the shares of all nodules whose verdict turns that way, ``turned`` is their
    sum, and ``moved`` the mean absolute change of P. p-values are corrected by Holm for all changes.
    """

    auc: Estimate
    less: Contrast
    to_malignant: Estimate
    to_benign: Estimate
    turned: Estimate
    moved: Estimate


def effects(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    changed: Sequence[npt.ArrayLike],
    threshold: float = 0.5,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[Effect, ...]:
    """The effect of each change, in order.

    Args:
        labels: (n,), 0 benign or 1 malignant.
        p: (n,), P(malignant) of the unchanged pictures.
        changed: for each change (n,), P(malignant) of the changed pictures.
        threshold: malignant is P >= it.
        groups: (n,), the patient or group of each; None: every nodule is its own group.

    Raises ValueError.

    >>> one = effects([0, 0, 1, 1], [0.1, 0.4, 0.6, 0.9], [[0.1, 0.7, 0.6, 0.9]])[0]
    >>> one.less.estimate.value, one.to_malignant.value, one.to_benign.value
    (-0.25, 0.25, 0.0)
    """
    label_array, base = checked(labels, p)
    made = [_effect(label_array, base, checked(labels, one)[1], threshold, groups, level) for one in changed]
    corrected = holm([one.less.p_value for one in made])
    return tuple(
        replace(one, less=replace(one.less, corrected=each)) for one, each in zip(made, corrected, strict=True)
    )


def _effect(
    labels: Labels, base: Floats, changed: Floats, threshold: float, groups: npt.ArrayLike | None, level: float
) -> Effect:
    n, every = labels.size, np.ones(labels.size, bool)
    before, after = base >= threshold, changed >= threshold
    difference = delong(labels, changed, base, groups, level=level)

    def part(nodules: npt.NDArray[np.bool_]) -> Estimate:
        return replace(share(nodules, every, groups, level), n=n)

    auc = replace(auc_within(labels, changed, None, groups, level), n=n)
    less = Contrast(replace(difference.estimate, n=n), difference.p_value)
    return Effect(
        auc=auc,
        less=less,
        to_malignant=part(after & ~before),
        to_benign=part(before & ~after),
        turned=part(before != after),
        moved=mean_distance(base, changed, groups, level),
    )


def mean_distance(first: Floats, second: Floats, groups: npt.ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """The mean absolute difference of two P of the same nodules, (n,) each, by the jackknife of groups."""
    members = group_indices(groups, first.size)
    values = with_and_without(np.abs(second - first), np.ones(first.size), members)
    if math.isclose(values[0], 0, abs_tol=1e-12):
        return Estimate(0.0, 0.0, 0.0, "both say the same of every nodule", first.size)
    method = jackknife_method(level, members, groups)
    made = interval(float(values[0]), values[1:], kish(np.bincount(members)), level, method)
    return replace(made, n=first.size)
