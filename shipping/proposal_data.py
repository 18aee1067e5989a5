"""What the network of click-to-box learns from, is chosen by and is judged on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.cross.plan import Plan, parts
from isthmus.cross.protocols import BLOCKS
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.calipers import FEWEST, coloured
from isthmus.data.audit.crosses import crosses
from isthmus.data.audit.painted import paint_over
from isthmus.data.clicks import Sides, grey
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.prepare import each_frame
from isthmus.data.sources import open_source
from isthmus.learn.proposal.examples import Source
from isthmus.learn.proposal.pictures import Picture
from isthmus.nodule import Box, Frame, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipes import named


@dataclass(frozen=True)
class Divided:
    """TN5000 in three parts, by the first fold of the protocol ``blocks``; ``groups`` gives each image's group."""

    data: DataSet
    learned_from: tuple[Nodule, ...]
    chosen_on: tuple[Nodule, ...]
    tested: tuple[Nodule, ...]
    groups: Mapping[str, str]


def divided(root: Path, duplicates: Path, progress: Progress = silent) -> Divided:
    """TN5000 at ``root``, divided. Blocks of consecutive numbers and duplicates stay together.

    The file ``duplicates`` has, or gets, the data's duplicates. Raises DataError.
    """
    data = open_source("tn5000", root)
    same = known_duplicates.load_or_find(duplicates, data.images, progress)
    known_duplicates.save(same, data.images, duplicates)
    group_of = groups(data.images, same.sets, BLOCKS.grouping)
    one = parts(data, Plan(named("isthmus"), BLOCKS), group_of)[0]
    sides = (one.learned_from, one.chosen_on, one.split.test)
    learned_from, chosen_on, tested = (tuple(data.labelled[int(i)] for i in side) for side in sides)
    return Divided(data, learned_from, chosen_on, tested, group_of)


def sources(nodules: Sequence[Nodule], progress: Progress = silent) -> tuple[Source, ...]:
    """The grey pictures of nodules, with calipers and without. Raises DataError."""
    made: dict[int, Source] = {}
    for index, frame in each_frame(nodules, "reading pictures", progress):
        made[index] = Source(Picture(grey(frame.pixels), sides_of(nodules[index].box)), _painted(frame))
    return tuple(made[index] for index in range(len(nodules)))


def chooses(group: str) -> bool:
    """Whether a group of DDTI is of the half that chose how the windows lie; the other half is judged."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % 2 == 0


def sides_of(box: Box) -> Sides:
    return float(box.x0), float(box.y0), float(box.x1), float(box.y1)


def _painted(frame: Frame) -> Pixels | None:
    marks, strokes = crosses(frame), coloured(frame)[0]
    if not marks and strokes.sum() < FEWEST:
        return None
    return grey(paint_over(frame, marks, strokes).pixels)
