"""The plots of a cross-validation's page. Each nodule stands once in a plot; only the ROC curve pools all repeats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib import ticker
from matplotlib.axes import Axes

from isthmus.cross.fold import Fold
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.run import CrossValidation
from isthmus.data.labels import TIRADS
from isthmus.judge.calibration import Bin, Calibration, calibration, expected_calibration_error, reliability
from isthmus.judge.roc import Roc, roc
from isthmus.nodule import Label
from isthmus.report.cross_tables import HALF, Points, by_repeat
from isthmus.report.plots import (
    COLOURS,
    GLYPHS,
    GREY,
    INK,
    LIGHT,
    MARKERS,
    PURPLE,
    SIDE,
    STYLE,
    WIDE,
    inline_svg,
    interval_line,
    new_figure,
)
from isthmus.report.roc_plot import roc_figure

Floats = npt.NDArray[np.float64]

PANELS, PANELS_A_ROW = 20, 5
LOG_FROM = 20.0  # largest over smallest loss, from which a linear axis hides too much
DRAWN_ONE_BY_ONE = 2000  # nodules


@dataclass(frozen=True)
class CrossPlots:
    """Plots as inline SVG, None where there is nothing to plot, and the numbers of their captions.

    ``shown`` counts the folds with a learning curve.
    """

    roc: Markup | None
    calibration: Markup
    distribution: Markup
    categories: Markup | None
    learning: Markup | None
    shown: int
    recalibration: Calibration
    calibration_error: float


@dataclass(frozen=True)
class Category:
    """P(malignant) of the nodules of a TI-RADS category, and their label; None where they have both."""

    name: str
    p: Floats
    label: Label | None


def plots(result: CrossValidation, points: Points) -> CrossPlots:
    """Every plot of the page; ``points`` are the metrics at each operating point."""
    first, labels, p = by_repeat(result)[0], *_arrays(result.rows)
    first_labels, first_p = _arrays(first)
    groups = [row.group for row in result.rows]
    categories = _categories(result, first)
    learnt = [fold for fold in result.folds if fold.history]
    return CrossPlots(
        roc=plot_roc(roc(labels, p, groups), points, len(set(groups))) if len(np.unique(labels)) == 2 else None,
        calibration=plot_calibration(reliability(first_labels, first_p, groups=[row.group for row in first])),
        distribution=plot_distribution({label: first_p[first_labels == label] for label in Label}),
        categories=plot_categories(categories) if categories else None,
        learning=plot_learning(result, learnt[:PANELS]) if learnt else None,
        shown=min(len(learnt), PANELS),
        recalibration=calibration(labels, p, groups),
        calibration_error=expected_calibration_error(first_labels, first_p),
    )


def _arrays(rows: Sequence[FoldPrediction]) -> tuple[Any, Floats]:
    return np.array([int(row.label) for row in rows]), np.array([row.probability for row in rows])


def _categories(result: CrossValidation, rows: Sequence[FoldPrediction]) -> list[Category]:
    """The nodules by category, those without one last; empty where no category is known."""
    tirads = {nodule.id: nodule.tirads for nodule in result.data.nodules}
    present = {tirads.get(row.nodule, "") for row in rows}
    order = [one for one in TIRADS if one in present] + sorted(present - {*TIRADS, ""})
    made = []
    for category in order + [""] * bool(order and "" in present):
        members = [row for row in rows if tirads.get(row.nodule, "") == category]
        labels = {row.label for row in members}
        p = np.array([row.probability for row in members])
        made.append(Category(category or "none given", p, labels.pop() if len(labels) == 1 else None))
    return made


@matplotlib.rc_context(STYLE)
def plot_roc(curve: Roc, points: Points, groups: int) -> Markup:
    """``roc_figure`` in a page."""
    return inline_svg(roc_figure(curve, points, groups), "roc", "ROC curve")


@matplotlib.rc_context(STYLE)
def plot_calibration(bins: Sequence[Bin]) -> Markup:
    """Share malignant against mean P(malignant) a bin, with intervals by group, over the number of nodules a bin."""
    figure = new_figure(*SIDE)
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4.2, 1))
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, label="perfect calibration")
    filled = [one for one in bins if one.n]
    for one in filled:
        interval_line(axes, (one.observed.low, one.observed.high), one.mean_p)
    x, y = [one.mean_p for one in filled], [one.observed.value for one in filled]
    axes.plot(x, y, "s", color=INK, markersize=5.5, label="nodules of a bin, 95 %")
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share malignant")
    axes.legend(loc="upper left", handlelength=1.6)
    most = max((one.n for one in bins), default=1)
    for one in bins:
        middle = (one.low + one.high) / 2
        counts.bar(middle, one.n, width=(one.high - one.low) * 0.86, color=LIGHT)
        counts.text(middle, one.n + 0.06 * most, f"{one.n}", ha="center", va="bottom", fontsize=8, color=INK)
    counts.set(ylim=(0, 1.4 * most), xlabel="P(malignant)", ylabel="Nodules", yticks=[])
    counts.grid(visible=False)
    return inline_svg(figure, "calibration", "Calibration plot")


@matplotlib.rc_context(STYLE)
def plot_distribution(p: Mapping[Label, Floats]) -> Markup:
    """Counts of P(malignant), the benign nodules upwards and the malignant downwards."""
    figure = new_figure(SIDE[0], 3.3)
    axes = figure.subplots()
    edges = np.linspace(0, 1, 21)
    counts = {label: np.histogram(p[label], edges)[0] for label in Label}
    most = max(1, *(int(each.max()) for each in counts.values()))
    for label, way in ((Label.BENIGN, 1), (Label.MALIGNANT, -1)):
        axes.bar(edges[:-1] + 0.025, way * counts[label], width=0.044, color=COLOURS[label])
        where: Any = {"ha": "left", "va": "top" if way > 0 else "bottom", "color": COLOURS[label], "fontweight": "bold"}
        axes.text(0.01, way * most * 1.24, f"{GLYPHS[label]} {label}, n = {p[label].size}", **where)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.axvline(HALF, color=INK, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(-1.25 * most, 1.25 * most), xlabel="P(malignant)", ylabel="Nodules")
    axes.yaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    return inline_svg(figure, "distribution", "Distribution of P(malignant) by label")


@matplotlib.rc_context(STYLE)
def plot_categories(categories: Sequence[Category]) -> Markup:
    """P(malignant) of each TI-RADS category: every nodule, middle half, and median."""
    figure = new_figure(SIDE[0], max(3.3, 0.9 + 0.34 * len(categories)))
    axes = figure.subplots()
    for at, one in enumerate(categories):
        colour, marker = (GREY, "s") if one.label is None else (COLOURS[one.label], MARKERS[one.label])
        if one.p.size <= DRAWN_ONE_BY_ONE:
            axes.plot(one.p, np.full(one.p.size, at + 0.24), "|", color=colour, markersize=4.5, alpha=0.55)
        left, median, right = np.quantile(one.p, (0.25, 0.5, 0.75))
        axes.plot([left, right], [at, at], color=colour, linewidth=3.2, solid_capstyle="butt")
        axes.plot([median], [at], marker, markerfacecolor="white", markeredgecolor=colour, markersize=7)
    axes.axvline(HALF, color=INK, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(len(categories) - 0.5, -0.5), xlabel="P(malignant)", ylabel="TI-RADS category")
    axes.set_yticks(range(len(categories)), [f"{one.name} (n = {one.p.size})" for one in categories])
    axes.grid(visible=False, axis="y")
    return inline_svg(figure, "categories", "P(malignant) by TI-RADS category")


@matplotlib.rc_context(STYLE)
def plot_learning(result: CrossValidation, folds: Sequence[Fold]) -> Markup:
    """Loss on training and on the nodules that choose, by epoch, a panel a fold, all on one scale."""
    rows = max(1, math.ceil(len(folds) / PANELS_A_ROW))
    columns = max(1, math.ceil(len(folds) / rows))
    figure = new_figure(WIDE, 0.75 + 1.75 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, fold in zip(panels, folds, strict=False):
        _learning_panel(axes, fold, result)
    for axes in panels[len(folds) :]:
        axes.set_axis_off()
    losses = [loss for fold in folds for epoch in fold.history for loss in (epoch.train_loss, epoch.validation_loss)]
    finite = [loss for loss in losses if math.isfinite(loss)]
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


def _learning_panel(axes: Axes, fold: Fold, result: CrossValidation) -> None:
    protocol = result.plan.protocol
    epochs = [one.epoch for one in fold.history]
    axes.plot(epochs, [one.train_loss for one in fold.history], color=GREY, label="training")
    axes.plot(epochs, [one.validation_loss for one in fold.history], "--", color=PURPLE, label=protocol.chooser)
    kept = [one for one in fold.history if one.epoch == fold.epoch and math.isfinite(one.validation_loss)]
    style: Any = {"color": PURPLE, "markeredgecolor": INK, "markersize": 6.5, "label": "epoch kept"}
    axes.plot([one.epoch for one in kept], [one.validation_loss for one in kept], "D", **style)
    repeat = f", repeat {fold.repeat + 1}" if result.plan.repeats > 1 else ""
    axes.set_title(f"{protocol.part.capitalize()} {fold.number}{repeat}")
