"""Every form of the network reads what the plain one reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forms import FORMS, write
from isthmus.nodule import Pixels
from isthmus.runtime.start import start
from make.bundle import TINY, untrained

SIDE = TINY.preparation.size
GREY = np.repeat(np.random.default_rng(0).integers(0, 256, (8, SIDE, SIDE, 1), dtype=np.uint8), 3, axis=-1)
COLOUR = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)


def read(form: str, folder: Path, rois: Pixels, int8: bool = False) -> np.ndarray:
    path = folder / f"{form}.onnx"
    write(untrained(), FORMS[form], SIDE, int8, GREY, path)
    return start("onnxruntime-int8" if int8 else "onnxruntime", path, 1).read(rois).fused


@pytest.mark.parametrize("form", ["nine products", "grey", "grey or colour"])
def test_a_form_reads_what_the_plain_one_reads(form: str, tmp_path: Path) -> None:
    np.testing.assert_allclose(read(form, tmp_path, GREY), read("plain", tmp_path, GREY), atol=1e-6)


def test_colour_is_read_in_colour_where_it_is_asked_for(tmp_path: Path) -> None:
    expected = read("plain", tmp_path, COLOUR)
    np.testing.assert_allclose(read("grey or colour", tmp_path, COLOUR), expected, atol=1e-6)
    assert np.abs(read("grey", tmp_path, COLOUR) - expected).max() > 1e-5


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_had_in_int8(form: str, tmp_path: Path) -> None:
    np.testing.assert_allclose(read(form, tmp_path, GREY, int8=True), read("plain", tmp_path, GREY), atol=2e-2)
