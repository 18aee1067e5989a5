"""Simulated nodules in a bundle, so that an engine can be compared with torch where no patient's image is."""

from __future__ import annotations

from itertools import count, islice

import numpy as np
from PIL import Image

from isthmus.nodule import Box, Pixels
from isthmus.phantom.patients import draw_patient, picture

PROBES = 4
SEED = 8  # any will do; the bundle holds the pixels


def probe_rois(size: int) -> Pixels:
    """Grey RoIs of the phantom, uint8 (4, size, size)."""
    pictures = islice((picture(draw_patient(SEED, index), SEED, 0) for index in count()), PROBES)
    return np.stack([_roi(drawn.pixels, Box.around(drawn.polygons[0]), size) for drawn in pictures])


def _roi(pixels: Pixels, box: Box, size: int) -> Pixels:
    frame = Image.fromarray(pixels).convert("L")
    return np.asarray(frame.resize((size, size), Image.Resampling.BILINEAR, (box.x0, box.y0, box.x1, box.y1)))
