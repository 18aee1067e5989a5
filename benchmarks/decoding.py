"""How far P(malignant) moves if JPEGs are decoded at a fraction of their size: docs/decisions/0027-full-decoding.md.

    python benchmarks/decoding.py --model BUNDLE --ddti FOLDER [--every 3] [--enlarge 8]

Enlarges DDTI's images, decodes them in full and by libjpeg's DCT scaling, so that the RoI keeps at least so many times
the network's size, and compares what the bundle says in fp32.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.sources import open_source
from isthmus.infer.archive.pipeline import BATCH
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Nodule, Pixels

SCALES = (8, 4, 2, 1)
KEPT = (1, 2, 3)


def enlarged(nodule: Nodule, times: int) -> tuple[bytes, tuple[float, float, float, float]]:
    """The nodule's image as a larger JPEG, and its box there."""
    content = io.BytesIO()
    with Image.open(nodule.picture) as image:
        size = (image.width * times, image.height * times)
        image.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(content, "JPEG", quality=90)
    box = nodule.box
    return content.getvalue(), (box.x0 * times, box.y0 * times, box.x1 * times, box.y1 * times)


def roi(content: bytes, box: tuple[float, float, float, float], size: int, scale: int) -> Pixels:
    """The RoI of a JPEG decoded at 1/``scale``."""
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        image.draft("RGB", (width // scale, height // scale))
        image.load()
        down = width / image.width
        if down == 1:
            whole = image.crop(tuple(map(round, box)))
            return np.asarray(whole.resize((size, size), Image.Resampling.BILINEAR))
        left, top, right, bottom = (side / down for side in box)
        cut = image.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
        return np.asarray(cut)


def said(predictor: Predictor, rois: list[Pixels]) -> npt.NDArray[np.float32]:
    starts = range(0, len(rois), BATCH)
    return np.concatenate([predictor.engine.read(np.stack(rois[start : start + BATCH])).fused for start in starts])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--ddti", type=Path, required=True)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--enlarge", type=int, default=8)
    arguments = parser.parse_args()
    predictor = Predictor.load(arguments.model, "onnxruntime", threads=1)
    size, threshold = predictor.bundle.recipe.preparation.size, predictor.bundle.decision.threshold
    full: list[Pixels] = []
    scaled: dict[int, list[Pixels]] = {kept: [] for kept in KEPT}
    chosen: dict[int, list[int]] = {kept: [] for kept in KEPT}
    for nodule in open_source("ddti", arguments.ddti).nodules[:: arguments.every]:
        content, box = enlarged(nodule, arguments.enlarge)
        full.append(roi(content, box, size, 1))
        for kept in KEPT:
            side = min(box[2] - box[0], box[3] - box[1])
            scale = next((scale for scale in SCALES if side >= scale * kept * size), 1)
            chosen[kept].append(scale)
            scaled[kept].append(full[-1] if scale == 1 else roi(content, box, size, scale))
    p = said(predictor, full)
    for kept in KEPT:
        where = np.array(chosen[kept]) > 1
        other = said(predictor, scaled[kept])
        moved = np.abs(other - p)[where]
        changed = int(((other >= threshold) != (p >= threshold)).sum())
        figures = [float(np.quantile(moved, share)) for share in (0.5, 0.95, 1)] if where.any() else []
        print(
            f"RoI keeps {kept} x {size} pixels: {where.sum()} of {len(p)} nodules scaled, P(malignant) moves by "
            f"median, 95 %, most {', '.join(f'{figure:.4f}' for figure in figures)}; verdicts changed: {changed}"
        )


if __name__ == "__main__":
    main()
