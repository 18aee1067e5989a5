"""Text is found outside and inside the scan area, and speckle isn't taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.data.audit.text import burnt_text, overlay, scan_area
from isthmus.data.readers import ddti
from isthmus.nodule import Box, Frame
from make.scan import AREA, cross, save, scan, write


def text_lines(frame: Frame) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    seen = overlay(frame)
    return seen.outside, seen.inside


def test_marks_outside_are_all_that_is_bright_there() -> None:
    picture = scan(1, text="")
    assert overlay(Frame(picture)).marks.shape == (0, 2)
    picture[10:13, 100:103] = picture[100, 30:32] = 255
    picture[200, 30] = 255  # a single pixel is none
    picture[100:103, 200:203] = 255  # inside the scan area
    assert overlay(Frame(picture)).marks.tolist() == [[11, 101], [100, 31]]


def test_text_outside() -> None:
    outside, inside = text_lines(Frame(scan(1)))
    assert len(outside) == 1
    assert all(box.y0 > AREA[3] and 60 < box.x0 < 90 for box in outside)
    assert inside == ()


@pytest.mark.parametrize("colour", [(255, 255, 255), (40, 230, 210)])
def test_text_inside(colour: tuple[int, int, int]) -> None:
    picture = scan(1, text="")
    write(picture, "ADENOPATIA", (150, 120), colour)
    outside, inside = text_lines(Frame(picture))
    assert outside == ()
    assert len(inside) >= 1
    assert all(box.x0 > 145 and box.y0 > 100 and box.y1 < 130 for box in inside)


@pytest.mark.parametrize("seed", range(5))
def test_speckle_calipers_and_grey_bar_are_no_text(seed: int) -> None:
    picture = scan(seed, text="")
    picture[100:180, 10:16] = 255
    cross(picture, (150, 100), (255, 255, 255))
    cross(picture, (250, 150), (255, 255, 255))
    assert text_lines(Frame(picture)) == ((), ())


def test_the_scan_area_is_the_lit_rectangle() -> None:
    x0, y0, x1, y1 = AREA
    expected = np.zeros((260, 400), np.bool_)
    expected[y0:y1, x0:x1] = True
    found = scan_area(scan(3).max(axis=2))
    assert (found & expected).sum() / (found | expected).sum() > 0.97


def test_a_crop_is_all_scan_area_and_so_is_a_black_image() -> None:
    x0, y0, x1, y1 = AREA
    assert scan_area(scan(3)[y0:y1, x0:x1].max(axis=2)).mean() > 0.99
    assert scan_area(np.zeros((40, 50), np.uint8)).all()
    assert text_lines(Frame(np.zeros((4, 3), np.uint8))) == ((), ())


def test_grey_frames_are_read_alike(tmp_path: Path) -> None:
    records = [save(tmp_path, "1_1", scan(1)), save(tmp_path, "2_1", scan(1)[:, :, 0])]
    one, other = burnt_text(records)
    assert (one.image, other.image) == ("1_1", "2_1")
    assert one.outside == other.outside != ()


@pytest.mark.slow
def test_real_ddti(ddti_root: Path) -> None:
    found = burnt_text(ddti.read(ddti_root).images)
    assert [text.image for text in found if text.inside] == ["80_2"]
    assert sum(not text.outside for text in found) == 22, "the zoomed pictures, which have no text round them"
