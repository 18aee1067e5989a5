"""Milliseconds per image as horizontal bars."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from isthmus.bench.result import Result
from isthmus.bench.timing import Timing
from isthmus.infer.engines import ENGINES

INK, GREY = "#1a1a1a", "#5c5c5c"
# Okabe and Ito's palette, which people with a colour vision deficiency can tell apart; hatches say the same.
KINDS = {
    "isthmus": ("#0072b2", ""),
    "torch, same weights": ("#999999", "//"),
}
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "isthmus",
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "hatch.linewidth": 0.6,
    "ytick.major.size": 0,
    "legend.frameon": False,
}


@matplotlib.rc_context(STYLE)
def chart(result: Result) -> str:
    """The reading rows as an SVG, fastest on top, one panel per batch size; quartiles are drawn as lines."""
    rows = result.rows
    batches = sorted({row.batch for row in rows})
    first = {row.name: row for row in reversed(rows) if row.batch == batches[0]}
    names = sorted(first, key=lambda name: first[name].ms_per_image)
    figure = Figure(figsize=(4.0 + 2.6 * len(batches), 1.0 + 0.24 * len(names)), layout="constrained")
    panels = figure.subplots(1, len(batches), sharex=True, sharey=True, squeeze=False)[0]
    for axes, batch in zip(panels, batches, strict=True):
        _panel(axes, [row for row in rows if row.batch == batch], names)
        axes.set_title("one RoI" if batch == 1 else f"{batch} RoIs at once")
    panels[0].set_yticks(range(len(names)), [_title(first[name]) for name in names])
    panels[0].invert_yaxis()
    handles = [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=kind) for kind, (colour, hatch) in KINDS.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(KINDS))
    panels[0].set_xlim(0, 1.16 * max((row.high for row in rows), default=1.0))
    figure.supxlabel("Milliseconds per image", fontsize=9)
    written = io.StringIO()
    figure.savefig(written, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return written.getvalue()


def _panel(axes: Any, rows: Sequence[Timing], names: Sequence[str]) -> None:
    for row in rows:
        at = names.index(row.name)
        colour, hatch = KINDS[_kind(row)]
        axes.barh(at, row.ms_per_image, height=0.72, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
        axes.plot([row.low, row.high], [at, at], color=INK, linewidth=1)
        where: Any = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(f"{row.ms_per_image:.1f}", (row.high, at), color=INK, **where)


def _title(row: Timing) -> str:
    return row.name if row.precision in row.name else f"{row.name}, {row.precision}"


def _kind(row: Timing) -> str:
    return "isthmus" if row.name in ENGINES else "torch, same weights"
