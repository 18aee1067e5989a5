"""Makes a tiny Pascal VOC data set out of noise: `python tests/make/voc.py DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 80, 60

Object = tuple[str, tuple[object, object, object, object]]  # name; xmin, ymin, xmax, ymax, counted from 1


def write_image(root: Path, image: str, seed: int = 0) -> Path:
    """Writes JPEGImages/<image>.jpg, a picture of noise."""
    grey = np.random.default_rng(seed).normal(70, 30, (HEIGHT, WIDTH)).clip(0, 255).astype(np.uint8)
    path = root / "JPEGImages" / f"{image}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.stack([grey] * 3, axis=-1)).save(path, quality=90)
    return path


def write_annotation(
    root: Path,
    image: str,
    objects: Sequence[Object],
    size: tuple[int, int] | None = (WIDTH, HEIGHT),
    filename: str | None = None,
    extra: str = "",
) -> Path:
    """Writes Annotations/<image>.xml; ``extra`` is put in as it stands, before the objects."""
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>" if size else ""
    bodies = [
        f"<object><name>{escape(name)}</name><truncated>0</truncated><difficult>1</difficult>"
        f"<bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin><xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>"
        for name, box in objects
    ]
    named = f"<filename>{filename or image + '.jpg'}</filename>"
    path = root / "Annotations" / f"{image}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["<annotation>", named, stated, extra, *bodies, "</annotation>\n"]), encoding="utf-8")
    return path


def write_list(root: Path, name: str, lines: Sequence[str]) -> Path:
    """Writes ImageSets/Main/<name>.txt."""
    path = root / "ImageSets" / "Main" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def make(root: Path) -> Path:
    """Writes six images, seven objects, and the lists train and test. Returns ``root``."""
    for number in range(6):
        image = f"{number:06}"
        write_image(root, image, number)
        name = "Malignant" if number % 2 else "benign"
        objects: list[Object] = [(name, (1 + number, 2, 40, 30))]
        if number == 3:
            objects.append(("benign", (45, 30, WIDTH, HEIGHT)))
        write_annotation(root, image, objects)
    write_list(root, "train", [f"{number:06}" for number in range(4)])
    write_list(root, "test", ["000004", "000005"])
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
