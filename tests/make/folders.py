"""Makes tiny folders benign/ and malignant/ out of noise, with masks: `python tests/make/folders.py DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 80, 60


def write_image(path: Path, seed: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Writes a picture of noise, ``size`` = (width, height)."""
    grey = np.random.default_rng(seed).normal(70, 30, (size[1], size[0])).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey).save(path)
    return path


def write_mask(path: Path, *boxes: tuple[int, int, int, int], size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Writes a mask that marks these x0, y0, x1, y1 boxes, the far ends left out."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path)
    return path


def write_table(root: Path, rows: Sequence[str], header: str = "image,patient,label,x0,y0,x1,y1") -> Path:
    """Writes nodules.csv."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / "nodules.csv"
    path.write_text("".join(f"{row}\n" for row in [header, *rows]), encoding="utf-8")
    return path


def make(root: Path) -> Path:
    """Writes six images, one with a mask, one with two, one in the table. Returns ``root``."""
    for number in range(6):
        write_image(root / ("Malignant" if number % 2 else "benign") / f"case {number}.png", number)
    write_mask(root / "benign" / "case 0_mask.png", (10, 12, 30, 28))
    write_mask(root / "Malignant" / "case 1_mask.png", (10, 12, 30, 28))
    write_mask(root / "Malignant" / "case 1_mask_1.png", (50, 5, 70, 25))
    write_table(root, ["case 2,anna,,5,6,25,26", "case 4,anna,,,,,"])
    return root


def make_tn3k(root: Path, names: tuple[str, str] = ("0", "1")) -> Path:
    """Writes four images and JPEG masks of the same names in two folders, and a table with labels ``names``."""
    rows = []
    for number in range(4):
        image, mask = (f"trainval-{what}/{number:04}.jpg" for what in ("image", "mask"))
        write_image(root / image, number)
        write_mask(root / mask, (10 + number, 12, 31, 28))
        rows.append(f"{image},{names[number % 2]},trainval-mask")
    write_table(root, rows, header="image,label,mask")
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
