"""Parts of a split share one array of RoIs, on disk or in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.learn.examples import Examples, Rows, batches, digest
from isthmus.learn.targets import Targets
from isthmus.learn.train import fit
from isthmus.learn.votes import as_images
from isthmus.recipe import Learning
from make.training import TINY, examples, told

EIGHT = examples(8)
LEARNING = Learning(batch_size=4, epochs=2)
ORDER = np.array([5, 2, 2, 7])


def test_taking_copies_nothing_and_taking_again_takes_of_that() -> None:
    part = EIGHT.take(ORDER)
    assert isinstance(part.rois, Rows)
    assert part.rois.whole is EIGHT.rois
    again = part.take(np.array([3, 0]))
    assert again.rois.whole is EIGHT.rois
    np.testing.assert_array_equal(again.rois, EIGHT.rois[[7, 5]])
    np.testing.assert_array_equal(again.labels, EIGHT.labels[[7, 5]])


@pytest.mark.parametrize("wanted", [slice(1, 3), slice(None, None, 2), np.array([3, 1, 1]), np.array([], np.intp)])
def test_rows_are_the_rows(wanted: slice | np.ndarray) -> None:
    rows = EIGHT.take(ORDER).rois
    expected = EIGHT.rois[ORDER]
    assert (len(rows), rows.shape) == (4, expected.shape)
    found = rows[wanted]
    np.testing.assert_array_equal(found, expected[wanted])
    assert not np.shares_memory(found, EIGHT.rois)
    np.testing.assert_array_equal(np.concatenate([rows, rows]), np.concatenate([expected, expected]))
    assert np.asarray(rows, np.float32).dtype == np.float32


def test_the_digest_is_of_pixels_labels_and_order_however_they_are_kept() -> None:
    plain = Examples(EIGHT.rois[ORDER], Targets(EIGHT.labels[ORDER]))
    assert digest(EIGHT.take(ORDER)) == digest(plain)
    assert digest(EIGHT.take(ORDER[::-1])) != digest(plain)
    assert digest(Examples(plain.rois, Targets(1 - plain.labels))) != digest(plain)
    many = examples(150)  # more than one block
    changed = many.rois.copy()
    changed[140, 3, 3, 1] ^= 1
    assert digest(many) != digest(Examples(changed, many.targets))


def test_a_training_from_disk_is_that_from_memory(tmp_path: Path) -> None:
    np.save(tmp_path / "rois.npy", EIGHT.rois)
    mapped = Examples(np.load(tmp_path / "rois.npy", mmap_mode="r"), EIGHT.targets)
    histories = [
        told(fit(source.take(np.arange(6)), source.take(np.array([6, 7])), TINY, device="cpu"))
        for source in (EIGHT, mapped)
    ]
    assert histories[0] == histories[1]


def test_read_only_rois_can_be_made_images_of(tmp_path: Path) -> None:
    rois = EIGHT.rois.copy()
    rois.flags.writeable = False
    images = as_images(rois)
    images += 1
    np.testing.assert_array_equal(rois, EIGHT.rois)


def test_images_are_bytes_over_255() -> None:
    rois = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    images = as_images(rois)
    assert images.shape == (1, 3, 16, 16)
    np.testing.assert_array_equal(images[0, 1].flatten().numpy(), np.arange(256, dtype=np.float32) / np.float32(255))


def order_of(epoch: int, seed: int = 0) -> list[int]:
    return np.concatenate([positions for _, positions in batches(12, LEARNING, seed, epoch)]).tolist()


def test_every_epoch_sees_every_example_once_in_another_order() -> None:
    assert order_of(1) == order_of(1)
    assert order_of(1) != order_of(2)
    assert order_of(1) != order_of(1, seed=1)
    assert sorted(order_of(1)) == sorted(order_of(2)) == list(range(12))


def test_a_last_batch_of_one_is_left_out_since_batch_norm_needs_two() -> None:
    assert [len(positions) for _, positions in batches(9, LEARNING, 0, 1)] == [4, 4]
    assert [len(positions) for _, positions in batches(10, LEARNING, 0, 1)] == [4, 4, 2]


def test_progress_is_the_share_of_all_steps_done() -> None:
    assert [progress for epoch in (1, 2) for progress, _ in batches(8, LEARNING, 0, epoch)] == [0, 0.25, 0.5, 0.75]
