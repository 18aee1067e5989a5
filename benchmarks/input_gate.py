"""What an input gate refuses: outsiders by kind, and nodules that it should let through, by blocks and on DDTI.

    python benchmarks/input_gate.py --tn5000 ROOT --ddti ROOT [--models tn5000,tn5000-hfcn] [--every 3 --offset 0]
        [--state 0] [--others FOLDER]

Each fold of TN5000 (those of docs/results/tn5000/out_of_fold.csv.gz) is a test part once: of the other folds the next
one is validation, which sets the limits, and the rest training. The outsiders are those of `benchmarks/outsiders.py`:
one made of each nodule, and a fifth of the others for each fold; with --others those in FOLDER/<kind> instead of the
pictures that packages hold. Of DDTI each nodule is read once by a gate, in its
picture and in a window of three times its box. Intervals are Wilson's, which take all for independent.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from isthmus.data.audit.crosses import crosses
from isthmus.data.prepare import each_frame, prepare, square
from isthmus.data.sources import open_source
from isthmus.infer.gate.features import grey_of
from isthmus.infer.gate.fit import fitted, measure
from isthmus.infer.gate.gate import REASONS
from isthmus.judge.intervals import wilson
from isthmus.models.shipped import open_model
from isthmus.nodule import Box, Frame, Nodule, Pixels
from isthmus.recipe import Preparation
from outsiders import Read, installed, made, others, turned_one

FIVE, NODULES = 5, "nodules of "
FOLDS = Path(__file__).parents[1] / "docs" / "results" / "tn5000" / "out_of_fold.csv.gz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tn5000", type=Path, required=True)
    parser.add_argument("--ddti", type=Path, required=True)
    parser.add_argument("--models", default="tn5000,tn5000-hfcn")
    parser.add_argument("--every", type=int, default=1, help="Test each so-many-th nodule of TN5000 only.")
    parser.add_argument("--offset", type=int, default=0, help="The first of them that is tested.")
    parser.add_argument("--state", type=int, default=0, help="Random state of the outsiders.")
    parser.add_argument("--others", type=Path, help="Pictures of no nodule, in a folder for each kind.")
    options = parser.parse_args()
    elsewhere = open_source("ddti", options.ddti).nodules
    pictures = others(options.others, options.state) if options.others else installed(options.state)
    outsiders = [*pictures, *made(options.state)]
    for model in options.models.split(","):
        preparation = open_model(model).recipe.preparation
        print(f"\n{model}\n| | refused, % | n | of them for each reason, % |\n|---|---|---|---|")
        shares: dict[str, list[tuple[str, ...]]] = {}
        folds = _folds()
        nodules = [nodule for nodule in open_source("tn5000", options.tn5000).labelled if nodule.id in folds]
        number = np.array([folds[nodule.id] for nodule in nodules])
        measured = measure(np.stack([grey_of(roi) for roi in _rois(nodules, preparation)]))
        for fold in range(FIVE):
            validation = (fold + 1) % FIVE
            training = measured.of((number != fold) & (number != validation))
            gate = fitted(training, measured.of(number == validation))
            tested = [nodule for nodule, at in zip(nodules, number, strict=True) if at == fold]
            tested = tested[options.offset :: options.every]
            rng = np.random.default_rng([options.state, fold])
            several = (_of_nodules(tested, rng), outsiders[fold::FIVE], _elsewhere(elsewhere[fold::FIVE]))
            for kind, frame, box in itertools.chain(*several):
                shares.setdefault(kind, []).append(gate.judge(prepare(frame, box, preparation), box).reasons)
        for kind, reasons in shares.items():
            print(_line(kind, reasons))
        refused = [one for kind, several in shares.items() if not kind.startswith(NODULES) for one in several]
        print(_line("all outsiders", refused), flush=True)


def _folds() -> Mapping[str, int]:
    with gzip.open(FOLDS, "rt", encoding="utf-8") as file:
        return {row["nodule"]: int(row["fold"]) for row in csv.DictReader(file)}


def _rois(nodules: Sequence[Nodule], preparation: Preparation) -> Iterator[Pixels]:
    for index, frame in each_frame(nodules, "measuring"):
        yield prepare(frame, nodules[index].box, preparation)


def _of_nodules(tested: Sequence[Nodule], rng: np.random.Generator) -> Iterator[tuple[str, Frame, Box]]:
    """The nodules of a fold, and one outsider made of each."""
    for index, frame in each_frame(tested, "TN5000"):
        box = tested[index].box
        yield f"{NODULES}TN5000, other blocks", frame, box
        yield f"{NODULES}TN5000, {'with' if crosses(frame) else 'without'} calipers found", frame, box
        yield f"{NODULES}TN5000, the window in place of the box", frame, Box(0, 0, frame.width, frame.height)
        yield turned_one(index, frame, box, rng)


def _elsewhere(nodules: Sequence[Nodule]) -> Iterator[tuple[str, Frame, Box]]:
    for index, frame in each_frame(nodules, "DDTI"):
        box = nodules[index].box
        yield f"{NODULES}DDTI, whole pictures", frame, box
        yield f"{NODULES}DDTI, windows", *_cut(frame, box)
        yield f"{NODULES}DDTI, the picture in place of the box", frame, Box(0, 0, frame.width, frame.height)


def _cut(frame: Frame, box: Box) -> Read:
    """A window of three times the box's longer side, as those of TN5000 were cut, and the box in it."""
    seen = square(box, margin=1.0).clipped(frame.width, frame.height)
    pixels = np.ascontiguousarray(frame.pixels[seen.y0 : seen.y1, seen.x0 : seen.x1])
    return Frame(pixels), Box(box.x0 - seen.x0, box.y0 - seen.y0, box.x1 - seen.x0, box.y1 - seen.y0)


def _line(kind: str, reasons: Sequence[tuple[str, ...]]) -> str:
    n, refused = len(reasons), sum(map(bool, reasons))
    share = wilson(refused, n)
    first = ", ".join(
        f"{name} {100 * sum(text in one for one in reasons) / n:.1f}"
        for name, text in REASONS.items()
        if any(text in one for one in reasons)
    )
    return f"| {kind} | {100 * refused / n:.1f} ({100 * share.low:.1f} to {100 * share.high:.1f}) | {n} | {first} |"


if __name__ == "__main__":
    main()
