"""Pictures of single nodules in a report of evidence, in the order of their table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from isthmus.data.prepare import each_frame
from isthmus.evidence.mistakes import One
from isthmus.nodule import Nodule, Pixels
from isthmus.report.case_sheet import draw_roi, roi_and_outline, short
from isthmus.report.plots import GREY, INK, STYLE, WIDE
from isthmus.report.words import number

A_ROW = 6
SIDE, GAP, BELOW = 1.4, 0.15, 0.42  # inches
CHARACTERS = 22  # of a name


@matplotlib.rc_context(STYLE)
def draw_gallery(ones: Sequence[tuple[One, Nodule]]) -> Figure:
    """Each nodule's box with its surroundings and its contour, six a row, P and its name below. Raises DataError."""
    rows = math.ceil(len(ones) / A_ROW)
    height = rows * (SIDE + BELOW)
    figure = Figure(figsize=(WIDE, height))
    shown: dict[int, tuple[Pixels | None, npt.NDArray[np.float64]]] = {}
    for at, frame in each_frame([nodule for _, nodule in ones], "pictures of nodules"):
        shown[at] = roi_and_outline(ones[at][1], frame)
    for at, (one, _) in enumerate(ones):
        row, column = divmod(at, A_ROW)
        left, bottom = column * (SIDE + GAP), height - row * (SIDE + BELOW) - SIDE
        axes = figure.add_axes((left / WIDE, bottom / height, SIDE / WIDE, SIDE / height))
        draw_roi(axes, *shown[at], interpolation="none")
        axes.spines[:].set(visible=True, color=GREY, linewidth=0.5)
        below: Any = {"transform": axes.transAxes, "ha": "left", "va": "top"}
        p = one.p if one.calibrated is None else one.calibrated
        axes.text(0, -0.04, f"P {number(p)}, {one.label}", fontsize=7.5, color=INK, **below)
        axes.text(0, -0.15, short(one.nodule, CHARACTERS), fontsize=6.5, color=GREY, **below)
    return figure
