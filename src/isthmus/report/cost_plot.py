"""The plot of AUC against cost: each architecture has its shape and filling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from markupsafe import Markup
from matplotlib import ticker
from matplotlib.axes import Axes

from isthmus.judge.intervals import Estimate
from isthmus.report.plots import (
    INK,
    LIGHT,
    STYLE,
    WIDE,
    handle,
    inline_svg,
    interval_line,
    legend_above,
    limits,
    new_figure,
)
from isthmus.report.words import known

# architecture's place in Fig. 8 -> marker and face
SHAPES = (("s", "white"), ("D", "#b9b9b9"), ("P", INK))  # circles and triangles are labels


@dataclass(frozen=True)
class Spot:
    """A network in the plot of AUC against cost."""

    architecture: str
    backbone: str
    multiply_adds: int
    auc: Estimate


@matplotlib.rc_context(STYLE)
def plot_costs(spots: Sequence[Spot], name: str) -> Markup:
    """AUC with its interval against multiply-adds, one mark an architecture, the backbone's name above."""
    figure = new_figure(WIDE * 0.72, 3.9)
    axes = figure.subplots()
    shapes = dict(zip(dict.fromkeys(spot.architecture for spot in spots), SHAPES, strict=False))
    for spot in spots:
        marker, face = shapes[spot.architecture]
        x = spot.multiply_adds / 1e6
        interval_line(axes, (spot.auc.low, spot.auc.high), x, zorder=1)
        axes.plot([x], [spot.auc.value], marker, color=INK, markerfacecolor=face, markersize=6.5)
    _backbones(axes, spots)
    axes.axhline(0.5, color=INK, linewidth=0.9, linestyle=":")
    _cost_axes(axes, spots)
    handles = [
        handle(architecture, linestyle="", marker=marker, color=INK, markerfacecolor=face, markersize=6.5)
        for architecture, (marker, face) in shapes.items()
    ]
    legend_above(figure, handles, 1.2)
    return inline_svg(figure, name, "AUC against multiply-adds")


def _backbones(axes: Axes, spots: Sequence[Spot]) -> None:
    """The name of each backbone above its networks, at three heights in turn so that neighbours don't overlap."""
    middles = {}
    for backbone in dict.fromkeys(spot.backbone for spot in spots):
        logs = [math.log(spot.multiply_adds / 1e6) for spot in spots if spot.backbone == backbone]
        middles[backbone] = math.exp(math.fsum(logs) / len(logs))
    high = limits([spot.auc for spot in spots])[1]
    for at, (backbone, middle) in enumerate(sorted(middles.items(), key=lambda pair: pair[1])):
        y = high + 0.02 + 0.05 * (at % 3)
        tops = [
            spot.auc.high if known(spot.auc.high) else spot.auc.value for spot in spots if spot.backbone == backbone
        ]
        axes.plot([middle, middle], [max(tops) + 0.01, y], color=LIGHT, linewidth=0.8, zorder=0)
        axes.text(middle, y, backbone, ha="center", va="bottom", fontsize=8.5)


def _cost_axes(axes: Axes, spots: Sequence[Spot]) -> None:
    millions = [spot.multiply_adds / 1e6 for spot in spots]
    low, high = limits([spot.auc for spot in spots])
    axes.set_xscale("log")
    axes.set(xlim=(min(millions) / 2, max(millions) * 2), ylim=(low, high + 0.17))
    axes.set_yticks([tick / 10 for tick in range(math.ceil(10 * low), 11)])
    axes.set(xlabel="Multiply-adds an image, millions (logarithmic)", ylabel="AUC within folds")
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", " ") if value >= 1 else f"{value:g}")
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
