"""The ROC curve, as the pages of a run and of evidence draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isthmus.judge.intervals import Estimate
from isthmus.judge.roc import Roc
from isthmus.report.plots import GREY, INK, SIDE, STYLE, interval_line, new_figure
from isthmus.report.words import in_line, known, some

BAND, EDGES = "#e1ecf4", "#8fb3cb"
POINTS = {"s": "#e69f00", "D": "#009e73"}  # marks of operating points; circles and triangles are labels


@matplotlib.rc_context(STYLE)
def roc_figure(curve: Roc, points: Mapping[str, Mapping[str, Estimate]], groups: int) -> Figure:
    """The ROC curve with its band by so many groups, the AUC, and the operating points with their intervals."""
    figure = new_figure(*SIDE)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    auc = next(iter(points.values()))["auc"]
    axes.plot(curve.false_positive_rate, curve.sensitivity, color=INK, label=f"AUC {in_line(auc)}")
    if not np.isnan(curve.low).any():
        style: Any = {"facecolor": BAND, "edgecolor": EDGES, "linewidth": 0.8, "zorder": 1}
        axes.fill_between(curve.grid, curve.low, curve.high, label=f"95 % band, {some(groups, 'group')}", **style)
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2, label="chance")
    for (title, metrics), (marker, colour) in zip(points.items(), POINTS.items(), strict=False):
        if known(metrics["sensitivity"].value) and known(metrics["specificity"].value):
            style = {"markerfacecolor": colour, "markeredgecolor": INK, "markersize": 8, "label": title}
            _operating_point(axes, metrics["sensitivity"], metrics["specificity"], marker, style)
    axes.set_xlabel("1 − specificity (benign nodules called malignant)")
    axes.set_ylabel("Sensitivity (malignant nodules called malignant)")
    axes.legend(loc="lower right", handlelength=1.6)
    return figure


def _operating_point(axes: Axes, sensitivity: Estimate, specificity: Estimate, marker: str, style: Any) -> None:
    x, y = 1 - specificity.value, sensitivity.value
    interval_line(axes, (sensitivity.low, sensitivity.high), x, color=INK)
    interval_line(axes, (1 - specificity.high, 1 - specificity.low), y, vertical=False, color=INK)
    axes.plot([x], [y], marker, **style)
