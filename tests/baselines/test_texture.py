"""Texture is measured on the pixels of the box and on no others, each image decoded once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from isthmus.baselines import texture as under_test
from isthmus.baselines.border import border_features
from isthmus.baselines.texture import texture, texture_features
from isthmus.data.pixels import read_picture
from isthmus.errors import DataError, UsageError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Frame, ImageRef, Nodule
from isthmus.progress import silent
from make.noise import SEEDS, SHAPE, blob, measured, noise, written

pytest.importorskip("skimage", reason="scikit-image is not installed")


@pytest.mark.parametrize("seed", SEEDS)
def test_texture_is_that_of_the_box(tmp_path: Path, seed: int) -> None:
    box = Box.around(blob(seed))
    pixels, other = noise(seed), noise(seed + 100)
    other[box.y0 : box.y1, box.x0 : box.x1] = pixels[box.y0 : box.y1, box.x0 : box.x1]
    first, second = (written(tmp_path, image, blob(seed)) for image in (pixels, other))
    np.testing.assert_array_equal(measured(texture_features, first), measured(texture_features, second))
    other[box.y0, box.x0] ^= 128
    assert not np.array_equal(
        measured(texture_features, first), measured(texture_features, written(tmp_path, other, blob(seed)))
    )


def test_a_nodule_that_fills_its_image_has_no_surroundings(tmp_path: Path) -> None:
    whole = written(tmp_path, noise(0), (), Box(0, 0, 120, 90))
    assert np.isnan(measured(border_features, whole)).all()
    assert not np.isnan(measured(texture_features, whole)).any()


@pytest.mark.parametrize("side", [1, 2, 3, 6])
def test_a_tiny_nodule_lacks_what_does_not_fit(tmp_path: Path, side: int) -> None:
    features = measured(texture_features, written(tmp_path, noise(0), (), Box(40, 40, 40 + side, 40 + side)))
    assert features[:16].sum() == pytest.approx(1)
    assert np.isnan(features).any()


@pytest.mark.parametrize("grey", [0, 100, 255])
def test_a_plain_image_is_measured(grey: int) -> None:
    pixels = np.full((30, 40), grey, np.uint8)
    features = texture(pixels, np.ones(pixels.shape, np.bool_))
    assert features[grey // 16] == 1
    assert features[-15:].reshape(5, 3).tolist() == [[0] * 3, [0] * 3, [1] * 3, [1] * 3, [1] * 3]


def test_co_occurrence_is_scikit_images_where_nothing_is_masked() -> None:
    from skimage.feature import graycomatrix, graycoprops

    pixels = noise(4)
    counts = graycomatrix(pixels // 8, [2], under_test.ANGLES, 32, symmetric=True).sum(axis=3, keepdims=True)
    ours = texture(pixels, np.ones(pixels.shape, np.bool_))[-15:].reshape(5, 3)[:, 1]
    np.testing.assert_allclose(ours, [graycoprops(counts.astype(float), name)[0, 0] for name in under_test.PROPERTIES])


@pytest.mark.parametrize("seed", SEEDS)
def test_no_masked_pixel_counts(seed: int) -> None:
    mask = noise(seed) < 250
    other = np.where(mask, noise(seed + 10), noise(seed + 20))
    np.testing.assert_array_equal(texture(noise(seed + 10), mask), texture(other, mask))


def test_patterns_do_not_know_brightness() -> None:
    dark = noise(0) // 2
    patterns = slice(16, 16 + 10 + 18 + 26)
    mask = np.ones(SHAPE, np.bool_)
    np.testing.assert_array_equal(texture(dark, mask)[patterns], texture(dark + 100, mask)[patterns])
    assert not np.array_equal(texture(dark, mask)[patterns], texture(noise(1) // 16 * 16, mask)[patterns])


@pytest.mark.parametrize("by", [texture_features, border_features])
def test_each_image_is_decoded_once(
    tmp_path: Path, by: Callable[[Sequence[Nodule]], Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = [written(tmp_path, noise(seed), blob(seed)) for seed in (0, 1)]
    nodules = [Nodule("x", "x", "x", pair[i % 2].picture, Box.around(blob(i)), blob(i)) for i in range(6)]
    read: list[ImageRef] = []

    def counted(picture: ImageRef) -> Frame:
        read.append(picture)
        return read_picture(picture)

    monkeypatch.setattr("isthmus.data.prepare.read_picture", counted)
    together = by(nodules)
    assert sorted(read) == sorted(one.picture for one in pair)
    np.testing.assert_array_equal(together, np.concatenate([by([nodule]) for nodule in nodules]))
    assert len(np.unique(together, axis=0)) == 6


def test_colours_are_read_as_grey(tmp_path: Path) -> None:
    grey, rgb = noise(0), np.stack([noise(0)] * 3, axis=-1)
    first, second = (written(tmp_path, pixels, blob(0)) for pixels in (grey, rgb))
    np.testing.assert_array_equal(measured(texture_features, first), measured(texture_features, second))


@pytest.mark.parametrize("by", [texture_features, border_features])
def test_a_box_outside_the_image_is_refused(tmp_path: Path, by: Callable[[Sequence[Nodule]], Floats]) -> None:
    with pytest.raises(DataError, match="leaves the image"):
        by([written(tmp_path, noise(0), (), Box(100, 10, 130, 40))])


def test_without_scikit_image_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(UsageError, match=r"need scikit-image.*pip install 'isthmus\[baselines\]'"):
        texture_features([written(tmp_path, noise(0), blob(0))], silent)
