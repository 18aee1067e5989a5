"""ROC curves of readers: one plot a mode, a thin line a reader, a thick one their mean."""

from __future__ import annotations

import math
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from isthmus.evidence.readers.crossing import reads_of
from isthmus.evidence.readers.judged import ReaderStudy
from isthmus.report.plots import GREY, INK, SIDE, STYLE, new_figure
from isthmus.report.words import in_line, number

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("-", "--", "-.", ":")
MOST_NAMED = 12  # readers in a legend
GRID = np.linspace(0, 1, 201)


@matplotlib.rc_context(STYLE)
def curves(study: ReaderStudy) -> Figure | None:
    """A plot for each mode, two to a row; None with one class only. Points are calls at the study's threshold."""
    if not study.is_whole:
        return None
    modes = study.grades.mode_names
    columns, rows = min(len(modes), 2), math.ceil(len(modes) / 2)
    figure = new_figure(columns * SIDE[0] + 0.2 * (columns - 1), rows * SIDE[1])
    for at, mode in enumerate(modes):
        _plot(study, mode, figure.add_subplot(rows, columns, at + 1))
    return figure


def _plot(study: ReaderStudy, mode: str, axes: Any) -> None:
    grades, sums, drawn = study.grades, np.zeros(GRID.size), 0
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", title=mode)
    standings = {one.reader: one for one in study.readers if one.mode == mode}
    for at, reader in enumerate(grades.reader_names):
        rows = reads_of(grades, reader, mode)
        labels = grades.labels[rows]
        if not rows.any() or labels.min() == labels.max():
            continue
        rate, sensitivity, _ = roc_curve(labels, grades.scores[rows], drop_intermediate=False)
        style = {"color": COLOURS[at % len(COLOURS)], "linestyle": DASHES[at // len(COLOURS) % len(DASHES)]}
        one = standings[reader]
        label = f"{reader} {number(one.auc.value)}" if len(standings) <= MOST_NAMED else None
        axes.plot(rate, sensitivity, linewidth=1.0, label=label, **style)
        if grades.scale.threshold is not None:
            axes.plot([1 - one.specificity.value], [one.sensitivity.value], "o", markersize=4, color=style["color"])
        sums, drawn = sums + np.interp(GRID, rate, sensitivity), drawn + 1
    if drawn > 1:
        mean = next(one for one in study.pooled if one.mode == mode and not one.experience)
        axes.plot(GRID, sums / drawn, color=INK, linewidth=2.4, label=f"mean AUC {in_line(mean.auc)}")
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1.2)
    axes.set_xlabel("1 − specificity (benign nodules called malignant)")
    axes.set_ylabel("Sensitivity (malignant nodules called malignant)")
    axes.legend(loc="lower right", handlelength=1.6, fontsize=8)
