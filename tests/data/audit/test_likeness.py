"""Which pictures look alike, and how often, by distance."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.data.audit.file_order import file_order
from isthmus.data.audit.likeness import DISTANCES, alike, difference_hash, hash_table, likeness
from isthmus.nodule import Frame
from make.scan import scan

NAMES = [f"{number:04}" for number in range(400)]


def hashes_of(views: list[int]) -> dict[str, bytes]:
    """A random hash for each view, for the image at its place."""
    noise = {view: np.random.default_rng(view).bytes(32) for view in views}
    return {name: noise[view] for name, view in zip(NAMES, views, strict=True)}


def test_a_picture_is_alike_though_it_is_brighter_smaller_and_grey() -> None:
    frames = [scan(1), scan(1)[::2, ::2], np.minimum(scan(1)[:, :, 0] + 20, 255).astype(np.uint8), scan(2)]
    hashes = hash_table(list("0123"), lambda name: difference_hash(Frame(frames[int(name)])))
    first, second = np.zeros(3, np.int64), np.arange(1, 4)
    assert hashes.shape == (4, 32)
    assert alike(hashes, first, second).tolist() == [True, True, False]


def test_pairs_of_one_view_are_alike_at_their_distance() -> None:
    hashes = hashes_of([place // 2 for place in range(400)])
    found = likeness(file_order(NAMES), hashes.__getitem__)
    assert found.by_distance.keys() == set(DISTANCES)
    assert (found.by_distance[1].value, found.by_distance[1].n) == (200 / 399, 399)
    assert [found.by_distance[distance].value for distance in DISTANCES[1:]] == [0, 0, 0, 0]
    assert found.chance.value == pytest.approx(200 / (400 * 399 / 2))
    assert found.up_to == 1


def test_distance_is_that_of_the_numbers() -> None:
    hashes = hashes_of([place // 2 for place in range(400)])
    spread = {f"{2 * int(name):04}": hash_ for name, hash_ in hashes.items()}
    found = likeness(file_order(spread), spread.__getitem__)
    assert (found.by_distance[1].n, found.by_distance[2].value) == (0, 200 / 399)
    assert np.isnan(found.by_distance[1].value)


def test_pairs_of_one_patient_are_left_out() -> None:
    hashes = hashes_of([place // 2 for place in range(400)])
    found = likeness(file_order(NAMES), hashes.__getitem__, lambda name: str(int(name) // 2))
    assert (found.by_distance[1].value, found.by_distance[1].n, found.up_to) == (0, 199, 0)


def test_shuffled_pictures_have_no_likeness_of_order() -> None:
    views = np.random.default_rng(1).permutation([place // 2 for place in range(400)]).tolist()
    found = likeness(file_order(NAMES), hashes_of(views).__getitem__)
    assert found.up_to == 0


def test_no_picture_and_one() -> None:
    for names in ([], NAMES[:1]):
        found = likeness(file_order(names), lambda _: bytes(32))
        assert (found.chance.n, found.up_to) == (0, 0)
