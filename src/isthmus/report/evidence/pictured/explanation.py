"""The section on maps of what answers depend on, and its sentence on the first page."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from isthmus.evidence.pictured.explanation import Condition, Explained
from isthmus.evidence.pictured.maps import Example
from isthmus.infer.explain import METHOD
from isthmus.infer.occlusion import shown
from isthmus.nodule import Label
from isthmus.report.evidence.content import Drawing, Listing, Section
from isthmus.report.evidence.failures import PICTURES
from isthmus.report.evidence.tables import cell
from isthmus.report.plots import COLOURS, GLYPHS, SIDE, STYLE, new_figure
from isthmus.report.table import Column, Letters, Table, line
from isthmus.report.words import number, some

ROWS = {
    "inside": "Share of the map inside the nodule",
    "area": "Share of the area",
    "blob": "Share of a blob in the middle",
    "enrichment": "Inside over area",
    "pointing": "Greatest value inside",
    "middle": "Window's middle inside",
    "over_middle": "Greatest value less middle",
    "over_area": "Greatest value less area",
}
SHOWS = LinearSegmentedColormap.from_list("label", [COLOURS[Label.BENIGN], "white", COLOURS[Label.MALIGNANT]])
STRONG = 0.65  # opacity of the strongest place


def section(one: Explained, pictures: bool = True) -> Section:
    """The check, and with ``pictures`` of nodules a few maps, if they may be shown."""
    words = (
        "A map by occlusion: how far the log-odds of malignant fall where a place of the window is blurred. A nodule "
        "lies in the middle of its window, so that a blob in the middle lies in it, too. Moved windows have a corner "
        "of the nodule's box in their middle."
    )
    drawings: tuple[Drawing, ...] = ()
    if pictures and one.may_be_shown and one.examples:
        caption = "Orange speaks for malignant, blue for benign; each map has another strength. Not chosen by look."
        drawings = (
            Drawing("explanation", "Maps of the first nodules read", f"{caption} {PICTURES}", draw_maps(one.examples)),
        )
    return Section(
        "What answers depend on",
        (words, verdict(one)),
        drawings,
        (
            Listing("Conditions", "All are needed; value, 95 % interval, n.", conditions_table(one.conditions)),
            Listing("Where maps lie", f"{some(one.n, 'nodule')}; value, 95 % interval, n.", position_table(one)),
        ),
    )


def verdict(one: Explained) -> str:
    """Whether maps may be shown, and why not."""
    if one.may_be_shown:
        return f"Maps of this model ({METHOD}) passed their check, here and in the bundle: {one.why}"
    failed = [each.name for each in one.conditions if not each.passed]
    here = f" On these nodules not all conditions are met: {'; '.join(failed)}." if failed else ""
    bundle = "" if one.allowed else f" The bundle doesn't allow it: {one.why.removesuffix('.')}."
    return f"Maps of this model should not be shown.{bundle}{here}"


def first_page(one: Explained) -> str:
    """What the model can't do, "" where its maps may be shown."""
    return "" if one.may_be_shown else f"Show what answers depend on: its maps did not pass their check (n = {one.n})."


def conditions_table(every: Sequence[Condition]) -> Table:
    """Each condition with its figure, its limit, and whether it is met."""
    letters = Letters()
    lines = tuple(
        line(
            one.name[:1].upper() + one.name[1:],
            cell(one.estimate, letters),
            f"{'above' if one.above else 'below'} {number(one.limit, 1)}",
            "yes" if one.passed else "no",
        )
        for one in every
    )
    columns = (Column("Condition", "text"), Column("Value", "estimate"), Column("has to be", "text"))
    return Table((*columns, Column("met", "text")), {"": lines}, letters.notes)


def position_table(one: Explained) -> Table:
    """Where maps lie in windows as they are read, and in moved ones."""
    letters = Letters()
    lines = [
        line(title, *(cell(getattr(each, name), letters) for each in (one.position, one.moved)))
        for name, title in ROWS.items()
    ]
    others = {
        "Marked tenth changes more than the middle": one.beats_middle,
        "Marked tenth changes more than any other": one.beats_any,
    }
    lines += [line(title, cell(each, letters), cell(None, letters)) for title, each in others.items()]
    columns = (Column("", "text"), Column("As read", "estimate"), Column("Moved by half a box", "estimate"))
    return Table(columns, {"": tuple(lines)}, letters.notes)


@matplotlib.rc_context(STYLE)
def draw_maps(examples: Sequence[Example]) -> Figure:
    """RoIs with their maps over them."""
    figure = new_figure(SIDE[0], SIDE[0] * ((len(examples) + 1) // 2) / 2 + 0.3)
    every = figure.subplots((len(examples) + 1) // 2, 2, squeeze=False).ravel()
    for axes in every:
        axes.set_axis_off()
    for axes, one in zip(every, examples, strict=False):
        values = shown(one.cells, one.roi.shape[0])
        most = float(np.abs(values).max()) or 1.0
        axes.imshow(one.roi, interpolation="nearest")
        over = SHOWS((values / most + 1) / 2)
        over[..., 3] = STRONG * np.abs(values) / most
        axes.imshow(over, interpolation="nearest")
        axes.set_title(f"{GLYPHS[one.label]} {one.label}, up to {number(most, 1)} in log-odds")
    return figure
