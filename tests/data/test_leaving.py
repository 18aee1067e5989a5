from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset

from isthmus.data.leaving import areas_of, export
from isthmus.dicom.deidentify import Pseudonyms
from isthmus.dicom.outputs import write_object
from isthmus.dicom.read import read_frame
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ScanRegion
from make.answered import picture

SCAN = Box(60, 60, 260, 200)


def scan(name_at: tuple[int, int] | None, frames: int | None = None) -> Dataset:
    """A picture with a grey scan and, on its last frame, a name."""
    source = picture("grey", frames, (240, 320))
    pixels = np.zeros((frames or 1, 240, 320), np.uint8)
    speckle = np.random.default_rng(3).integers(40, 110, (SCAN.height, SCAN.width), np.uint8)
    pixels[:, SCAN.y0 : SCAN.y1, SCAN.x0 : SCAN.x1] = speckle
    if name_at:
        canvas = Image.fromarray(pixels[-1])
        ImageDraw.Draw(canvas).text(name_at, "WANG XIAO MING", 255, ImageFont.load_default(14))
        pixels[-1] = np.asarray(canvas)
    source.PixelData = pixels.tobytes()
    return source


def written(source: Dataset, folder: Path) -> Path:
    write_object(folder / "source.dcm", source)
    return folder / "source.dcm"


def test_text_outside_the_scan_area_is_blackened_and_no_matter(tmp_path: Path) -> None:
    path = written(scan((80, 10)), tmp_path)
    made = export(path, Pseudonyms(), "source.dcm")
    shown = read_frame(made.content)
    assert shown.pixels[:50].max() == 0
    assert shown.pixels[100:150, 100:200].min() >= 40
    assert made.uid.encode() in made.content


@pytest.mark.parametrize("frames", [None, 3])
def test_text_inside_stops_it_until_somebody_looked(frames: int | None, tmp_path: Path) -> None:
    path = written(scan((100, 120), frames), tmp_path)
    with pytest.raises(DataError, match=r"looks like text.*--looked-at") as caught:
        export(path, Pseudonyms(), "source.dcm")
    assert ("of frame 3" in str(caught.value)) == (frames == 3)
    made = export(path, Pseudonyms(), "source.dcm", looked_at=True)
    assert np.array_equal(
        read_frame(made.content, page=frames or 1).pixels[110:130, 90:250],
        read_frame(path, page=frames or 1).pixels[110:130, 90:250],
    )


def test_the_areas_are_the_files_regions_inside_the_picture_else_its_echoes() -> None:
    pixels = np.zeros((240, 320), np.uint8)
    pixels[60:200, 60:260] = 90
    assert areas_of(Frame(pixels)) == (SCAN,)
    tissue, outside = ScanRegion(Box(0, 0, 50, 50), "tissue"), ScanRegion(Box(0, 0, 500, 50), "tissue")
    strip = ScanRegion(Box(0, 220, 320, 240), "other")
    assert areas_of(Frame(pixels, regions=(tissue, outside, strip))) == (Box(0, 0, 50, 50),)
    assert areas_of(Frame(np.zeros((20, 30, 3), np.uint8))) == (Box(0, 0, 30, 20),)


def test_an_area_can_be_named(tmp_path: Path) -> None:
    path = written(scan((100, 120)), tmp_path)
    made = export(path, Pseudonyms(), "source.dcm", [Box(60, 150, 260, 200)])
    assert read_frame(io.BytesIO(made.content).getvalue()).pixels[:150].max() == 0
    assert made.areas == (Box(60, 150, 260, 200),)
