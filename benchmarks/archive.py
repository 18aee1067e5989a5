"""Images a second, memory and shares of an archive that `isthmus predict` reads, for several sizes of it.

    python benchmarks/archive.py --model MODEL [--engine NAME] [--threads N] [--images 2000,20000] [--size 560x360]
        [--kind grey|colour|marked]

Makes JPEGs from simulated ultrasound pictures (64 of them, over and over; each file is decoded anew), runs the command
in a process of its own, and says for each number of images: seconds, images a second, processor time an image, and the
most memory that was in use. Then it times the steps alone, in turns, as processor time. The JPEGs are grey; in colour,
every pixel of them grey, as scanners save them (the default); or in colour with yellow calipers.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from isthmus.infer.archive.items import Item, whole
from isthmus.infer.archive.pipeline import BATCH, prepare_item, read_items
from isthmus.infer.predictor import Predictor
from isthmus.phantom.write import write_phantom

PICTURES = 64
KINDS = ("grey", "colour", "marked")


def pictures(size: tuple[int, int], kind: str = "colour") -> list[bytes]:
    """JPEGs of simulated ultrasound, quality 90, brought to ``size``."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        write_phantom(Path(folder), patients=PICTURES, seed=1)
        for path in sorted(Path(folder).glob("*.jpg"))[:PICTURES]:
            content = io.BytesIO()
            with Image.open(path) as image:
                brought = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
            if kind == "marked":
                draw = ImageDraw.Draw(brought)
                for x, y in ((0.4, 0.4), (0.6, 0.6)):
                    draw.regular_polygon((round(x * size[0]), round(y * size[1]), 5), 4, fill=(255, 255, 0))
            brought.convert("L" if kind == "grey" else "RGB").save(content, "JPEG", quality=90)
            made.append(content.getvalue())
    return made


def fill(folder: Path, jpegs: Sequence[bytes], count: int) -> None:
    """Writes ``count`` images, a thousand a folder."""
    for number in range(count):
        path = folder / f"{number // 1000:04}" / f"{number:07}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpegs[number % len(jpegs)])


def run(folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """The command's own figures, with processor seconds and peak memory in MB of its process."""
    command = [sys.executable, "-m", "isthmus", "predict", str(folder), "--model", str(arguments.model)]
    command += ["--engine", arguments.engine, "--threads", str(arguments.threads), "--json"]
    with tempfile.TemporaryDirectory() as to:
        process = subprocess.Popen([*command, "--to", str(Path(to) / "out.csv")], stdout=subprocess.PIPE)
        assert process.stdout is not None
        said: dict[str, float] = json.loads(process.stdout.read())
        _, _, used = os.wait4(process.pid, 0)
    return said | {"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def milliseconds(step: Callable[[], object], images: int) -> float:
    """Processor time an image."""
    start = time.process_time()
    step()
    return 1000 * (time.process_time() - start) / images


def steps(folder: Path, predictor: Predictor, repeats: int = 15) -> tuple[float, float, float]:
    """Processor ms an image, the least of several turns: decoding alone; with cutting and resizing; all of it."""
    items: list[Item] = [whole(path) for path in sorted(folder.rglob("*.jpg"))]
    preparation = predictor.bundle.recipe.preparation
    alone: dict[str, Callable[[], object]] = {
        "decode": lambda: [item.decode() for item in items],
        "prepare": lambda: [prepare_item(item, preparation) for item in items],
        "all": lambda: read_items(items, predictor),
    }
    timed = [[milliseconds(step, len(items)) for step in alone.values()] for _ in range(repeats)]
    decode, prepare, everything = (min(turns) for turns in zip(*timed, strict=True))
    return decode, prepare, everything


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--engine", default="onnxruntime")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--images", default="2000,5000,20000")
    parser.add_argument("--size", default="560x360")
    parser.add_argument("--kind", default="colour", choices=KINDS)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    jpegs = pictures((width, height), arguments.kind)
    print(
        f"{arguments.kind} JPEGs of {width} x {height}, {statistics.mean(map(len, jpegs)) / 1000:.0f} kB; "
        f"{os.cpu_count()} cores"
    )
    for count in filter(None, map(int, arguments.images.split(","))):
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name), jpegs, count)
            said = run(Path(name), arguments)
        print(
            f"{count:6} images: {said['seconds']:6.1f} s, {said['images_per_second']:6.1f} images/s, "
            f"{1000 * said['cpu'] / count:5.2f} ms of processor an image, peak {said['peak_mb']:.0f} MB, "
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    predictor = Predictor.load(arguments.model, arguments.engine, threads=1)
    size = predictor.bundle.recipe.preparation.size
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), jpegs, 4 * BATCH)
        decode, prepare, everything = steps(Path(name), predictor)
    print(
        f"one thread on {predictor.engine.name} at {size} px, processor ms an image: decode "
        f"{decode:.2f}, cut and resize {prepare - decode:.2f}, engine and row {everything - prepare:.2f}; all "
        f"{everything:.2f}, of which decoding {100 * decode / everything:.0f} %. {3.6e6 / everything:,.0f} images an "
        f"hour a core, {everything / 3.6:,.1f} core hours for a million images"
    )


if __name__ == "__main__":
    main()
