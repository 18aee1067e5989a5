"""Texture: from the pixels it is said to be from and no others, each image decoded once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from matplotlib.path import Path as Outline
from PIL import Image

from isthmus.baselines import texture as under_test
from isthmus.baselines.texture import FEATURES, border_features, filled, texture, texture_features
from isthmus.data.pixels import read_picture
from isthmus.errors import DataError, UsageError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Frame, ImageRef, Nodule, Pixels, Point
from isthmus.progress import silent

pytest.importorskip("skimage", reason="scikit-image is not installed")

SEEDS = range(6)
SHAPE = (90, 120)


def noise(seed: int, shape: tuple[int, ...] = SHAPE) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def blob(seed: int) -> tuple[Point, ...]:
    """A contour by hand: about a circle, uneven."""
    draw = np.random.default_rng(seed)
    turns = np.sort(draw.uniform(0, 2 * np.pi, 14))
    radii = draw.uniform(8, 18, 14)
    return tuple(
        (float(60 + r * np.cos(turn)), float(45 + r * np.sin(turn))) for r, turn in zip(radii, turns, strict=True)
    )


def inside(contour: Sequence[Point]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    rows, columns = np.indices(SHAPE)
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    return Outline([*contour, contour[0]]).contains_points(centres).reshape(SHAPE)


def written(folder: Path, pixels: Pixels, contour: Sequence[Point], box: Box | None = None) -> Nodule:
    path = folder / f"{len(list(folder.iterdir()))}.png"
    Image.fromarray(pixels).save(path)
    return Nodule("1", "1", "1", ImageRef(path), box or Box.around(contour), tuple(contour))


def measured(by: Callable[[Sequence[Nodule]], Floats], nodule: Nodule) -> Floats:
    features = by([nodule])
    assert features.shape == (1, FEATURES)
    return features[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_texture_is_that_of_the_box(tmp_path: Path, seed: int) -> None:
    box = Box.around(blob(seed))
    pixels, other = noise(seed), noise(seed + 100)
    other[box.y0 : box.y1, box.x0 : box.x1] = pixels[box.y0 : box.y1, box.x0 : box.x1]
    first, second = (written(tmp_path, own, blob(seed)) for own in (pixels, other))
    np.testing.assert_array_equal(measured(texture_features, first), measured(texture_features, second))
    other[box.y0, box.x0] ^= 128
    assert not np.array_equal(
        measured(texture_features, first), measured(texture_features, written(tmp_path, other, blob(seed)))
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_border_sees_nothing_inside_the_contour(tmp_path: Path, seed: int) -> None:
    within = inside(blob(seed))
    changed = np.where(within, noise(seed + 100), noise(seed))
    first, second = (written(tmp_path, own, blob(seed)) for own in (noise(seed), changed))
    assert within.sum() > 200
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))


@pytest.mark.parametrize("seed", SEEDS)
def test_border_sees_what_is_outside(tmp_path: Path, seed: int) -> None:
    changed = np.where(inside(blob(seed)), noise(seed), noise(seed + 100))
    first, second = (written(tmp_path, own, blob(seed)) for own in (noise(seed), changed))
    assert not np.isnan(measured(border_features, first)).any()
    assert (measured(border_features, first) != measured(border_features, second)).mean() > 0.5


def test_border_ends_with_its_margin(tmp_path: Path) -> None:
    contour = blob(0)
    box = Box.around(contour)
    across, down = round(box.width / 2), round(box.height / 2)
    near = np.zeros(SHAPE, np.bool_)
    near[box.y0 - down : box.y1 + down, box.x0 - across : box.x1 + across] = True
    changed = np.where(near, noise(0), noise(1))
    first, second = (written(tmp_path, own, contour) for own in (noise(0), changed))
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))


def test_without_a_contour_the_box_is_masked(tmp_path: Path) -> None:
    box = Box(40, 30, 70, 55)
    changed = noise(0)
    changed[30:55, 40:70] = 0
    first, second = (written(tmp_path, own, (), box) for own in (noise(0), changed))
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))
    changed[29, 40] ^= 128
    assert not np.array_equal(
        measured(border_features, first), measured(border_features, written(tmp_path, changed, (), box))
    )


def test_where_a_contour_overlaps_itself_is_still_inside() -> None:
    turns = np.arange(5) * 4 * np.pi / 5
    star = tuple((float(60 + 20 * np.cos(turn)), float(45 + 20 * np.sin(turn))) for turn in turns)
    mask = filled(Nodule("1", "1", "1", ImageRef(Path("1")), Box.around(star), star), Box(0, 0, 120, 90))
    assert mask[45, 60]  # the middle, about which the contour goes twice
    assert mask[inside(star)].all()
    assert not mask[45, 60 - 19]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_filled_contour_is_the_polygon_and_little_more(seed: int) -> None:
    contour = blob(seed)
    around = Box(20, 10, 110, 85)
    mask = np.zeros(SHAPE, np.bool_)
    mask[10:85, 20:110] = filled(Nodule("1", "1", "1", ImageRef(Path("1")), Box.around(contour), contour), around)
    assert mask[inside(contour)].all()
    extra = np.argwhere(mask & ~inside(contour))[:, ::-1] + 0.5
    drawn = np.array(contour, np.float32)
    assert min(cv2.pointPolygonTest(drawn, (x, y), True) for x, y in extra) > -2.5


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
    assert sorted(read) == sorted(own.picture for own in pair)
    np.testing.assert_array_equal(together, np.concatenate([by([nodule]) for nodule in nodules]))
    assert len(np.unique(together, axis=0)) == 6


def test_colours_are_read_as_grey(tmp_path: Path) -> None:
    grey, rgb = noise(0), np.stack([noise(0)] * 3, axis=-1)
    first, second = (written(tmp_path, own, blob(0)) for own in (grey, rgb))
    np.testing.assert_array_equal(measured(texture_features, first), measured(texture_features, second))


@pytest.mark.parametrize("by", [texture_features, border_features])
def test_a_box_outside_the_image_is_refused(tmp_path: Path, by: Callable[[Sequence[Nodule]], Floats]) -> None:
    with pytest.raises(DataError, match="leaves the image"):
        by([written(tmp_path, noise(0), (), Box(100, 10, 130, 40))])


def test_without_scikit_image_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(UsageError, match=r"need scikit-image.*pip install 'isthmus\[baselines\]'"):
        texture_features([written(tmp_path, noise(0), blob(0))], silent)
