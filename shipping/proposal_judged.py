"""Judges click-to-box: `python shipping/proposal_judged.py --tn5000 ROOT --ddti ROOT --work FOLDER --to FILE.csv.gz`.

On re-crops and screens made of TN5000's validation or test part, and on whole frames of DDTI, which taught nothing: one
half of its groups chose how the windows lie, the other is judged. Beside the network stand a constant box and a region
that grows, both fitted on the training part; beside P of the doctor's box that of the proposed one. FILE gets a row a
click. FOLDER has, or gets, the duplicates of the data.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np

import proposal_data
from isthmus import files
from isthmus.cli.bars import bar
from isthmus.data.audit import known_duplicates
from isthmus.data.clicks import click_in, grey
from isthmus.data.groups import groups
from isthmus.data.prepare import each_frame
from isthmus.data.sources import open_source
from isthmus.data.tables import as_csv
from isthmus.errors import IsthmusError
from isthmus.infer.predictor import Predictor
from isthmus.infer.proposal.propose import NETWORK, Proposer
from isthmus.learn.proposal.pictures import Picture, recrop, screen
from isthmus.nodule import Box, Frame, Label, Nodule, Point
from proposal_baselines import Rule, best_constant, best_growing, iou
from proposal_data import Divided, sides_of
from proposal_tables import tables

SEED, FITTED_ON = 105, 400
MODEL = "tn5000"
READ = 3  # of TN5000 every third re-crop is read, too: the model learned from all of these nodules


@dataclass(frozen=True, eq=False)
class Case:
    """One click: in a picture made of, or on, ``nodule``, which is of ``group``; ``kind`` names the pictures."""

    kind: str
    nodule: Nodule
    group: str
    picture: Picture
    click: Point
    calipers: bool = False
    read: bool = False


@click.command()
@click.option("--tn5000", "root", required=True, type=click.Path(path_type=Path))
@click.option("--ddti", "other", type=click.Path(path_type=Path), help="Without it DDTI is left alone.")
@click.option("--work", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--to", type=click.Path(path_type=Path), help="A row a click.")
@click.option("--part", type=click.Choice(["validation", "test"]), default="test", show_default=True)
@click.option("--network", default=NETWORK, type=click.Path(path_type=Path), help="[default: the package's]")
@click.option("--p/--no-p", "with_p", default=True, help="Read the nodules, too.")
def main(root: Path, other: Path | None, work: Path, to: Path | None, part: str, network: Path, with_p: bool) -> None:
    cv2.setNumThreads(1)
    work.mkdir(parents=True, exist_ok=True)
    divided = proposal_data.divided(root, work / "duplicates.json", bar)
    proposer = Proposer(network)
    taught = list(made(divided.learned_from[:: len(divided.learned_from) // FITTED_ON], divided))
    clicked = [(case.picture, case.click) for case in taught if case.kind == "re-crops"]
    constant = best_constant(clicked)
    growing = best_growing(clicked, constant)
    click.echo(f"{constant}; {growing}", err=True)
    cases = [*made(divided.chosen_on if part == "validation" else divided.tested, divided)]
    cases += [] if other is None else [*whole_frames(other, work / "duplicates-ddti.json")]
    predictor = Predictor.load(MODEL, threads=1) if with_p else None
    rows = [row(case, proposer, constant, growing, predictor) for case in bar(cases, "proposing boxes")]
    if to is not None:
        files.write_gzip(to, as_csv([[*rows[0]], *(row.values() for row in rows)]))
    click.echo(tables(rows))


def made(nodules: Sequence[Nodule], divided: Divided) -> Iterator[Case]:
    """A re-crop and a screen of each nodule, its calipers painted over; a re-crop with them, too, where it has some."""
    sources = proposal_data.sources(nodules, bar)
    for index, (nodule, source) in enumerate(zip(nodules, sources, strict=True)):
        group, clean = divided.groups[nodule.image], source.seen(painted=True)
        beside = sources[(index * 7 + 1) % len(sources)].seen(painted=True).pixels
        has = source.painted is not None
        yield _case("re-crops", nodule, group, recrop(clean, _random(index, 0)), index, has, index % READ == 0)
        yield _case("screens", nodule, group, screen(clean, beside, _random(index, 1)), index, has)
        if has:
            yield _case("re-crops with calipers", nodule, group, recrop(source.picture, _random(index, 0)), index, has)


def whole_frames(root: Path, duplicates: Path) -> Iterator[Case]:
    """Every nodule of DDTI on its whole frame."""
    data = open_source("ddti", root)
    same = known_duplicates.load_or_find(duplicates, data.images, bar)
    known_duplicates.save(same, data.images, duplicates)
    group_of = groups(data.images, same.sets)
    for index, frame in each_frame(data.nodules, "reading pictures", bar):
        nodule = data.nodules[index]
        picture = Picture(grey(frame.pixels), sides_of(nodule.box))
        group = group_of[nodule.image]
        kind = "DDTI, half that chose" if proposal_data.chooses(group) else "DDTI"
        yield _case(kind, nodule, group, picture, index, read=True)


def _case(
    kind: str, nodule: Nodule, group: str, picture: Picture, index: int, calipers: bool = False, read: bool = False
) -> Case:
    click_at = click_in(picture.box, nodule.contour, _random(index, 2))
    return Case(kind, nodule, group, picture, click_at, calipers, read)


def _random(index: int, use: int) -> np.random.Generator:
    return np.random.default_rng([SEED, index, use])


def row(
    case: Case, proposer: Proposer, constant: Rule, growing: Rule, predictor: Predictor | None
) -> dict[str, object]:
    """What came of one click."""
    pixels, given, label = case.picture.pixels, case.picture.box, case.nodule.label
    begun = time.process_time()
    proposed = proposer.propose(Frame(pixels), case.click)
    taken = time.process_time() - begun
    values: dict[str, object] = {
        "pictures": case.kind,
        "nodule": case.nodule.id,
        "group": case.group,
        "label": "" if label is None else str(Label(label)),
        "calipers": int(case.calipers),
        "click": f"{case.click[0]:.1f},{case.click[1]:.1f}",
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "given": ",".join(f"{side:.1f}" for side in given),
        "proposed": str(proposed),
        "network": round(iou(sides_of(proposed), given), 4),
        "constant": round(iou(constant(pixels, case.click), given), 4),
        "growing": round(iou(growing(pixels, case.click), given), 4),
        "milliseconds": round(taken * 1000, 2),
    }
    if predictor is None or not case.read:
        return values | dict.fromkeys(("p_given", "p_proposed", "threshold"), "")
    doctor, click_box = (predictor.predict(Frame(pixels), box) for box in (_inside(given, pixels.shape), proposed))
    return values | {
        "p_given": round(doctor.probability, 6),
        "p_proposed": round(click_box.probability, 6),
        "threshold": round(doctor.threshold, 6),
    }


def _inside(given: tuple[float, float, float, float], shape: tuple[int, ...]) -> Box:
    return Box.covering(given).clipped(shape[1], shape[0])


if __name__ == "__main__":
    try:
        main()
    except IsthmusError as error:
        sys.exit(f"proposal_judged: {error}")
