"""The calibration curve and its error in bins of equal mass: as many nodules in each as ties allow."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.calibration import Bin
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.jackknife import counted
from isthmus.judge.metrics import Floats, Labels, checked

BINS = 10


def equal_mass_index(p: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin of each p, from 0, rising with p, (n,). Equal p share a bin, so there may be fewer bins than asked for,
    and none is empty. Raises ValueError for fewer than one bin."""
    if bins < 1:
        raise ValueError(f"{bins} bins are too few; give at least 1")
    starts = np.sort(p)[np.arange(1, bins) * p.size // bins]
    return np.unique(np.searchsorted(np.unique(starts), p, side="right"), return_inverse=True)[1].astype(np.int64)


def equal_mass(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    bins: int = BINS,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[Bin, ...]:
    """The calibration curve: each bin from its least to its greatest p, with its n, mean p, and share malignant with
    its interval by group. Raises ValueError."""
    label_array, p_array = checked(labels, p)
    index = equal_mass_index(p_array, bins)
    return tuple(
        Bin(
            low=float(p_array[inside].min()),
            high=float(p_array[inside].max()),
            n=int(inside.sum()),
            mean_p=float(p_array[inside].mean()),
            observed=replace(share(label_array == 1, inside, groups, level), n=int(inside.sum())),
        )
        for inside in (index == number for number in range(int(index.max()) + 1))
    )


def equal_mass_error(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    bins: int = BINS,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """ECE: the mean distance of a bin's mean p from its share malignant, weighted by n (Nixon et al., CVPR Workshops
    2019), with its interval by the jackknife of groups, the bins staying where they are.

    It is above 0 by chance alone: a model without fault may have .03 at n = 1,000 and 10 bins. Its interval is that of
    a signed distance, -1 .. 1, cut off at 0. Raises ValueError.
    """
    label_array, p_array = checked(labels, p)
    index = equal_mass_index(p_array, bins)
    bins_there = int(index.max()) + 1

    def prepare(labels: Labels, p: Floats, members: npt.NDArray[np.int64]) -> Callable[[Floats], Floats]:
        groups_there = int(members.max()) + 1
        distances = np.bincount(members * bins_there + index, p - labels, groups_there * bins_there)
        sums, sizes = distances.reshape(groups_there, bins_there), np.bincount(members, minlength=groups_there)

        def error(counts: Floats) -> Floats:
            values: Floats = np.abs(counts @ sums).sum(axis=1) / (counts @ sizes)
            return values

        return error

    found = counted(prepare, label_array, p_array, groups, level=level, bounds=(-1.0, 1.0))
    low = found.low if math.isnan(found.low) else max(0.0, found.low)
    return replace(found, low=low, n=label_array.size)
