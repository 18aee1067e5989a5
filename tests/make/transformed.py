"""Pictures as they come back from another export: `python tests/make/transformed.py` measures what is found of them.

It makes 100 simulated pictures, plants the transformed copy of each on the other side of a split, and counts the copies
that the leak gate names beside their original, for each transformation.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.audit.leaks.pairs import of_duplicates
from isthmus.data.audit.survey import Survey
from isthmus.data.dataset import ImageRecord
from isthmus.nodule import ImageRef, Pixels
from isthmus.phantom.write import write_phantom

Transformation = Callable[[Pixels], Pixels]
PICTURES = 100


def encoded(quality: int) -> Transformation:
    def transform(grey: Pixels) -> Pixels:
        file = io.BytesIO()
        Image.fromarray(grey).save(file, "JPEG", quality=quality)
        return np.asarray(Image.open(file).convert("L"))

    return transform


def moved(right: float, down: float, turn: float = 0.0) -> Transformation:
    """Shifted by pixels and turned by degrees about the middle; what comes in from outside is black."""

    def transform(grey: Pixels) -> Pixels:
        height, width = grey.shape
        map_ = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
        map_[:, 2] += right, down
        return np.asarray(cv2.warpAffine(grey, map_, (width, height)), np.uint8)

    return transform


def brightened(gain: float, offset: float = 0.0, gamma: float = 1.0) -> Transformation:
    def transform(grey: Pixels) -> Pixels:
        bright = gain * 255 * (grey / 255.0) ** gamma + offset
        return np.clip(bright, 0, 255).round().astype(np.uint8)

    return transform


def resized(scale: float) -> Transformation:
    def transform(grey: Pixels) -> Pixels:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how), np.uint8)

    return transform


def cropped(share: float) -> Transformation:
    """Without ``share`` of the width and height, half of it on each side."""

    def transform(grey: Pixels) -> Pixels:
        rows, columns = (round(side * share / 2) for side in grey.shape)
        return np.ascontiguousarray(grey[rows : grey.shape[0] - rows, columns : grey.shape[1] - columns])

    return transform


def blurred(sigma: float) -> Transformation:
    return lambda grey: np.asarray(cv2.GaussianBlur(grey, (0, 0), sigma), np.uint8)


def noisy(deviation: float) -> Transformation:
    def transform(grey: Pixels) -> Pixels:
        noise = np.random.default_rng(0).normal(0, deviation, grey.shape)
        return np.clip(grey + noise, 0, 255).round().astype(np.uint8)

    return transform


def every(*transformations: Transformation) -> Transformation:
    def transform(grey: Pixels) -> Pixels:
        for one in transformations:
            grey = one(grey)
        return grey

    return transform


TRANSFORMATIONS: Mapping[str, Transformation] = {
    "none": lambda grey: grey,
    "re-encoded, JPEG 75": encoded(75),
    "re-encoded, JPEG 30": encoded(30),
    "shifted by 12 and 7 pixels": moved(12, 7),
    "brightened: 1.2 times and 15 more": brightened(1.2, 15),
    "brightened: 1.3 times": brightened(1.3),
    "brightened: 8 more": brightened(1, 8),
    "darkened: 0.6 times": brightened(0.6),
    "gamma 0.6": brightened(1, gamma=0.6),
    "resized to 0.5": resized(0.5),
    "resized to 1.5": resized(1.5),
    "cropped to 0.8 a side": cropped(0.2),
    "cropped to 0.6 a side": cropped(0.4),
    "cropped to 0.4 a side": cropped(0.6),
    "mirrored left to right": lambda grey: np.ascontiguousarray(grey[:, ::-1]),
    "JPEG 75, shifted, brightened, resized to 0.75, cropped to 0.8": every(
        moved(12, 7), brightened(1.2, 15), resized(0.75), cropped(0.2), encoded(75)
    ),
    "blurred, sigma 1.5 pixels": blurred(1.5),
    "noise of 15 grey levels": noisy(15),
    "turned by 2 degrees": moved(0, 0, 2),
    "turned by 5 degrees": moved(0, 0, 5),
    "turned by 15 degrees": moved(0, 0, 15),
    "upside down": lambda grey: np.ascontiguousarray(grey[::-1]),
}


def pictures(folder: Path, count: int) -> list[Path]:
    """``count`` simulated pictures, one a patient, so that no two show one frame."""
    write_phantom(folder, patients=count, seed=17)
    firsts = sorted(folder.glob("*_1.jpg"), key=lambda path: int(path.stem.split("_")[0]))
    return firsts[:count]


def found(originals: list[Path], transform: Transformation, folder: Path, survey: Survey) -> tuple[int, int, int]:
    """How many copies are named beside their original as identical and as near, and how many other pairs are named.

    ``survey`` has examined the originals, if they were compared before.
    """
    records = []
    for path in originals:
        copy = folder / f"copy_{path.stem}.png"
        grey = np.asarray(Image.open(path).convert("L"))
        Image.fromarray(transform(grey)).save(copy)
        records += [ImageRecord(one.stem, ImageRef(one), one.stem, 1, 1) for one in (path, copy)]
    sides = {record.id: ("test" if record.id.startswith("copy_") else "train",) for record in records}
    leaks = of_duplicates(sides, find_duplicates(records, survey=survey))
    pairs = [(leak.kind, f"copy_{leak.a}" == leak.b) for leak in leaks]
    return pairs.count(("identical", True)), pairs.count(("near", True)), sum(not own for _, own in pairs)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name, Survey() as survey:
        originals = pictures(Path(name) / "phantom", PICTURES)
        for what, transform in TRANSFORMATIONS.items():
            folder = Path(name) / what.replace(" ", "_")
            folder.mkdir()
            counts = found(originals, transform, folder, survey)
            print(f"| {what} | {' | '.join(map(str, counts))} | of {len(originals)}", flush=True)
