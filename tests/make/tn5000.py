"""Makes a tiny data set in TN5000's layout out of noise: `python tests/make/tn5000.py DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from make.voc import write_annotation, write_image, write_list

DATABASE = "<source><database>TN5000</database></source>"


def make(root: Path, count: int = 12, run: int = 4) -> Path:
    """Writes ``count`` images of one nodule each, numbered from 1 on, in the lists train, val and test.

    The first ``run`` are benign, the next malignant, and so on, as file order goes with the label in TN5000.
    """
    lists: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for number in range(count):
        image = f"{number + 1:06}"
        write_image(root, image, number)
        box = (5 + number % 20, 4, 45 + number % 20, 34)
        write_annotation(root, image, [(str(number // run % 2), box)], extra=DATABASE)
        lists[("train", "train", "val", "test")[number % 4]].append(image)
    for name, images in lists.items():
        write_list(root, name, images)
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
