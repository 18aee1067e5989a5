"""Border: texture around the nodule, and nothing from inside its contour."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from isthmus.baselines.border import border_features, nodule_mask, square_border_features
from isthmus.baselines.table import BASELINES
from isthmus.judge.metrics import auc
from isthmus.nodule import Box, ImageRef, Nodule
from isthmus.progress import silent
from make.baseline import LABELS, TEST, N, nodule, predictions
from make.noise import SEEDS, SHAPE, blob, inside, measured, noise, written

pytest.importorskip("skimage", reason="scikit-image is not installed")


@pytest.mark.parametrize("seed", SEEDS)
def test_border_sees_nothing_inside_the_contour(tmp_path: Path, seed: int) -> None:
    within = inside(blob(seed))
    changed = np.where(within, noise(seed + 100), noise(seed))
    first, second = (written(tmp_path, pixels, blob(seed)) for pixels in (noise(seed), changed))
    assert within.sum() > 200
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))


@pytest.mark.parametrize("seed", SEEDS)
def test_border_sees_what_is_outside(tmp_path: Path, seed: int) -> None:
    changed = np.where(inside(blob(seed)), noise(seed), noise(seed + 100))
    first, second = (written(tmp_path, pixels, blob(seed)) for pixels in (noise(seed), changed))
    assert not np.isnan(measured(border_features, first)).any()
    assert (measured(border_features, first) != measured(border_features, second)).mean() > 0.5


def test_border_ends_with_its_margin(tmp_path: Path) -> None:
    contour = blob(0)
    box = Box.around(contour)
    across, down = round(box.width / 2), round(box.height / 2)
    near = np.zeros(SHAPE, np.bool_)
    near[box.y0 - down : box.y1 + down, box.x0 - across : box.x1 + across] = True
    changed = np.where(near, noise(0), noise(1))
    first, second = (written(tmp_path, pixels, contour) for pixels in (noise(0), changed))
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))


def test_a_square_border_ends_with_its_window(tmp_path: Path) -> None:
    box = Box(40, 40, 70, 50)  # a window of 60 x 60 about (55, 45)
    near = np.zeros(SHAPE, np.bool_)
    near[15:75, 25:85] = True
    plain = written(tmp_path, noise(0), (), box)
    beyond = written(tmp_path, np.where(near, noise(0), noise(1)), (), box)
    np.testing.assert_array_equal(measured(square_border_features, plain), measured(square_border_features, beyond))
    changed = noise(0)
    changed[40:50, 40:70] = 0
    nodule = written(tmp_path, changed, (), box)
    np.testing.assert_array_equal(measured(square_border_features, plain), measured(square_border_features, nodule))
    changed[16, 26] ^= 128  # above what the other border sees
    corner = written(tmp_path, changed, (), box)
    assert not np.array_equal(measured(square_border_features, plain), measured(square_border_features, corner))


def test_without_a_contour_the_box_is_masked(tmp_path: Path) -> None:
    box = Box(40, 30, 70, 55)
    changed = noise(0)
    changed[30:55, 40:70] = 0
    first, second = (written(tmp_path, pixels, (), box) for pixels in (noise(0), changed))
    np.testing.assert_array_equal(measured(border_features, first), measured(border_features, second))
    changed[29, 40] ^= 128
    assert not np.array_equal(
        measured(border_features, first), measured(border_features, written(tmp_path, changed, (), box))
    )


def test_where_a_contour_overlaps_itself_is_still_inside() -> None:
    turns = np.arange(5) * 4 * np.pi / 5
    star = tuple((float(60 + 20 * np.cos(turn)), float(45 + 20 * np.sin(turn))) for turn in turns)
    mask = nodule_mask(Nodule("1", "1", "1", ImageRef(Path("1")), Box.around(star), star), Box(0, 0, 120, 90))
    assert mask[45, 60]  # the middle, about which the contour goes twice
    assert mask[inside(star)].all()
    assert not mask[45, 60 - 19]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_filled_contour_is_the_polygon_and_little_more(seed: int) -> None:
    contour = blob(seed)
    around = Box(20, 10, 110, 85)
    mask = np.zeros(SHAPE, np.bool_)
    mask[10:85, 20:110] = nodule_mask(Nodule("1", "1", "1", ImageRef(Path("1")), Box.around(contour), contour), around)
    assert mask[inside(contour)].all()
    extra = np.argwhere(mask & ~inside(contour))[:, ::-1] + 0.5
    drawn = np.array(contour, np.float32)
    assert min(cv2.pointPolygonTest(drawn, (x, y), True) for x, y in extra) > -2.5


@pytest.mark.parametrize(("name", "where"), [("texture", "inside"), ("border", "outside")])
def test_texture_sees_the_inside_and_border_the_outside(tmp_path: Path, name: str, where: str) -> None:
    areas = {}
    for place in ("inside", "outside"):
        nodules = [nodule(i, 20, 20, pictured(tmp_path, i, place)) for i in range(N)]
        areas[place] = auc(LABELS[TEST], predictions(name, BASELINES[name].features(nodules, silent)))
    assert areas[where] == 1.0
    # The box's corners are outside the contour, so that texture sees a little of the outside.
    assert name == "texture" or areas["inside"] < 0.8


def pictured(folder: Path, number: int, place: str) -> Path:
    """An image of fine noise, smoother inside or outside a disk about (200, 200) if the nodule is malignant."""
    fine = np.random.default_rng(number + 1000 * (place == "inside")).integers(0, 256, (300, 300))
    smooth = (fine + np.roll(fine, 1, 0) + np.roll(fine, 1, 1) + np.roll(fine, (1, 1), (0, 1))) // 4
    rows, columns = np.indices(fine.shape)
    disk = (rows - 200) ** 2 + (columns - 200) ** 2 <= 20**2
    smoother = (disk if place == "inside" else ~disk) & bool(LABELS[number])
    path = folder / f"{place}{number}.png"
    Image.fromarray(np.where(smoother, smooth, fine).astype(np.uint8)).save(path)
    return path
