"""Remakes shipped_scores.json: python tests/golden/make_shipped_scores.py [--frames]

The scores of every model that ships, on the default engine, for the frames in shipped_frames: three simulated nodules
and three synthetic pictures, as PNG, so that no random number has a part. ``--frames`` draws those anew, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.infer.predictor import Predictor
from isthmus.models import names
from isthmus.nodule import Box, Pixels
from isthmus.phantom.patients import draw_patient, picture

HERE = Path(__file__).parent
SCORES, FRAMES = HERE / "shipped_scores.json", HERE / "shipped_frames"
SEED = 12


def draw() -> Iterator[tuple[str, Pixels, Box]]:
    """Each frame by name, with the nodule's box."""
    for index in range(3):
        drawn = picture(draw_patient(SEED, index), SEED, 0)
        yield (
            f"simulated-{index + 1}",
            np.asarray(Image.fromarray(drawn.pixels).convert("L")),
            Box.around(drawn.polygons[0]),
        )
    rows, columns = np.mgrid[0:160, 0:200]
    box = Box(50, 40, 150, 110)
    yield "ramp", (columns * 255 // 199).astype(np.uint8), box
    yield "disc", np.where((rows - 75) ** 2 + (columns - 100) ** 2 < 900, 40, 160).astype(np.uint8), box
    yield "checks", (((rows // 8 + columns // 8) % 2) * 200).astype(np.uint8), Box(0, 0, 200, 160)


def frames() -> dict[str, tuple[Path, Box]]:
    """The stored frames, with their boxes, by name."""
    boxes = json.loads((FRAMES / "boxes.json").read_text(encoding="utf-8"))
    return {name: (FRAMES / f"{name}.png", Box(*box)) for name, box in boxes.items()}


def scores(predictor: Predictor) -> dict[str, dict[str, float]]:
    """What a model reads of each frame: before calibration, ``fused``, and after it, ``p_malignant``."""
    found = {}
    for name, (path, box) in frames().items():
        frame = read_frame(path)
        roi = prepare(frame, box, predictor.bundle.recipe.preparation)
        fused = float(predictor.engine.read(roi[None]).fused[0])
        found[name] = {"fused": fused, "p_malignant": predictor.predict(frame, box).probability}
    return found


def main() -> None:
    if "--frames" in sys.argv:
        FRAMES.mkdir(exist_ok=True)
        boxes = {}
        for name, pixels, box in draw():
            Image.fromarray(pixels).save(FRAMES / f"{name}.png", optimize=True)
            boxes[name] = [box.x0, box.y0, box.x1, box.y1]
        (FRAMES / "boxes.json").write_text(json.dumps(boxes, indent=1) + "\n", encoding="utf-8")
    shipped = {name: scores(Predictor.load(name)) for name in names.names()}
    SCORES.write_text(json.dumps(shipped, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
