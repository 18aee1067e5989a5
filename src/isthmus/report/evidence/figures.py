"""The figures of a report of evidence."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from isthmus.evidence.judged import Evidence
from isthmus.evidence.operating import Operating
from isthmus.evidence.probability import Probability
from isthmus.judge.metrics import Floats
from isthmus.judge.roc import Roc
from isthmus.judge.subgroups import Subgroup
from isthmus.judge.usefulness.net_benefit import Point
from isthmus.report.evidence.tables import attribute
from isthmus.report.plots import GREY, INK, LIGHT, PURPLE, SIDE, STYLE, WIDE, interval_line, new_figure
from isthmus.report.roc_plot import BAND, roc_figure
from isthmus.report.words import count, known

THINNED = 2000  # points of a curve, from which on it is drawn at 101
BINS = 20  # of the histogram


def draw_roc(evidence: Evidence, curve: Roc, titles: dict[str, str]) -> Figure:
    """The ROC curve with two operating points: 0.5, and the main one."""
    if curve.false_positive_rate.size > THINNED:
        curve = Roc(curve.grid, curve.at_grid, curve.grid, curve.low, curve.high)
    auc = evidence.ranked.metrics["auc"]
    points = {titles[one.name]: {**one.result.metrics, "auc": auc} for one in _two(evidence.points)}
    return roc_figure(curve, points, evidence.ranked.groups)


def _two(points: Sequence[Operating]) -> list[Operating]:
    return [one for one in points if one.name in ("half", "sensitivity-95")]


@matplotlib.rc_context(STYLE)
def draw_reliability(before: Probability, after: Probability | None, p: Floats) -> Figure:
    """Share malignant against mean P in bins of equal mass, before calibration and after, over how ``p`` lies."""
    figure = new_figure(*SIDE)
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=(4.2, 1))
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, label="perfect calibration")
    shown = [("as it is", before, "s", GREY)] + ([("calibrated", after, "D", PURPLE)] if after else [])
    for title, one, marker, colour in shown:
        for each in one.bins:
            interval_line(axes, (each.observed.low, each.observed.high), each.mean_p, color=colour)
        x, y = [each.mean_p for each in one.bins], [each.observed.value for each in one.bins]
        axes.plot(x, y, marker, color=colour, markersize=5.5, label=f"{title}, 95 %")
    heights, edges = np.histogram(p, BINS, (0, 1))
    most = int(heights.max())
    counts.bar(edges[:-1] + 0.5 / BINS, heights, width=0.86 / BINS, color=LIGHT)
    for left, height in zip(edges, heights, strict=False):
        counts.text(left + 0.5 / BINS, height + 0.06 * most, f"{height}", ha="center", va="bottom", fontsize=6.5)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="Share malignant")
    axes.legend(loc="upper left", handlelength=1.6)
    counts.set(ylim=(0, 1.4 * most), xlabel="P(malignant)", ylabel="Nodules", yticks=[])
    counts.grid(visible=False)
    return figure


@matplotlib.rc_context(STYLE)
def draw_decisions(curve: Sequence[Point]) -> Figure:
    """Net benefit over thresholds, of the model with its band, of a biopsy of every nodule, and of none."""
    figure = new_figure(*SIDE)
    axes = figure.subplots()
    at = [100 * one.threshold for one in curve]
    model = [one.model.value for one in curve]
    low, high = ([getattr(one.model, end) for one in curve] for end in ("low", "high"))
    if np.isfinite([*low, *high]).all():
        axes.fill_between(at, low, high, color=BAND, label="95 % interval, model")
    axes.plot(at, model, color=INK, label="model")
    axes.plot(at, [one.treat_all.value for one in curve], "--", color=PURPLE, label="biopsy of every nodule")
    axes.plot(at, [0.0] * len(at), ":", color=GREY, label="biopsy of none")
    top = max([0.05, *model, *(end for end in high if known(end))])
    axes.set(xlabel="Risk from which on to biopsy, %", ylabel="Net benefit, cancers found per nodule")
    axes.set(xlim=(min(at), max(at)), ylim=(-0.15 * top, 1.08 * top))
    axes.legend(loc="lower left", handlelength=1.8)
    return figure


@matplotlib.rc_context(STYLE)
def draw_subgroups(groups: Sequence[Subgroup], whole: float) -> Figure:
    """The AUC of each subgroup with its interval, and that of all nodules as a line."""
    shown = [one for one in groups if "auc" in one.metrics and known(one.metrics["auc"].value)]
    figure = new_figure(WIDE, 0.9 + 0.27 * len(shown))
    axes = figure.subplots()
    axes.axvline(whole, color=GREY, linewidth=1, linestyle=":")
    for at, one in enumerate(shown):
        auc = one.metrics["auc"]
        interval_line(axes, (auc.low, auc.high), at, vertical=False)
        axes.plot([auc.value], [at], "s", color=INK, markersize=5)
    names = [f"{attribute(one.attribute)}: {one.value} (n = {count(one.n)})" for one in shown]
    axes.set_yticks(range(len(shown)), names)
    axes.set(ylim=(len(shown) - 0.5, -0.5), xlabel="AUC, 95 %; dotted: all nodules")
    return figure
