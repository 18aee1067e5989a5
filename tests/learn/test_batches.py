"""The batches of an epoch hold every example once."""

from __future__ import annotations

import numpy as np

from isthmus.learn.batches import batches
from isthmus.recipe import Learning

LEARNING = Learning(batch_size=4, epochs=2)


def order(epoch: int, seed: int = 0) -> list[int]:
    return np.concatenate([positions for _, positions in batches(12, LEARNING, seed, epoch)]).tolist()


def test_every_epoch_sees_every_example_once_in_another_order() -> None:
    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1) != order(1, seed=1)
    assert sorted(order(1)) == sorted(order(2)) == list(range(12))


def test_a_last_batch_of_one_is_left_out_since_batch_norm_needs_two() -> None:
    assert [len(positions) for _, positions in batches(9, LEARNING, 0, 1)] == [4, 4]
    assert [len(positions) for _, positions in batches(10, LEARNING, 0, 1)] == [4, 4, 2]


def test_progress_is_the_share_of_all_steps_done() -> None:
    assert [progress for epoch in (1, 2) for progress, _ in batches(8, LEARNING, 0, epoch)] == [0, 0.25, 0.5, 0.75]
