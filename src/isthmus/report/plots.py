"""The report's plots: numbers to inline SVG, with text kept as text and ids that don't clash on one page.

Benign is always blue with circles, malignant always vermilion with triangles (Okabe and Ito's palette, which people
with a colour vision deficiency can tell apart). The same numbers give the same text.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isthmus.judge.calibration import Bin
from isthmus.judge.roc import Roc
from isthmus.learn.checkpoint import Epoch
from isthmus.nodule import Label

Floats = npt.NDArray[np.float64]

INK, GREY, LIGHT = "#1a1a1a", "#5c5c5c", "#d9d9d9"
COLOURS: Mapping[Label, str] = {Label.BENIGN: "#0072b2", Label.MALIGNANT: "#d55e00"}
MARKERS: Mapping[Label, str] = {Label.BENIGN: "o", Label.MALIGNANT: "^"}
BAND, TRAINING, VALIDATION = "#c9dcea", "#5c5c5c", "#8a3b7a"
HALF = (4.6, 4.4)  # inches: two of them stand side by side
PANELS, PANELS_A_ROW = 20, 5
LOG_FROM = 20.0  # largest over smallest loss, from which a linear axis hides too much
DRAWN_ONE_BY_ONE = 2000  # nodules

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


@dataclass(frozen=True)
class Point:
    """An operating point on the ROC plane; each (value, low, high), nan where unknown."""

    name: str
    sensitivity: tuple[float, float, float]
    specificity: tuple[float, float, float]


@dataclass(frozen=True)
class Curve:
    """How one fold's training went, and the epoch that was kept."""

    name: str
    history: tuple[Epoch, ...]
    chosen: int


@matplotlib.rc_context(STYLE)
def plot_roc(curve: Roc, points: Sequence[Point], auc: str) -> str:
    """The ROC curve with its band and the operating points; ``auc`` is told in the legend."""
    figure = Figure(figsize=HALF, layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.plot(curve.false_positive_rate, curve.sensitivity, color=INK, label=f"AUC {auc}")
    if not np.isnan(curve.low).any():
        axes.fill_between(curve.grid, curve.low, curve.high, color=BAND, linewidth=0, label="95 % band", zorder=1)
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, label="chance")
    for point, marker, colour in zip(points, "oD", ("#e69f00", "#009e73"), strict=False):
        x, y = 1 - point.specificity[0], point.sensitivity[0]
        if math.isnan(x + y):
            continue
        (_, low, high), (_, left, right) = point.sensitivity, point.specificity
        axes.plot([x, x], [low, high], color=INK, linewidth=1)
        axes.plot([1 - left, 1 - right], [y, y], color=INK, linewidth=1)
        style: Any = {"markerfacecolor": colour, "markeredgecolor": INK, "markersize": 8}
        axes.plot([x], [y], marker, label=point.name, **style)
    axes.set_xlabel("1 − specificity (benign nodules called malignant)")
    axes.set_ylabel("Sensitivity (malignant nodules called malignant)")
    axes.legend(loc="lower right", handlelength=1.6)
    return inline_svg(figure, "roc", "ROC curve")


@matplotlib.rc_context(STYLE)
def plot_calibration(bins: Sequence[Bin]) -> str:
    """Share malignant against mean P(malignant) a bin, with intervals by group, over the number of nodules a bin."""
    figure = Figure(figsize=HALF, layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4.2, 1))
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, label="perfect calibration")
    filled = [bin_ for bin_ in bins if bin_.n]
    for bin_ in filled:
        axes.plot([bin_.mean_p] * 2, [bin_.observed.low, bin_.observed.high], color=GREY, linewidth=1)
    x, y = [bin_.mean_p for bin_ in filled], [bin_.observed.value for bin_ in filled]
    axes.plot(x, y, "s", color=INK, markersize=5.5, label="nodules of a bin, 95 %")
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share malignant")
    axes.legend(loc="upper left", handlelength=1.6)
    most = max((bin_.n for bin_ in bins), default=1)
    for bin_ in bins:
        counts.bar((bin_.low + bin_.high) / 2, bin_.n, width=(bin_.high - bin_.low) * 0.86, color=LIGHT)
        middle = (bin_.low + bin_.high) / 2
        counts.text(middle, bin_.n + 0.06 * most, f"{bin_.n}", ha="center", va="bottom", fontsize=8, color=INK)
    counts.set(ylim=(0, 1.4 * most), xlabel="P(malignant)", ylabel="Nodules", yticks=[])
    counts.grid(visible=False)
    return inline_svg(figure, "calibration", "Calibration plot")


@matplotlib.rc_context(STYLE)
def plot_distribution(p: Mapping[Label, Floats]) -> str:
    """Counts of P(malignant), the benign nodules upwards and the malignant downwards."""
    figure = Figure(figsize=(HALF[0], 3.3), layout="constrained")
    axes = figure.subplots()
    edges = np.linspace(0, 1, 21)
    counts = {label: np.histogram(p[label], edges)[0] for label in Label}
    most = max(1, *(int(own.max()) for own in counts.values()))
    for label, way in ((Label.BENIGN, 1), (Label.MALIGNANT, -1)):
        axes.bar(edges[:-1] + 0.025, way * counts[label], width=0.044, color=COLOURS[label])
        where: Any = {"ha": "left", "va": "top" if way > 0 else "bottom", "color": COLOURS[label], "fontweight": "bold"}
        axes.text(0.01, way * most * 1.24, f"{label}, n = {p[label].size}", **where)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.axvline(0.5, color=INK, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(-1.25 * most, 1.25 * most), xlabel="P(malignant)", ylabel="Nodules")
    axes.yaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    return inline_svg(figure, "distribution", "Distribution of P(malignant) by label")


@matplotlib.rc_context(STYLE)
def plot_categories(p: Mapping[str, Floats], labels: Mapping[str, Label | None]) -> str:
    """P(malignant) of each TI-RADS category: every nodule, middle half, and median."""
    figure = Figure(figsize=(HALF[0], max(3.3, 0.9 + 0.34 * len(p))), layout="constrained")
    axes = figure.subplots()
    for at, (category, own) in enumerate(p.items()):
        label = labels[category]
        colour, marker = (GREY, "s") if label is None else (COLOURS[label], MARKERS[label])
        if own.size <= DRAWN_ONE_BY_ONE:
            axes.plot(own, np.full(own.size, at + 0.24), "|", color=colour, markersize=4.5, alpha=0.55)
        left, median, right = np.quantile(own, (0.25, 0.5, 0.75))
        axes.plot([left, right], [at, at], color=colour, linewidth=3.2, solid_capstyle="butt")
        axes.plot([median], [at], marker, markerfacecolor="white", markeredgecolor=colour, markersize=7)
    axes.axvline(0.5, color=INK, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(len(p) - 0.5, -0.5), xlabel="P(malignant)", ylabel="TI-RADS category")
    axes.set_yticks(range(len(p)), [f"{category} (n = {own.size})" for category, own in p.items()])
    axes.grid(visible=False, axis="y")
    return inline_svg(figure, "categories", "P(malignant) by TI-RADS category")


@matplotlib.rc_context(STYLE)
def plot_learning(curves: Sequence[Curve], chooser: str = "validation") -> str:
    """Loss on training and on the nodules that choose, by epoch, a panel a fold, on one scale; PANELS at most."""
    curves = curves[:PANELS]
    rows = max(1, math.ceil(len(curves) / PANELS_A_ROW))
    columns = max(1, math.ceil(len(curves) / rows))
    figure = Figure(figsize=(2 * HALF[0] + 0.2, 0.75 + 1.75 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    losses = [x for curve in curves for epoch in curve.history for x in (epoch.train_loss, epoch.validation_loss)]
    finite = [loss for loss in losses if math.isfinite(loss)]
    for axes, curve in zip(panels, curves, strict=False):
        _learning_panel(axes, curve, chooser)
    for axes in panels[len(curves) :]:
        axes.set_axis_off()
    if finite and min(finite) > 0 and max(finite) / min(finite) > LOG_FROM:
        panels[0].set_yscale("log")
        panels[0].yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        panels[0].yaxis.set_minor_formatter(ticker.NullFormatter())
    panels[0].xaxis.set_major_locator(ticker.MaxNLocator(4, integer=True))
    figure.supxlabel("Epoch", fontsize=9)
    figure.supylabel("Loss, mean of a nodule", fontsize=9)
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper right", ncols=3, handlelength=2.2)
    return inline_svg(figure, "learning", "Learning curves")


def _learning_panel(axes: Axes, curve: Curve, chooser: str) -> None:
    epochs = [epoch.epoch for epoch in curve.history]
    validation = [epoch.validation_loss for epoch in curve.history]
    axes.plot(epochs, [epoch.train_loss for epoch in curve.history], color=TRAINING, label="training")
    axes.plot(epochs, validation, "--", color=VALIDATION, label=chooser)
    kept = [(e, loss) for e, loss in zip(epochs, validation, strict=True) if e == curve.chosen and math.isfinite(loss)]
    style: Any = {"color": VALIDATION, "markeredgecolor": INK, "markersize": 6.5}
    axes.plot([e for e, _ in kept], [loss for _, loss in kept], "D", label="epoch kept", **style)
    axes.set_title(curve.name)


def inline_svg(figure: Figure, name: str, told: str) -> str:
    """The figure as an <svg> element to stand in a page: nothing that is loaded, styled or named for the whole page."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", metadata=nothing)
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<defs>\s*(<style.*?</style>|<clipPath.*?</clipPath>\s*)+\s*</defs>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#[^)]*\)"', "", svg)
    svg = re.sub(r' id="', f' id="{name}-', svg)
    svg = re.sub(r' xlink:href="#', f' href="#{name}-', svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    view = re.search(r'viewBox="[^"]*"', svg)
    opening = f'<svg role="img" aria-label="{told}" {view.group() if view else ""}>'
    return re.sub(r"^<svg[^>]*>", opening, svg)
