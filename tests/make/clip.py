"""Ultrasound files of DICOM out of simulated pictures: a clip, and a window with two views."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from make.sonograms import native, region

LEFT, RIGHT = (0, 0, 279, 359), (281, 0, 559, 359)


def clip(picture: Path, to: Path) -> Path:
    """A clip of three frames, each a little darker, of .05 mm a pixel across and .1 down."""
    grey = np.asarray(Image.open(picture).convert("L"))
    frames = [(by * grey).astype(np.uint8) for by in (1, 0.95, 0.9)]
    tissue = region((0, 0, 559, 359), PhysicalDeltaX=0.005, PhysicalDeltaY=0.01)
    to.write_bytes(native(*frames, SequenceOfUltrasoundRegions=[tissue]))
    return to


def dual(picture: Path, to: Path) -> Path:
    """One frame with two views: .1 mm a pixel on the left, .2 on the right."""
    grey = np.asarray(Image.open(picture).convert("L"))
    views = [
        region(LEFT, PhysicalDeltaX=0.01, PhysicalDeltaY=0.01),
        region(RIGHT, PhysicalDeltaX=0.02, PhysicalDeltaY=0.02),
    ]
    to.write_bytes(native(grey, SequenceOfUltrasoundRegions=views))
    return to
