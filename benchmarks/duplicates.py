"""How the search for duplicates, and the whole of ``look``, grow with the number of images.

    python benchmarks/duplicates.py [--descriptors 1000 10000 100000] [--pictures 1000 10000]

Pictures are the anatomies of 20 simulated ones under speckle of their own, and copies are shifted by 8 pixels. Each
size is a process of its own, so that its memory is its own. **Descriptors**: of 200 pictures and a copy of each;
further images draw theirs from those of all these, each bit turned with probability 1/32. Keys are made meanwhile, and
only taking them in and searching is timed. **Pictures**: JPEGs, every hundredth a copy of the one before; ``isthmus
look`` is timed, its start included.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.audit.frames import KEYPOINTS, View, descriptor_keys
from isthmus.data.audit.key_search import Keys, KeySearch
from isthmus.nodule import Frame, Pixels
from isthmus.phantom.patients import draw_patient, picture

SHIFT, TURNED = 8, 5  # pixels; a bit is turned with probability 1 / 2 ** TURNED
ANATOMIES, DESCRIBED = 20, 200
EVERY = 100  # pictures, of which one is a copy
Descriptors = npt.NDArray[np.uint8]


def main() -> None:
    """Measures every size that was asked for, and prints a line for each and the exponent between two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--descriptors", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--pictures", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        kind, images = given.one.split(":")
        print(json.dumps((search if kind == "search" else look)(int(images))))
        return
    for kind, sizes in (("search", given.descriptors), ("look", given.pictures)):
        before: tuple[int, float] | None = None
        for images in sizes:
            call = [sys.executable, __file__, "--one", f"{kind}:{images}"]
            said = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout)
            power = before and math.log(said["cpu"] / before[1]) / math.log(images / before[0])
            grown = f", processor time grows with the {power:.2f}th power" if power else ""
            print(
                f"{kind} of {images}: {said['wall']:.1f} s, {said['cpu']:.1f} s of processor, {said['mb']:.0f} MB"
                f"{grown}; {said['found']}",
                flush=True,
            )
            before = images, said["cpu"]


def search(images: int) -> dict[str, object]:
    """Takes in the keys of so many images and searches them."""
    own = [described(pixels) for pixels in pictures(DESCRIBED)]
    pool = [np.concatenate([sides[side] for pair in own for sides in pair]) for side in (0, 1)]
    copies = min(len(own), images // 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine, wall, cpu = KeySearch(), 0.0, 0.0
    for number, keys in enumerate(every_key(own[:copies], pool, images)):
        start, used = time.perf_counter(), time.process_time()
        engine.add(number, keys)
        wall, cpu = wall + time.perf_counter() - start, cpu + time.process_time() - used
    start, used = time.perf_counter(), time.process_time()
    pairs = engine.pairs(np.arange(images))
    wall, cpu = wall + time.perf_counter() - start, cpu + time.process_time() - used
    engine.close()
    planted = {(2 * number, 2 * number + 1, False) for number in range(copies)}
    met = len(planted & set(pairs))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = f"{met} of {copies} copies proposed and {len(pairs) - met} other pairs; {before:.0f} MB before the search"
    return {"wall": wall, "cpu": cpu, "mb": memory, "found": found}


def every_key(own: list[list[list[Descriptors]]], pool: list[Descriptors], images: int) -> Iterator[Keys]:
    """First the pictures and their copies, in turn, then images drawn from the pool."""
    for pair in own:
        for sides in pair:
            yield np.stack([padded(descriptor_keys(descriptors)) for descriptors in sides])
    noise = np.random.default_rng(0)
    for _ in range(2 * len(own), images):
        drawn = [side[noise.integers(0, len(side), KEYPOINTS)] for side in pool]
        yield np.stack([descriptor_keys(some ^ turned(noise, some.shape)) for some in drawn])


def turned(noise: np.random.Generator, shape: tuple[int, ...]) -> Descriptors:
    """Bytes whose bits are 1 with probability 1 / 2 ** TURNED."""
    bits = noise.integers(0, 256, (TURNED, *shape), np.uint8)
    return np.asarray(np.bitwise_and.reduce(bits, axis=0), np.uint8)


def padded(keys: Keys) -> Keys:
    """As many rows as there may be keypoints."""
    return np.pad(keys, ((0, KEYPOINTS - len(keys)), (0, 0)))


def described(plain: Pixels) -> list[list[Descriptors]]:
    """The descriptors of a picture and of its shifted copy, each as it is and mirrored."""
    views = [View(Frame(pixels)) for pixels in (plain, shifted(plain))]
    return [[side.features(KEYPOINTS)[1][:KEYPOINTS] for side in (view, view.mirrored())] for view in views]


def look(images: int) -> dict[str, object]:
    """Writes so many pictures and looks them through."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "data")
        write_pictures(root / "benign", images)
        call = [sys.executable, "-m", "isthmus", "look", str(root), "--as", "folders", "--json"]
        start = time.perf_counter()
        said = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout)
        wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = f"{len(said['duplicates'])} sets found of {images // EVERY} copies"
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024, "found": found}


def write_pictures(folder: Path, images: int) -> None:
    """JPEGs of pictures, and of some shifted copies."""
    folder.mkdir(parents=True)
    last = None
    for number, own in enumerate(pictures(images)):
        last = shifted(last) if last is not None and number % EVERY == EVERY - 1 else own
        Image.fromarray(last).save(folder / f"{number}.jpg", quality=90)


def pictures(count: int) -> Iterator[Pixels]:
    """Grey pictures: anatomies of simulated ones, each time under other speckle."""
    noise = np.random.default_rng(1)
    anatomies = [simulated(number) for number in range(ANATOMIES)]
    for number in range(count):
        anatomy = anatomies[number % ANATOMIES]
        speckle = cv2.GaussianBlur(noise.standard_normal(anatomy.shape, np.float32), (0, 0), 1.6)
        yield np.clip(anatomy * (1 + 1.5 * speckle), 0, 255).astype(np.uint8)


def simulated(number: int) -> npt.NDArray[np.float32]:
    """The anatomy of a simulated patient's first picture, without its speckle."""
    pixels = picture(draw_patient(0, number), 0, 0).pixels
    grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 8), np.float32)


def shifted(pixels: Pixels) -> Pixels:
    """The picture shifted by SHIFT pixels to the right and down."""
    moved = np.array([[1, 0, SHIFT], [0, 1, SHIFT]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, moved, pixels.shape[::-1]), np.uint8)


if __name__ == "__main__":
    main()
