"""Simulated pictures with planted leaks: `python tests/make/planted.py DIR` makes DIR/data and DIR/split.csv."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from isthmus.nodule import Pixels
from isthmus.phantom.write import write_phantom
from make import transformed

COPIES: Mapping[str, transformed.Transformation] = {
    "identical": transformed.TRANSFORMATIONS["none"],
    "encoded": transformed.encoded(75),
    "shifted": transformed.moved(12, 7),
    "brightened": transformed.brightened(1.2, 15),
    "resized": transformed.resized(0.75),
    "cropped": transformed.cropped(0.2),
}


def plant(folder: Path) -> tuple[Path, Path]:
    """The data set, a folder with nodules.csv, and a split of it with a picture that isn't there.

    On the test side is a copy of a training picture for each of COPIES, and a picture that is on the training side,
    too; on the validation side one of a patient of the training side.
    """
    root, made = folder / "data", folder / "phantom"
    root.mkdir(parents=True)
    write_phantom(made, patients=len(COPIES) + 4, seed=5)
    originals = sorted(made.glob("*_1.jpg"), key=lambda path: int(path.stem.split("_")[0]))
    rows, split = ["image,label,patient,x0,y0,x1,y1"], ["image,split"]

    def add(name: str, grey: Pixels, patient: str, side: str) -> None:
        Image.fromarray(grey).save(root / name)
        rows.append(f"{name},{('benign', 'malignant')[len(rows) % 2]},{patient},20,20,60,60")
        split.append(f"{name},{side}")

    for number, path in enumerate(originals):
        grey = np.asarray(Image.open(path).convert("L"))
        add(f"scan{number}.png", grey, f"p{number}", "train")
        if number < len(COPIES):
            name, transform = list(COPIES.items())[number]
            add(f"{name}.png", transform(grey), f"{name} patient", "test")
    add("again.png", np.full((80, 80), 90, np.uint8), "p9", "val")  # scan9's patient
    split += ["scan8.png,test", "nowhere.png,test"]
    (root / "nodules.csv").write_text("\n".join(rows) + "\n")
    table = folder / "split.csv"
    table.write_text("\n".join(split) + "\n")
    return root, table


if __name__ == "__main__":
    print(*plant(Path(sys.argv[1])))
