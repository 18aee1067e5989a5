"""Maps of a sample of nodules, and where the nodules lie in them: what the check of explanations is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from isthmus.data.prepare import placed, prepare, window
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.pictured.shuffled import shuffled_engine
from isthmus.infer.occlusion import CELLS, Cells, Reader, blurred, cell_of, covered, log_odds, occlusion, of_cells
from isthmus.judge.metrics import Labels
from isthmus.nodule import Box, Frame, Label, Nodule, Pixels
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation
from isthmus.runtime.kinds import Engine
from isthmus.runtime.parity import read_all

SHUFFLED = 3  # networks with shuffled weights; each reads its share of every second nodule
EXAMPLES = 2  # nodules of each class whose maps are drawn
MARKED = CELLS * CELLS // 10  # cells that are covered together


@dataclass(frozen=True, eq=False)
class Example:
    """A RoI, uint8 (size, size, 3), with its map, (CELLS, CELLS), and its label."""

    roi: Pixels
    cells: Cells
    label: Label


@dataclass(frozen=True, eq=False)
class Maps:
    """Of n nodules: ``centred`` maps and, of the windows moved by half a box, ``moved`` ones, (n, CELLS, CELLS);
    ``nodule`` and ``moved_nodule`` are the shares of each cell that the nodule fills. Where no moved box fits into its
    picture, both are nan.

    ``changes`` (n, 3) is how far the log-odds move, up or down, where a tenth of the cells is covered: those that the
    map marks most, those in the middle, and any. ``shuffled`` are maps of networks with shuffled weights, nan of every
    second nodule. ``examples`` are the first two nodules of each class.
    """

    centred: Cells
    nodule: Cells
    moved: Cells
    moved_nodule: Cells
    changes: Cells
    shuffled: Cells
    examples: tuple[Example, ...]


def maps(pictures: Pictures, seed: int = 0, progress: Progress = silent, threads: int = 0) -> Maps:
    """The maps of all nodules, networks with shuffled weights on ``threads``. Raises DataError, EngineError."""
    random, count = np.random.default_rng(seed), len(pictures)
    model, preparation = pictures.model, pictures.model.bundle.recipe.preparation
    readers = [reader(shuffled_engine(model.bundle.onnx, seed + number, threads)) for number in range(SHUFFLED)]
    read, kept = reader(model.engine), first_of_each(pictures.labels)
    centred, nodule, moved, moved_nodule, shuffled = np.full((5, count, CELLS, CELLS), np.nan)
    changes, examples = np.empty((count, 3)), list[Example]()
    for index, frame in pictures.frames("explaining answers", progress):
        one, roi = pictures.nodules[index], pictures.roi(index, frame)
        centred[index], nodule[index] = occlusion(read, roi), filled(one, one.box, frame, preparation)
        changes[index] = change(read, roi, marked_cells(centred[index], random))
        if box := moved_box(one.box, frame, preparation, random):
            moved[index] = occlusion(read, prepare(frame, box, preparation))
            moved_nodule[index] = filled(one, box, frame, preparation)
        if index % 2 == 0:
            shuffled[index] = occlusion(readers[index // 2 % SHUFFLED], roi)
        if index in kept:
            examples.append(Example(roi, centred[index], Label(int(pictures.labels[index]))))
    return Maps(centred, nodule, moved, moved_nodule, changes, shuffled, tuple(examples))


def reader(engine: Engine) -> Reader:
    """What gives the log-odds of malignant, before calibration, of RoIs as the engine takes them."""
    return lambda rois: log_odds(read_all(engine, rois).fused)


def first_of_each(labels: Labels) -> set[int]:
    """The positions of the first EXAMPLES nodules of each class."""
    return {int(at) for label in Label for at in np.flatnonzero(labels == label)[:EXAMPLES]}


def filled(nodule: Nodule, box: Box, frame: Frame, preparation: Preparation) -> Cells:
    """The share of each cell, (CELLS, CELLS), of the RoI of ``box`` that the nodule fills: contour, else box."""
    own = nodule.box
    corners = [(own.x0, own.y0), (own.x1, own.y0), (own.x1, own.y1), (own.x0, own.y1)]
    outline = placed(nodule.contour or corners, box, frame, preparation)
    mask = Image.new("1", (preparation.size, preparation.size))
    ImageDraw.Draw(mask).polygon([(x - 0.5, y - 0.5) for x, y in outline.tolist()], fill=1)
    cells, total, count = cell_of(preparation.size), *np.zeros((2, CELLS, CELLS))
    np.add.at(total, (cells[:, None], cells[None]), np.asarray(mask))
    np.add.at(count, (cells[:, None], cells[None]), 1)
    return total / count


def moved_box(box: Box, frame: Frame, preparation: Preparation, random: np.random.Generator) -> Box | None:
    """The box moved by half its width and half its height, so that the window's middle is a corner of it: the way whose
    window leaves the picture least. None where no moved box lies in the picture."""
    across, down = box.width // 2, box.height // 2
    ways = random.permutation([(x, y) for x in (-across, across) for y in (-down, down)]).tolist()
    boxes = [Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y) for x, y in ways]
    fitting = [one for one in boxes if one.fits(frame.width, frame.height)]
    return min(fitting, key=lambda one: _outside(window(one, frame, preparation), frame), default=None)


def _outside(seen: Box, frame: Frame) -> int:
    return max(-seen.x0, 0) + max(-seen.y0, 0) + max(seen.x1 - frame.width, 0) + max(seen.y1 - frame.height, 0)


def marked_cells(cells: Cells, random: np.random.Generator) -> tuple[npt.NDArray[np.bool_], ...]:
    """MARKED cells each: those of the greatest values, up or down; those nearest to the middle; any."""
    orders = (-np.abs(cells).ravel(), distance().ravel(), random.random(cells.size))
    made = []
    for order in orders:
        marked = np.zeros(cells.size, bool)
        marked[np.argsort(order, kind="stable")[:MARKED]] = True
        made.append(marked.reshape(cells.shape))
    return tuple(made)


def distance() -> Cells:
    """How far each cell lies from the middle, in cells."""
    rows, columns = np.mgrid[:CELLS, :CELLS] - (CELLS - 1) / 2
    apart: Cells = np.hypot(rows, columns)
    return apart


def change(read: Reader, roi: Pixels, parts: tuple[npt.NDArray[np.bool_], ...]) -> Cells:
    """How far the log-odds move, up or down, where each of these parts, of cells, is covered."""
    cover = blurred(roi)
    rois = [covered(roi, cover, of_cells(part, roi.shape[0])) for part in parts]
    values = read(np.stack([roi, *rois]))
    return np.asarray(np.abs(values[1:] - values[0]), np.float64)
