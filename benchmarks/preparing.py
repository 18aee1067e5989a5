"""What cutting and resizing a RoI takes beside decoding its picture, now and as it was at a commit, in turns.

    python benchmarks/preparing.py [--before COMMIT] [--models tn5000-hfcn,tn5000] [--size 718x500] [--rounds 30]

Made JPEGs, as `benchmarks/archive.py` makes them, each read as one RoI and with a nodule's box of 118 x 104 pixels. One
thread; processor milliseconds, the median and the least of the rounds, and RoIs a second by the median. Refuses a RoI
that isn't the same to the bit.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from types import ModuleType

import numpy as np

from archive import KINDS, pictures
from isthmus.data import prepare
from isthmus.data.pixels import read_frame
from isthmus.models.shipped import open_model
from isthmus.nodule import Box, Frame, Pixels
from isthmus.recipe import Preparation

PICTURES = 8
NODULE = 118, 104  # TN5000's median box

Prepare = Callable[[Frame, Box, Preparation], Pixels]


def at_commit(commit: str) -> Prepare:
    """``prepare`` as it was at a commit of this checkout."""
    content = subprocess.check_output(["git", "show", f"{commit}:src/isthmus/data/prepare.py"], text=True)
    module = ModuleType("before")
    exec(compile(content, commit, "exec"), vars(module))
    there: Prepare = module.prepare
    return there


def boxes(width: int, height: int) -> dict[str, Box]:
    """A picture as a whole, and a nodule in its middle."""
    x, y = (width - NODULE[0]) // 2, (height - NODULE[1]) // 2
    return {"whole": Box(0, 0, width, height), "nodule": Box(x, y, x + NODULE[0], y + NODULE[1])}


def milliseconds(steps: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Processor time a picture of each step in each round."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _, (name, step) in itertools.product(range(rounds), steps.items()):
        start = time.process_time()
        step()
        taken[name].append(1000 * (time.process_time() - start) / PICTURES)
    return taken


def refuse_other(frames: list[Frame], box: Box, preparation: Preparation, versions: Mapping[str, Prepare]) -> None:
    for frame, version in itertools.product(frames, versions.values()):
        if not np.array_equal(version(frame, box, preparation), prepare.prepare(frame, box, preparation)):
            raise SystemExit(f"another RoI: {box}")


def row(preparation: Preparation, jpegs: list[bytes], box: Box, versions: Mapping[str, Prepare], rounds: int) -> str:
    """Times of decoding, and of cutting and resizing by each version."""
    frames = [read_frame(jpeg) for jpeg in jpegs]
    refuse_other(frames, box, preparation, versions)
    steps: dict[str, Callable[[], object]] = {"decode": lambda: [read_frame(jpeg) for jpeg in jpegs]}
    for name, version in versions.items():
        steps[name] = lambda version=version: [version(frame, box, preparation) for frame in frames]
    cells = []
    for name, taken in milliseconds(steps, rounds).items():
        median = statistics.median(taken)
        cells.append(f"{name} {median:6.2f} ms (least {min(taken):.2f}), {1000 / median:6.0f}/s")
    return "; ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", default="")
    parser.add_argument("--models", default="tn5000-hfcn,tn5000")
    parser.add_argument("--size", default="718x500")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    versions: dict[str, Prepare] = {"before": at_commit(arguments.before)} if arguments.before else {}
    versions["now"] = prepare.prepare
    jpegs = {kind: pictures((width, height), kind)[:PICTURES] for kind in KINDS}
    for model, (shown, box), kind in itertools.product(
        arguments.models.split(","), boxes(width, height).items(), KINDS
    ):
        preparation = open_model(model).recipe.preparation
        print(
            f"{model:12} {shown:6} {kind:6} {row(preparation, jpegs[kind], box, versions, arguments.rounds)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
