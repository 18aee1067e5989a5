"""Which groups to set aside so that a share of the nodules of each label is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from isthmus.nodule import Label

Counts = npt.NDArray[np.int64]
EQUAL = 1e-9


def set_aside(labels: Sequence[Label], names: Sequence[str], share: float, seed: int = 0) -> frozenset[str]:
    """The names of groups that hold ``share`` of the nodules and of each label, as near as whole groups allow.

    ``names`` are the nodules' groups. In random order, a group changes sides where that brings the share nearer, until
    none does. What is set aside and what is left have both labels, for which each label must be in two groups.
    """
    groups = sorted(set(names))
    order = np.random.default_rng(seed).permutation(len(groups))
    place = {groups[at]: number for number, at in enumerate(order)}
    counts = np.zeros((len(groups), len(Label)), np.int64)
    np.add.at(counts, ([place[name] for name in names], [int(label) for label in labels]), 1)
    aside = _nearer(counts, _begun(counts), share)
    return frozenset(name for name in groups if aside[place[name]])


def _begun(counts: Counts) -> npt.NDArray[np.bool_]:
    """A small group of each label, so chosen that the others have both labels."""
    aside, total = np.zeros(len(counts), np.bool_), counts.sum(axis=0)
    for label in Label:
        if counts[aside, label].any():
            continue
        left = total - counts[aside].sum(axis=0)
        allowed = [at for at in np.flatnonzero(counts[:, label]) if (left - counts[at] > 0).all()]
        aside[min(allowed, key=lambda at: (counts[at].sum(), at))] = True
    return aside


def _nearer(counts: Counts, aside: npt.NDArray[np.bool_], share: float) -> npt.NDArray[np.bool_]:
    total, current = counts.sum(axis=0), counts[aside].sum(axis=0)
    missed, before = _missed(current, share * total), np.inf
    while missed < before:
        before = missed
        for at, count in enumerate(counts):
            other = current - count if aside[at] else current + count
            if (other > 0).all() and (other < total).all() and _missed(other, share * total) < missed - EQUAL:
                aside[at] = not aside[at]
                current, missed = other, _missed(other, share * total)
    return aside


def _missed(counts: Counts, target: npt.NDArray[np.float64]) -> float:
    """The squared distance from the target, of each label and in all."""
    short = counts - target
    return float((short**2).sum() + short.sum() ** 2)
