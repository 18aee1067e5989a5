from __future__ import annotations

import numpy as np

from isthmus.learn.proposal.examples import Source, example
from isthmus.learn.proposal.pictures import Picture
from make.ellipse import ellipse

BOX = (50.0, 40.0, 100.0, 80.0)


def source(painted: int | None = None) -> Source:
    pixels = ellipse(150, 120, BOX)
    return Source(Picture(pixels, BOX), None if painted is None else np.full_like(pixels, painted))


def test_the_distances_are_those_of_the_nodule_about_the_centre() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        window, distances = example([source()], 0, 96, rng)
        assert window.shape == (96, 96)
        assert (distances > 0).all()
        assert distances.max() < 1.6


def test_later_windows_may_be_smaller_than_their_nodule() -> None:
    rng = np.random.default_rng(0)
    sides = [np.add(*example([source()], 0, 96, rng)[1].reshape(2, 2)).max() for _ in range(200)]
    assert max(sides) > 1.2
    assert min(sides) < 0.3


def test_a_picture_is_seen_with_its_calipers_and_without() -> None:
    one = source(painted=0)
    assert not one.seen(painted=True).pixels.any()
    assert one.seen(painted=False).pixels.any()
    assert source().seen(painted=True).pixels.any()
