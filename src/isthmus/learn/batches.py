"""The batches of an epoch, in an order that depends on seed and epoch only."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isthmus.learn.targets import Positions
from isthmus.recipe import Learning


def batches(examples: int, learning: Learning, seed: int, epoch: int) -> Iterator[tuple[float, Positions]]:
    """(progress, positions) of each batch of ``epoch``, from 1 on: progress 0 .. 1 is the share of all steps done.

    A last batch of one is left out: batch norm needs two.
    """
    order = np.random.default_rng((seed, epoch)).permutation(examples)
    size = learning.batch_size
    starts = [start for start in range(0, len(order), size) if len(order) - start >= 2]
    for step, start in enumerate(starts):
        yield ((epoch - 1) + step / len(starts)) / learning.epochs, order[start : start + size]
