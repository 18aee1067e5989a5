"""Made ultrasound pictures: speckle in a scan area on black, with a machine's overlay round it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from isthmus.data.dataset import ImageRecord
from isthmus.nodule import ImageRef, Pixels

WIDTH, HEIGHT = 400, 260
AREA = (60, 20, 340, 220)  # x0, y0, x1, y1


def scan(seed: int, text: str = "P100 12L6", area: tuple[int, int, int, int] = AREA) -> Pixels:
    """An RGB picture whose speckle is the seed's, with the same overlay whatever the seed; "" for no overlay."""
    x0, y0, x1, y1 = area
    noise = np.random.default_rng(seed)
    tissue = cv2.GaussianBlur(noise.normal(0, 1, (y1 - y0, x1 - x0)), (0, 0), 25)
    speckle = cv2.GaussianBlur(noise.normal(0, 1, (y1 - y0, x1 - x0)), (0, 0), 1.6)
    grey = np.zeros((HEIGHT, WIDTH), np.uint8)
    grey[y0:y1, x0:x1] = np.clip(85 + 18 * speckle / speckle.std() + 15 * tissue / tissue.std(), 0, 190)
    picture = np.stack([grey] * 3, axis=-1)
    if text:
        write(picture, text, (70, 245))
        cv2.rectangle(picture, (10, 100), (16, 180), (255, 255, 255), -1)
    return picture


def write(picture: Pixels, text: str, at: tuple[int, int], colour: tuple[int, int, int] = (255, 255, 255)) -> None:
    """Burns text into the picture, its first base point ``at`` (x, y)."""
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1)


def cross(picture: Pixels, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Burns a caliper's cross into the picture about ``at`` (x, y)."""
    cv2.drawMarker(picture, at, colour, cv2.MARKER_CROSS, 11, 1)


def save(folder: Path, name: str, picture: Pixels, ending: str = "png", **options: object) -> ImageRecord:
    """Writes the picture; its patient is what stands before the name's "_"."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{ending}"
    Image.fromarray(np.ascontiguousarray(picture)).save(path, **options)
    return ImageRecord(name, ImageRef(path), name.rpartition("_")[0], picture.shape[1], picture.shape[0])
