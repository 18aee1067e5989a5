"""The case study as a picture (Fig. 9, Section IV-D): RoIs of test nodules, wrong verdicts marked.

A mark is a red border and a word, as red alone is lost in grey print and on the colour-blind. The same cases give the
same bytes.
"""

from __future__ import annotations

import base64
import io
import math
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isthmus.cross.predictions import FoldPrediction
from isthmus.data.pixels import read_picture
from isthmus.data.prepare import placed, prepare
from isthmus.errors import DataError, UsageError
from isthmus.files import whole_file
from isthmus.nodule import DISCLAIMER, Frame, ImageRef, Label, Nodule, Pixels
from isthmus.recipe import Preparation
from isthmus.report.plots import COLOURS, GLYPHS, GREY, INK, STYLE
from isthmus.study.cases import Case

TILES_A_ROW = 11
TILE = Preparation(size=224, resize="letterbox", margin=0.15)
RED, OUTLINE, PALE = "#c8102e", "#ffe14d", "#f0f0f0"
WRONG, UNREADABLE = "✗ wrong", "can't\nbe read"
PRINTED: Any = {**STYLE, "svg.fonttype": "path", "pdf.fonttype": 42}  # text keeps its width wherever it is opened
DPI = 200

# Inches. The width is that of a landscape A4 page within its margins, and of 1100 px on a screen.
WIDTH, EDGE, GAP = 11.0, 0.12, 0.1
SIDE = (WIDTH - 2 * EDGE - (TILES_A_ROW - 1) * GAP) / TILES_A_ROW
TAB, CAPTION = 0.16, 0.31  # above and below a tile
ROW = TAB + SIDE + CAPTION
HEADING, EMPTY, BETWEEN = 0.2, 0.25, 0.09
TITLE_LINE, NOTE_LINE = 0.22, 0.145
TITLE_CHARACTERS, NOTE_CHARACTERS, ID_CHARACTERS, TIRADS_CHARACTERS = 98, 180, 18, 5

# Metadata that hold the time or the version of the drawing library.
SILENT: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": dict.fromkeys(("Creator", "Date", "Format", "Type")),
}


@dataclass(frozen=True, eq=False)
class Tile:
    """A case ready to be drawn: its RoI, uint8 (size, size, 3), or None where it can't be read.

    ``outline`` is the nodule's contour in the RoI's pixels, (n, 2) as x, y; n is 0 without a contour.
    """

    case: Case
    roi: Pixels | None
    outline: npt.NDArray[np.float64]


@matplotlib.rc_context(PRINTED)
def case_sheet(shown: Mapping[Label, Sequence[Case]], title: str, note: str) -> Figure:
    """Fig. 9: the benign nodules above, the malignant below, eleven a row; wrong verdicts with a thick red border.

    Under each its P(malignant), its TI-RADS if it has one, and its id. ``note`` should name the model, the protocol
    and n; what the marks mean and that it is no medical device are added. An image that can't be read leaves an empty
    tile that says so; a label without nodules a line that says so.
    """
    sections = {label: tuple(shown.get(label, ())) for label in Label}
    tiles = iter(_tiles([case for cases in sections.values() for case in cases]))
    titles, notes = textwrap.wrap(title, TITLE_CHARACTERS), _notes(sections, note)
    depths = [HEADING + (ROW * math.ceil(len(cases) / TILES_A_ROW) or EMPTY) + BETWEEN for cases in sections.values()]
    top = EDGE + TITLE_LINE * len(titles) + (BETWEEN if titles else 0)
    figure = Figure(figsize=(WIDTH, top + sum(depths) + NOTE_LINE * len(notes) + EDGE), facecolor="white")
    _write(figure, EDGE, EDGE, "\n".join(titles), fontsize=12, fontweight="bold", linespacing=1.25)
    for (label, cases), depth in zip(sections.items(), depths, strict=True):
        _draw_heading(figure, top, label, cases)
        for at in range(len(cases)):
            _draw_tile(_place(figure, top + HEADING, at), next(tiles))
        top += depth
    _write(figure, EDGE, top, "\n".join(notes), fontsize=7.5, color=GREY, linespacing=1.35)
    return figure


def write_sheet(figure: Figure, path: Path) -> None:
    """Writes a .png, .pdf or .svg, as the path ends, whole or not at all; the same figure gives the same bytes.

    Raises UsageError for another ending, StorageError where the file can't be written.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in SILENT:
        raise UsageError(
            f"can't draw a {path.suffix or 'file without an ending'}", where=str(path), remedy="Use .png, .pdf or .svg."
        )
    with whole_file(path) as temporary, temporary.open("wb") as file:
        _save(figure, file, ending)


def png_data_uri(figure: Figure) -> str:
    """The sheet as ``data:image/png;base64,...``, for a page that loads nothing; the same figure, the same text."""
    content = io.BytesIO()
    _save(figure, content, "png")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode("ascii")


@matplotlib.rc_context(PRINTED)
def _save(figure: Figure, file: IO[bytes], ending: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # an id in a script without a font
        figure.savefig(file, format=ending, dpi=DPI, metadata=SILENT[ending])


def _tiles(cases: Sequence[Case]) -> list[Tile]:
    """The tiles of the cases, in their order; each image file is decoded once."""
    by_picture: dict[ImageRef, list[int]] = {}
    for at, case in enumerate(cases):
        by_picture.setdefault(case.nodule.picture, []).append(at)
    made: dict[int, Tile] = {}
    for picture, places in by_picture.items():
        frame = _frame(picture)
        made.update({at: _tile(cases[at], frame) for at in places})
    return [made[at] for at in range(len(cases))]


def _frame(picture: ImageRef) -> Frame | None:
    try:
        return read_picture(picture)
    except DataError:
        return None


def _tile(case: Case, frame: Frame | None) -> Tile:
    return Tile(case, *roi_and_outline(case.nodule, frame))


def roi_and_outline(nodule: Nodule, frame: Frame | None) -> tuple[Pixels | None, npt.NDArray[np.float64]]:
    """A nodule's RoI as a ``TILE`` and its contour there, see ``Tile``; None where it can't be shown."""
    nothing = np.empty((0, 2))
    if frame is None:
        return None, nothing
    try:
        return prepare(frame, nodule.box, TILE), placed(nodule.contour, nodule.box, frame, TILE)
    except DataError:  # a box that leaves its image
        return None, nothing


def _write(figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
    """Text whose upper left corner lies ``x``, ``y`` inches from the sheet's."""
    width, height = figure.get_size_inches()
    figure.text(x / width, 1 - y / height, text, **{"va": "top", "ha": "left", "color": INK} | style)


def _draw_heading(figure: Figure, top: float, label: Label, cases: Sequence[Case]) -> None:
    """The section's heading, ``top`` inches from the sheet's top, and a line if it has no tiles."""
    other = next(one for one in Label if one is not label)
    wrong = sum(case.is_wrong for case in cases)
    heading = f"{str(label).capitalize()} by its label ({len(cases)} shown; {wrong} called {other})"
    _write(figure, EDGE, top, GLYPHS[label], fontsize=9, color=COLOURS[label])
    _write(figure, EDGE + 0.17, top, heading, fontsize=9.5, fontweight="bold")
    if not cases:
        _write(figure, EDGE + 0.17, top + HEADING, f"No {label} nodule to show.", fontsize=8.5, color=GREY)


def _place(figure: Figure, top: float, at: int) -> Axes:
    """Axes for tile number ``at`` of a section whose tiles begin ``top`` inches from the sheet's top."""
    width, height = figure.get_size_inches()
    row, column = divmod(at, TILES_A_ROW)
    left, bottom = EDGE + column * (SIDE + GAP), height - (top + row * ROW + TAB + SIDE)
    return figure.add_axes((left / width, bottom / height, SIDE / width, SIDE / height))


def draw_roi(
    axes: Axes, roi: Pixels | None, outline: npt.NDArray[np.float64], interpolation: str | None = None
) -> None:
    """A RoI with its contour fills the axes; an empty tile that says so where it is None."""
    axes.set(xticks=[], yticks=[], xlim=(0, TILE.size), ylim=(TILE.size, 0), facecolor=PALE)
    axes.grid(visible=False)
    if roi is None:
        middle: Any = {"transform": axes.transAxes, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, UNREADABLE, fontsize=7, color=GREY, **middle)
    else:
        axes.imshow(roi, extent=(0, TILE.size, TILE.size, 0), interpolation=interpolation)
    if len(outline):
        axes.fill(*outline.T, fill=False, edgecolor=OUTLINE, linewidth=0.6, alpha=0.85)


def _draw_tile(axes: Axes, tile: Tile) -> None:
    case = tile.case
    axes.set(label=case.nodule.id)
    draw_roi(axes, tile.roi, tile.outline)
    axes.spines[:].set(visible=True, color=RED if case.is_wrong else GREY, linewidth=2.6 if case.is_wrong else 0.5)
    below: Any = {"transform": axes.transAxes, "ha": "center", "va": "top"}
    axes.text(0.5, -0.05, _caption(case), fontsize=6.6, color=INK, **below)
    axes.text(0.5, -0.2, short(case.nodule.id, ID_CHARACTERS), fontsize=5.6, color=GREY, **below)
    if case.is_wrong:
        tab: Any = {"facecolor": RED, "edgecolor": RED, "boxstyle": "square,pad=0.25", "linewidth": 1}
        style: Any = {"fontsize": 6, "fontweight": "bold", "color": "white", "bbox": tab}
        axes.text(0.02, 1.02, WRONG, transform=axes.transAxes, va="bottom", **style)


def _caption(case: Case) -> str:
    tirads = f" · TI-RADS {short(case.nodule.tirads, TIRADS_CHARACTERS)}" if case.nodule.tirads else ""
    return f"P {_probability(case.prediction)}{tirads}"


def _probability(prediction: FoldPrediction) -> str:
    """Two decimals, or as many as it takes to stay on its side of the threshold, short of certainty.

    0.826 is 0.83, but 0.4983 at a threshold of 0.5 is 0.498; 0.9984 is >0.99, and 1 is 1.00.
    """
    probability, threshold = prediction.probability, prediction.threshold
    if 0.995 <= probability < 1 and threshold <= 0.99:
        return ">0.99"
    if 0 < probability < 0.005 and threshold >= 0.01:
        return "<0.01"
    fair = (digits for digits in range(2, 6) if _is_fair(probability, digits, threshold))
    return f"{probability:.{next(fair, 6)}f}"


def _is_fair(probability: float, digits: int, threshold: float) -> bool:
    """Whether the rounded probability stays on its side of the threshold as the note prints it, short of certainty."""
    rounded = round(probability, digits)
    same_side = (rounded >= round(threshold, 3)) is (probability >= threshold)
    return same_side and (0 < rounded < 1 or rounded == probability)


def short(text: str, most: int) -> str:
    """On one line, the middle left out where it is longer than ``most`` characters.

    >>> short("a_long_name_of_an_image#1", 18)
    'a_long_n…n_image#1'
    """
    line = " ".join(text.split())
    head = (most - 1) // 2
    return line if len(line) <= most else f"{line[:head]}…{line[-(most - 1 - head) :]}"


def _notes(sections: Mapping[Label, Sequence[Case]], note: str) -> list[str]:
    """The lines below: the caller's note, how to read the sheet, the disclaimer."""
    shown = [case for cases in sections.values() for case in cases]
    source = " ".join(note.replace(DISCLAIMER, "").split())
    reading = _reading(shown) if shown else ""
    return [*textwrap.wrap(source, NOTE_CHARACTERS), *textwrap.wrap(reading, NOTE_CHARACTERS), DISCLAIMER]


def _reading(shown: Sequence[Case]) -> str:
    low, high = (f"{pick(case.prediction.threshold for case in shown):.3f}" for pick in (min, max))
    line = "The yellow line is the contour as annotated. " if any(case.nodule.contour for case in shown) else ""
    return (
        "P is P(malignant); a nodule is called malignant where P is at least its model's threshold, "
        f"{low if low == high else f'{low} to {high}'}. Red border and {WRONG}: called the other label. "
        f"{line}Each nodule is shown with {100 * TILE.margin:.0f} % on each side, proportions kept."
    )
