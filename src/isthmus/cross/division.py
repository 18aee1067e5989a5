"""What a protocol learns from and tests, part by part; without torch, so that a split can be audited without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from isthmus.cross.protocols import LISTS, Protocol
from isthmus.data import split
from isthmus.data.grouping import BY_PATIENT
from isthmus.data.split import Split
from isthmus.nodule import Nodule


def divided(
    nodules: Sequence[Nodule], protocol: Protocol, groups: Mapping[str, str], tested: int, seed: int = 0
) -> tuple[Split, ...]:
    """The ``tested`` parts of one repeat; positions among the labelled ``nodules``, ``groups`` gives each image's.

    What lies within the protocol's gap of a tested nodule is left out of training. Raises SplitError where the data
    can't be split.
    """
    if protocol.parts == LISTS:
        train, val, test = split.listed(nodules)
        return (Split(np.concatenate([train, val]), test),)
    units = protocol.unit.of(groups)
    grouping = protocol.grouping if protocol.unit.keeps_patients else BY_PATIENT
    folds = split.folds(nodules, units, protocol.parts.of or tested, seed)[:tested]
    return tuple(Split(split.apart(nodules, one.train, one.test, grouping), one.test) for one in folds)
