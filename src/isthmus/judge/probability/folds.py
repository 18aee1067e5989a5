"""Folds of whole groups, for predictions that come without any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import group_indices

FOLDS = 5


def group_folds(
    labels: npt.ArrayLike, groups: npt.ArrayLike | None = None, count: int = FOLDS, seed: int = 0
) -> npt.NDArray[np.int64]:
    """The fold of each nodule, 0 .. count - 1, (n,): groups are whole, dealt out in random order, those with a
    malignant nodule first, so that each fold has a fair share of both. Raises ValueError for fewer groups than folds.

    >>> folds = group_folds([0, 1, 0, 1, 0, 1], ["a", "b", "c", "d", "a", "b"], count=2)
    >>> folds[0] == folds[4], folds[1] == folds[5], sorted(set(folds.tolist()))
    (np.True_, np.True_, [0, 1])
    """
    label_array = np.asarray(labels)
    members = group_indices(groups, label_array.size)
    number = int(members.max(initial=-1)) + 1
    if not 2 <= count <= number:
        raise ValueError(f"{number} groups can't be divided into {count} folds")
    holds_malignant = np.zeros(number, bool)
    holds_malignant[members[label_array == 1]] = True
    order = np.lexsort([np.random.default_rng(seed).random(number), ~holds_malignant])
    of_group = np.empty(number, np.int64)
    of_group[order] = np.arange(number) % count
    return of_group[members]
