"""Makes a tiny COCO data set out of noise: `python tests/make/coco.py DIR`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from make.folders import HEIGHT, WIDTH, write_image

Annotation = tuple[str, dict[str, Any]]  # the category's name; bbox, segmentation and what else it has


def content(
    images: Mapping[str, Sequence[Annotation]], size: tuple[int, int] | None = (WIDTH, HEIGHT), **more: object
) -> dict[str, Any]:
    """A COCO file's content: file name -> annotations. ``more`` stands in each image."""
    names = list(dict.fromkeys(name for annotations in images.values() for name, _ in annotations))
    stated = {"width": size[0], "height": size[1]} if size else {}
    annotations = [
        {"image_id": image, "category_id": names.index(name) + 1, "iscrowd": 0, **entry}
        for image, of_image in enumerate(images.values(), 1)
        for name, entry in of_image
    ]
    return {
        "info": {"description": "made of noise"},
        "images": [{"id": id, "file_name": name, **stated, **more} for id, name in enumerate(images, 1)],
        "categories": [{"id": id, "name": name, "supercategory": "nodule"} for id, name in enumerate(names, 1)],
        "annotations": [{"id": id, **annotation} for id, annotation in enumerate(annotations, 1)],
    }


def write(root: Path, value: object, name: str = "annotations/instances_all.json") -> Path:
    """Writes ``value`` as JSON."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_file(
    root: Path,
    images: Mapping[str, Sequence[Annotation]],
    name: str = "annotations/instances_all.json",
    size: tuple[int, int] | None = (WIDTH, HEIGHT),
) -> Path:
    """Writes a COCO file, as ``content`` has it."""
    return write(root, content(images, size), name)


def write_one(root: Path, *annotations: dict[str, Any], **image: Any) -> Path:
    """Writes one image with these annotations, all benign; ``image`` stands in its entry. Returns ``root``."""
    write_image(root / "images" / "1.png")
    write(root, content({"1.png": [("benign", one) for one in annotations]}, **image))
    return root


def make(root: Path) -> Path:
    """Writes six images in train/ and test/, and a file for each: boxes, and polygons of which one is in two pieces."""
    lists: dict[str, dict[str, list[Annotation]]] = {"train": {}, "test": {}}
    for number in range(6):
        of_list = "train" if number < 4 else "test"
        name = "Malignant" if number % 2 else "benign"
        write_image(root / of_list / f"{number:06}.jpg", number)
        lists[of_list][f"{number:06}.jpg"] = [(name, {"bbox": [number + 0.5, 2, 39.5 - number, 28], "area": 1.0})]
    drawn = [[45.0, 30.0, 70.5, 31.0, 60.0, 50.0], [71, 30, 75, 30, 75, 34]]
    lists["train"]["000003.jpg"].append(("benign", {"bbox": [45, 30, 30, 20], "segmentation": drawn}))
    for of_list, images in lists.items():
        write_file(root, images, f"annotations/instances_{of_list}.json")
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
