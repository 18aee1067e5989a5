"""Calipers are painted over with their digits, in the windows that show them and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from isthmus.data.audit.calipers import coloured
from isthmus.data.audit.crosses import crosses
from isthmus.data.audit.painted import paint_over, painted_rois, usual_places
from isthmus.data.prepare import prepare
from isthmus.nodule import Box, Frame, ImageRef, Nodule, Pixels
from isthmus.recipe import Preparation
from make.scan import save, scan

PREPARATION = Preparation(resize="square", margin=0.25, size=150)


def with_crosses(pixels: Pixels, *places: tuple[int, int], digit: str = "") -> Pixels:
    pixels = pixels.copy()
    for y, x in places:
        pixels[y : y + 2, x - 7 : x + 9] = pixels[y - 7 : y + 9, x : x + 2] = 222
        if digit:
            cv2.putText(pixels, digit, (x + 6, y + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (222,) * 3, 1)
    return pixels


def speckle() -> Pixels:
    grey = np.random.default_rng(0).integers(20, 90, (200, 200, 1)).astype(np.uint8)
    return np.repeat(grey, 3, axis=2)


@pytest.mark.parametrize("digit", ["", "1", "2"])
def test_crosses_and_their_digits_are_gone(digit: str) -> None:
    marked = Frame(with_crosses(speckle(), (60, 50), (60, 130), digit=digit))
    clean = paint_over(marked, crosses(marked), coloured(marked)[0])
    assert marked.pixels.max() == 222
    assert clean.pixels.max() < 100
    assert crosses(clean) == ()


def test_what_is_far_from_marks_stays() -> None:
    plain = speckle()
    plain[150:156, 20:26] = 230  # as bright as a cross, but not beside one
    marked = Frame(with_crosses(plain, (60, 50), (60, 130)))
    clean = paint_over(marked, crosses(marked), coloured(marked)[0])
    changed = np.argwhere((clean.pixels != marked.pixels).any(axis=2))
    assert len(changed) > 100
    assert ((abs(changed - (60, 50)).max(axis=1) <= 32) | (abs(changed - (60, 130)).max(axis=1) <= 32)).all()


def test_grey_and_colour_are_painted(tmp_path: Path) -> None:
    grey = Frame(with_crosses(speckle(), (60, 50), (60, 130))[:, :, 0])
    assert paint_over(grey, crosses(grey), coloured(grey)[0]).pixels.max() < 100
    yellow = speckle() // 3
    yellow[60:62, 40:60] = yellow[50:70, 48:50] = (220, 220, 20)
    marked = Frame(yellow)
    assert not coloured(paint_over(marked, (), coloured(marked)[0]))[0].any()


def test_the_faint_colour_about_a_stroke_is_painted_too() -> None:
    """JPEG spreads colour farther than brightness."""
    stroke = np.zeros((200, 200), np.uint8)
    stroke[60:62, 40:80] = stroke[50:72, 58:60] = 1
    about = cv2.dilate(stroke, np.ones((11, 11), np.uint8)).astype(bool)
    pixels = np.full((200, 200, 3), 60, np.uint8)
    pixels[about] = (70, 70, 45)
    pixels[stroke > 0] = (220, 220, 20)
    clean = paint_over(Frame(pixels), (), stroke.astype(bool)).pixels.astype(int)
    assert np.ptp(clean[about], axis=1).max() <= 8


def nodule(folder: Path, name: str, pixels: Pixels, box: Box) -> Nodule:
    record = save(folder, name, pixels)
    return Nodule(f"{name}-1", name, name, ImageRef(record.picture.path), box)


def test_rois_with_calipers_lose_them(tmp_path: Path) -> None:
    box, bare = Box(150, 80, 250, 160), scan(1, text="")
    inside, outside = with_crosses(bare, (120, 180), (120, 220)), with_crosses(bare, (120, 80), (120, 320))
    line = bare.copy()
    line[120:122, 190:210] = (60, 220, 60)
    made = [nodule(tmp_path, f"{i}", one, box) for i, one in enumerate([bare, inside, outside, line])]
    made.insert(2, replace(made[1], id="other", box=Box(20, 200, 60, 240)))  # the same picture, no mark about it
    has, rois = painted_rois(made, PREPARATION)
    assert np.flatnonzero(has).tolist() == [1, 4]
    assert rois.shape == (5, 150, 150, 3)
    assert rois[has].max() < 200
    assert prepare(Frame(inside), box, PREPARATION).max() > 200
    for at, one in enumerate(made):  # each is its picture, whatever was painted before it
        assert (painted_rois([one], PREPARATION)[1][0] == rois[at]).all(), at


def test_without_calipers_paint_is_where_they_would_be(tmp_path: Path) -> None:
    picture, box = scan(0, text=""), Box(150, 80, 250, 160)
    has, (roi,) = painted_rois([nodule(tmp_path, "0", picture, box)], PREPARATION)
    assert not has.any()
    changed = np.argwhere((roi != prepare(Frame(picture), box, PREPARATION)).any(axis=2))
    assert 300 < len(changed) < 3000
    y, x = changed.T  # the RoI shows 150 pixels from (125, 45) on: the box is 25..125 across, 35..115 down
    assert (((abs(x - 75) < 20) & ((y < 50) | (y > 100))) | ((abs(y - 75) < 20) & ((x < 40) | (x > 110)))).all()
    assert usual_places(Frame(picture), Box(0, 0, 400, 260)).any(), "at the picture's edges, too"
