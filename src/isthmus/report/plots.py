"""What all plots share: colours, marks, lines, and text that stays text in a page.

Benign is always blue with circles, malignant always vermilion with triangles (Okabe and Ito's palette, which people
with a colour vision deficiency can tell apart). The same numbers give the same text.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.report.words import known

INK, GREY, LIGHT, PURPLE = "#1a1a1a", "#5c5c5c", "#d9d9d9", "#8a3b7a"
COLOURS: Mapping[Label, str] = {Label.BENIGN: "#0072b2", Label.MALIGNANT: "#d55e00"}
MARKERS: Mapping[Label, str] = {Label.BENIGN: "o", Label.MALIGNANT: "^"}
GLYPHS: Mapping[Label, str] = {Label.BENIGN: "●", Label.MALIGNANT: "▲"}
SIDE = (4.6, 4.4)  # inches: two of them stand side by side
WIDE = 2 * SIDE[0] + 0.2  # inches: the page's whole width

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "isthmus",
    "text.parse_math": False,
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#ececec",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
}


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches whose parts don't overlap."""
    return Figure(figsize=(width, height), layout="constrained")


def interval_line(axes: Axes, ends: tuple[float, float], at: float, vertical: bool = True, **style: Any) -> None:
    """The line of an interval at a place on the other axis; none where an end is unknown."""
    if all(map(known, ends)):
        places = ([at, at], ends) if vertical else (ends, [at, at])
        looks: Any = {"color": GREY, "linewidth": 1.0} | style
        axes.plot(*places, **looks)


def handle(label: str, **style: Any) -> Line2D:
    """What stands for a mark in a legend."""
    return Line2D([], [], label=label, **style)


def legend_above(figure: Figure, handles: Sequence[Line2D], handlelength: float) -> None:
    """A legend above the figure's axes, in as many columns, three at most, as fit into its width."""
    place: Any = {"loc": "outside upper left", "handlelength": handlelength}
    for columns in (3, 2, 1):
        legend = figure.legend(handles=handles, ncols=columns, **place)
        if columns == 1 or legend.get_window_extent().width <= 0.97 * figure.bbox.width:
            return
        legend.remove()


def limits(estimates: Sequence[Estimate]) -> tuple[float, float]:
    """From where to where an axis goes that shows all of these with their intervals."""
    ends = [end for one in estimates for end in (one.low, one.value, one.high) if known(end)]
    low, high = min([0.45, *ends]), max([1.0, *ends])
    return math.floor(20 * low - 0.2) / 20, high + 0.01


def inline_svg(figure: Figure, name: str, title: str) -> Markup:
    """The figure as an <svg> element to stand in a page: nothing that is loaded, styled or named for the whole page."""
    text = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(text, format="svg", metadata=nothing)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<defs>\s*(<style.*?</style>|<clipPath.*?</clipPath>\s*)+\s*</defs>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#[^)]*\)"', "", svg)
    svg = re.sub(r' id="', f' id="{name}-', svg)
    svg = re.sub(r' xlink:href="#', f' href="#{name}-', svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    view = re.search(r'viewBox="[^"]*"', svg)
    opening = f'<svg role="img" aria-label="{title}" {view.group() if view else ""}>'
    return Markup(re.sub(r"^<svg[^>]*>", opening, svg))
