"""The named set of outsiders, pictures that are no thyroid nodule in ultrasound, on which an input gate is measured.

    python benchmarks/outsiders.py SHEET.png [--seed 0] [--others FOLDER]

draws those that need no nodule. They come from a random generator, and from pictures in scikit-image, scikit-learn and
matplotlib, as installed, without a network, or are the user's, in a folder for each kind. The others are made of a
nodule's picture when the gate is measured, and never kept. Needs the packages of isthmus[baselines].
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import skimage
import sklearn.datasets
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.nodule import Box, Frame, Pixels
from isthmus.recipe import Preparation

Rng = np.random.Generator
Read = tuple[Frame, Box]  # a picture and the box that is said to be the nodule's

SKIMAGE = Path(skimage.__file__).parent / "data"
SKLEARN = Path(sklearn.datasets.__file__).parent / "images"
MATPLOTLIB = Path(matplotlib.__file__).parent / "mpl-data" / "sample_data"
PHOTOGRAPHS = (
    *(SKIMAGE / name for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")),
    *(SKIMAGE / name for name in ("camera.png", "coins.png", "brick.png", "grass.png", "gravel.png")),
    *(SKLEARN / name for name in ("china.jpg", "flower.jpg")),
    MATPLOTLIB / "grace_hopper.jpg",
)
MICROSCOPES = tuple(SKIMAGE / name for name in ("cell.png", "ihc.png", "retina.jpg", "microaneurysms.png"))
SKY = tuple(SKIMAGE / name for name in ("moon.png", "hubble_deep_field.jpg"))
BOXES = 8  # of a picture, beside the whole of it
ACROSS = 12  # of a kind, on a sheet
WORDS = ("thyroid", "left", "lobe", "size", "mm", "nodule", "patient", "date", "the", "of", "and", "no", "with", "is")


def installed(seed: int = 0) -> Iterator[tuple[str, Frame, Box]]:
    """Outsiders that packages hold: kind, picture and box."""
    rng = np.random.default_rng(seed)
    for path in PHOTOGRAPHS:
        yield from _boxes("photograph", _opened(path, "RGB"), rng)
        yield from _boxes("photograph, grey", _opened(path, "L"), rng)
    for path in (*MICROSCOPES, *SKY):
        yield from _boxes("microscope, retina, sky", _opened(path, "L"), rng)
    for name in ("page.png", "text.png"):
        yield from _boxes("text page", _opened(SKIMAGE / name, "L"), rng)


def others(folder: Path, seed: int = 0) -> Iterator[tuple[str, Frame, Box]]:
    """Outsiders in FOLDER/<kind>/<picture>: kind, picture and box. Photographs are read in colour and in grey."""
    rng = np.random.default_rng(seed)
    for path in sorted(path for path in folder.glob("*/*") if path.is_file()):
        kind, frame = path.parent.name, read_frame(path)
        yield from _boxes(kind, frame.pixels, rng)
        if kind == "photograph":
            grey = np.asarray(Image.fromarray(frame.pixels).convert("L"))
            yield from _boxes(f"{kind}, grey", grey, rng)


def made(seed: int = 0) -> Iterator[tuple[str, Frame, Box]]:
    """Outsiders from a random generator: kind, picture and box."""
    rng = np.random.default_rng(seed)
    for number in range(20):
        yield from _boxes("text page", _text(rng, dark=number % 4 == 3), rng, 3)
    for number in range(60):
        yield from _boxes("blank or gradient", _blank(rng, number), rng, 0)
        yield from _boxes("noise", _noise(rng, number), rng, 0)
    for number in range(30):
        yield from _boxes("CT or MR, made", _slice(rng, bone=number % 2 == 0), rng, 2)


def _opened(path: Path, mode: str) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


def _boxes(kind: str, pixels: Pixels, rng: Rng, count: int = BOXES) -> Iterator[tuple[str, Frame, Box]]:
    """The whole picture, and ``count`` boxes in it, with sides of a sixth to a half of its shorter one."""
    frame = Frame(pixels, origin=kind)
    yield kind, frame, Box(0, 0, frame.width, frame.height)
    shorter = min(frame.width, frame.height)
    for _ in range(count):
        width, height = (int(rng.integers(shorter // 6, shorter // 2)) for _ in range(2))
        x, y = int(rng.integers(0, frame.width - width)), int(rng.integers(0, frame.height - height))
        yield kind, frame, Box(x, y, x + width, y + height)


def _text(rng: Rng, dark: bool) -> Pixels:
    image = Image.new("L", (600, 450), 255)
    font = ImageFont.load_default(size=int(rng.integers(11, 26)))
    drawn, y = ImageDraw.Draw(image), 10
    while y < image.height:
        drawn.text((12, y), " ".join(rng.choice(WORDS, 24)), fill=int(rng.integers(0, 80)), font=font)
        y += int(font.size * 1.4)
    return 255 - np.asarray(image) if dark else np.asarray(image)


def _blank(rng: Rng, number: int) -> Pixels:
    level, noise = rng.uniform(0, 255), (0.0, 1.5, 4.0)[number % 3]
    y, x = np.mgrid[:300, :400] / 400 - 0.4
    turn, steep = rng.uniform(0, 2 * np.pi), (0.0, 90.0, 250.0, 400.0)[number % 4]
    return _bytes(level + steep * (x * np.cos(turn) + y * np.sin(turn)) + rng.normal(0, noise + 1e-9, x.shape))


def _noise(rng: Rng, number: int) -> Pixels:
    grain = rng.normal(0, 1, (300, 400))
    grain = ndimage.gaussian_filter(grain, (0.0, 0.7, 1.5, 4.0)[number % 4])
    grain = grain / grain.std()
    spread = rng.uniform(20, 70)
    if number % 3 == 0:
        return rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    return _bytes(rng.uniform(60, 180) + spread * grain)


def _slice(rng: Rng, bone: bool) -> Pixels:
    """Ellipses of soft grey in a body on black, as a CT (with a ring of bone) or an MR shows it, with noise."""
    y, x = np.mgrid[:400, :400] / 200 - 1
    shown = np.zeros((400, 400))
    body = (x / 0.85) ** 2 + (y / 0.7) ** 2
    shown[body < 1] = 250 if bone else 200
    shown[body < 0.85] = 110 if bone else 90
    for _ in range(14):
        cx, cy, a, b = rng.uniform(-0.5, 0.5), rng.uniform(-0.4, 0.4), *rng.uniform(0.05, 0.3, 2)
        organ = (((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1) & (body < 0.85)
        shown[organ] = rng.uniform(30, 220)
    return _bytes(ndimage.gaussian_filter(shown, 1.0) + rng.normal(0, rng.uniform(2, 10), shown.shape))


def _bytes(values: npt.NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _negative(frame: Frame, box: Box, rng: Rng) -> Read:
    return Frame(255 - frame.pixels, origin=frame.origin), box


def _upside_down(frame: Frame, box: Box, rng: Rng) -> Read:
    flipped = np.ascontiguousarray(frame.pixels[::-1])
    return Frame(flipped, origin=frame.origin), Box(box.x0, frame.height - box.y1, box.x1, frame.height - box.y0)


def _doppler(frame: Frame, box: Box, rng: Rng) -> Read:
    """Red and blue where a smooth random field is high, over a tenth to two fifths of the box and its surroundings."""
    pixels = frame.pixels if frame.pixels.ndim == 3 else np.repeat(frame.pixels[..., None], 3, axis=-1)
    pixels = pixels.copy()
    side = max(box.width, box.height)
    field = ndimage.gaussian_filter(rng.normal(0, 1, pixels.shape[:2]), side / 12)
    inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    flow = field > np.quantile(field[inside], 1 - rng.uniform(0.1, 0.4))
    near = np.zeros_like(flow)
    near[max(box.y0 - side // 4, 0) : box.y1 + side // 4, max(box.x0 - side // 4, 0) : box.x1 + side // 4] = True
    flow &= near
    towards = ndimage.gaussian_filter(rng.normal(0, 1, field.shape), side / 6) > 0
    speed = np.clip((field - field[flow].min()) / np.ptp(field[flow]), 0, 1) if flow.any() else field
    hot = np.stack([150 + 105 * speed, 160 * speed, 20 * speed], axis=-1)
    paint = np.where(towards[..., None], hot, hot[..., ::-1])
    pixels[flow] = _bytes(paint[flow])
    return Frame(pixels, origin=frame.origin), box


def _small(frame: Frame, box: Box, rng: Rng) -> Read:
    side = int(rng.integers(4, 15))
    x, y = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2
    return frame, Box(x, y, min(x + side, frame.width), min(y + side, frame.height))


def _outside(frame: Frame, box: Box, rng: Rng) -> Read:
    """The picture moved into a larger black one, and a box of the nodule's size of which three fifths or more, or all,
    lie beside it."""
    height, width = frame.pixels.shape[:2]
    beside = 3 * max(box.width, box.height)
    black = np.zeros((height, width + beside, *frame.pixels.shape[2:]), np.uint8)
    black[:, :width] = frame.pixels
    x = width - int(rng.uniform(0, 0.4) * box.width)
    return Frame(black, origin=frame.origin), Box(x, box.y0, x + box.width, box.y1)


TURNED: Mapping[str, Callable[[Frame, Box, Rng], Read]] = {
    "Doppler colour": _doppler,
    "inverted": _negative,
    "upside down": _upside_down,
    "RoI too small": _small,
    "RoI outside the scan": _outside,
}


def turned_one(number: int, frame: Frame, box: Box, rng: Rng) -> tuple[str, Frame, Box]:
    """An outsider made of a nodule's picture, of the kind whose turn it is: kind, picture and box."""
    kinds = list(TURNED)
    kind = kinds[number % len(kinds)]
    return kind, *TURNED[kind](frame, box, rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--others", type=Path)
    options = parser.parse_args()
    rois: dict[str, list[Pixels]] = {}
    for kind, frame, box in others(options.others) if options.others else (*installed(), *made(options.seed)):
        rois.setdefault(kind, []).append(prepare(frame, box, Preparation(size=64)))
    rows = [np.hstack([*several[:: max(1, len(several) // ACROSS)][:ACROSS]]) for several in rois.values()]
    widest = max(row.shape[1] for row in rows)
    Image.fromarray(np.vstack([np.pad(row, ((0, 4), (0, widest - row.shape[1]), (0, 0))) for row in rows])).save(
        options.sheet
    )
    print(*rois, sep="\n")


if __name__ == "__main__":
    main()
