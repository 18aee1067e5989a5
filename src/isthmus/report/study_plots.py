"""The plots of a study's page. The shape and the filling of a mark show its protocol, never colour alone.

What was judged by patient or by block is a filled black mark, what was judged by image an open purple one, each
protocol with its own shape; what the paper prints is a grey cross on a dashed line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isthmus.cross.protocols import PROTOCOLS, Protocol
from isthmus.judge.intervals import Estimate
from isthmus.report.cost_plot import Spot, plot_costs
from isthmus.report.plots import (
    GREY,
    INK,
    PURPLE,
    STYLE,
    WIDE,
    handle,
    inline_svg,
    interval_line,
    legend_above,
    limits,
    new_figure,
)
from isthmus.report.study_rows import Condition, condition_of, conditions, ordered, protocols
from isthmus.report.study_tables import backbone_title
from isthmus.report.words import HEADINGS, known
from isthmus.study import paper
from isthmus.study.findings import Findings
from isthmus.study.grid import knob_and_value
from isthmus.study.tables import WITHIN, Row

PRINTED = "printed"
RUNG = 0.31  # inches a row of the forest
TABLES = ("table4", "table3")

Estimates = Mapping[str, Estimate]  # by protocol, or PRINTED


@dataclass(frozen=True)
class Look:
    """How the figures of a protocol are drawn, and what the legend calls them; ``mark`` says the shape in words."""

    title: str
    mark: str
    marker: str
    colour: str
    face: str
    line: str


# Circles and triangles elsewhere are labels; here a filled black circle is the honest protocol.
MARKERS = (("circle", "o"), ("square", "s"), ("diamond", "D"), ("pentagon", "p"), ("hexagon", "h"), ("star", "*"))


def _look(protocol: Protocol, shape: str, marker: str) -> Look:
    title = f"{protocol.title} (protocol {protocol.name})"
    if protocol.is_optimistic:
        return Look(title, f"open {shape}", marker, PURPLE, "white", "-")
    return Look(title, f"filled {shape}", marker, INK, INK, "-")


LOOKS: Mapping[str, Look] = {
    **{one.name: _look(one, *marker) for one, marker in zip(PROTOCOLS.values(), MARKERS, strict=False)},
    PRINTED: Look("printed in the paper (n = 181)", "cross on a dashed line", "x", GREY, GREY, "--"),
}


@dataclass(frozen=True)
class Rung:
    """A row of the forest plot."""

    heading: str
    name: str
    auc: Estimates
    accuracy: Estimates


@dataclass(frozen=True)
class StudyPlots:
    """Plots as inline SVG: forests and alphas by label policy, costs by condition; empty where there is nothing."""

    forests: Mapping[str, Markup]
    alphas: Mapping[str, Markup]
    costs: Mapping[Condition, Markup]
    looks: tuple[Look, ...]


def plots(findings: Findings) -> StudyPlots:
    """Every plot that there is something for; ``looks`` are those of the study's protocols and the paper's."""
    forests, alphas = {}, {}
    for at, labels in enumerate(findings.ledger.data):
        four, three = ([row for row in ordered(findings, name) if row.entry.labels == labels] for name in TABLES)
        rungs = _rungs(four)
        if any(rung.auc for rung in rungs):
            forests[labels] = plot_forest(rungs, f"forest-{at}")
        if any(row.run for row in three):
            alphas[labels] = plot_alpha(_by_alpha(three, "accuracy"), _by_alpha(three, WITHIN), f"alpha-{at}")
    shown = {*(one.name for one in protocols(findings)), PRINTED}
    return StudyPlots(forests, alphas, _costs(findings), tuple(look for name, look in LOOKS.items() if name in shown))


def _rungs(rows: Sequence[Row]) -> list[Rung]:
    """Table 4 under one label policy, a rung for each network, whatever protocols it was judged under."""
    at: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        at.setdefault((row.entry.architecture, row.entry.backbone), []).append(row)
    rungs = []
    for (architecture, _), same in at.items():
        auc, accuracy = ({row.entry.protocol: row.metrics[m] for row in same if row.run} for m in (WITHIN, "accuracy"))
        accuracy |= {PRINTED: paper.metrics(same[0].paper)["accuracy"]} if same[0].paper else {}
        name = backbone_title(same[0]) + ("" if auc else ": no run yet")
        rungs.append(Rung(HEADINGS.get(architecture, architecture), name, auc, accuracy))
    return rungs


def _by_alpha(rows: Sequence[Row], metric: str) -> dict[str, dict[float, Estimate]]:
    """The metric by protocol, or PRINTED, and alpha."""
    curves: dict[str, dict[float, Estimate]] = {}
    for row in rows:
        alpha = float(knob_and_value(row.entry.setting)[1])
        if row.run:
            curves.setdefault(row.entry.protocol, {})[alpha] = row.metrics[metric]
        if row.paper and metric == "accuracy":
            curves.setdefault(PRINTED, {})[alpha] = paper.metrics(row.paper)[metric]
    return curves


def _costs(findings: Findings) -> dict[Condition, Markup]:
    """AUC against cost under the first condition that has a finished network."""
    for condition in conditions(findings):
        spots = [
            Spot(row.entry.architecture, row.entry.backbone, cost.multiply_adds, row.metrics[WITHIN])
            for row in ordered(findings, "table4")
            if condition_of(row) == condition
            and (cost := findings.cost(row)) is not None
            and known(row.metrics[WITHIN].value)
        ]
        if spots:
            return {condition: plot_costs(spots, "costs")}
    return {}


@matplotlib.rc_context(STYLE)
def plot_forest(rungs: Sequence[Rung], name: str) -> Markup:
    """AUC and accuracy of every row with their intervals, the paper's accuracy beside; ``name`` begins every id."""
    names = _names(rungs)
    figure = new_figure(WIDE, 1.05 + RUNG * len(names))
    left, right = figure.subplots(1, 2, sharey=True)
    left.set_xlabel("AUC within folds (0.5 is chance)")
    right.set_xlabel("Accuracy")
    places = {name: at for at, name in enumerate(names)}
    kinds = _kinds([*(rung.auc for rung in rungs), *(rung.accuracy for rung in rungs)])
    for rung in rungs:
        at = places[rung.heading, rung.name]
        _marks(left, rung.auc, at, kinds)
        _marks(right, rung.accuracy, at, kinds)
    left.axvline(0.5, color=INK, linewidth=0.9, linestyle=":")
    for axes, every in ((left, [rung.auc for rung in rungs]), (right, [rung.accuracy for rung in rungs])):
        axes.set_xlim(*limits([e for estimates in every for e in estimates.values()]))
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    left.set_ylim(len(names) - 0.4, -0.6)
    left.set_yticks(range(len(names)), [name or heading for heading, name in names])
    for tick, (_, title) in zip(left.get_yticklabels(), names, strict=True):
        tick.set_fontweight("normal" if title else "bold")
    _legend(figure, kinds)
    return inline_svg(figure, name, "Forest plot of AUC and accuracy")


def _kinds(every: Iterable[Iterable[str]]) -> list[str]:
    """The protocols that are drawn, and what the paper prints, in the order of LOOKS."""
    drawn = set().union(*every)
    return [kind for kind in LOOKS if kind in drawn]


def _beside(kind: str, kinds: Sequence[str], room: float) -> float:
    """How far a mark stands from the middle of its line, so that marks of several kinds in ``room`` can be seen."""
    return room * ((kinds.index(kind) + 0.5) / max(3, len(kinds)) - 0.5)


def _names(rungs: Sequence[Rung]) -> list[tuple[str, str]]:
    """Heading and name of every line down the forest, with no name for a heading's line."""
    names: dict[str, dict[str, None]] = {}
    for rung in rungs:
        names.setdefault(rung.heading, {"": None})[rung.name] = None
    return [(heading, name) for heading, below in names.items() for name in below]


def _marks(axes: Axes, estimates: Estimates, at: float, kinds: Sequence[str]) -> None:
    drawn = [kind for kind in kinds if kind in estimates and known(estimates[kind].value)]
    for kind in drawn:
        one, look, y = estimates[kind], LOOKS[kind], at + _beside(kind, kinds, 0.72)
        interval_line(axes, (one.low, one.high), y, vertical=False, linestyle=look.line, color=look.colour)
        axes.plot([one.value], [y], look.marker, **_style(look))


def _style(look: Look, size: float = 5.0) -> Any:
    return {"color": look.colour, "markerfacecolor": look.face, "markeredgecolor": look.colour, "markersize": size}


def _legend(figure: Figure, kinds: Sequence[str]) -> None:
    looks = [LOOKS[kind] for kind in kinds]
    handles = [handle(look.title, linestyle=look.line, marker=look.marker, **_style(look)) for look in looks]
    legend_above(figure, handles, 2.6)


@matplotlib.rc_context(STYLE)
def plot_alpha(
    accuracy: Mapping[str, Mapping[float, Estimate]], auc: Mapping[str, Mapping[float, Estimate]], name: str
) -> Markup:
    """Accuracy and AUC of the crops alone against alpha, with intervals; the paper's accuracy dashed."""
    figure = new_figure(WIDE, 3.5)
    panels = figure.subplots(1, 2)
    kinds = _kinds((accuracy, auc))
    for axes, title, curves in zip(panels, ("Accuracy", "AUC within folds"), (accuracy, auc), strict=True):
        for kind, curve in curves.items():
            _curve(axes, kind, curve, kinds)
        axes.set(xlabel="alpha: side of a crop over the side of the map", ylabel=title, xlim=(0.47, 1.03))
        axes.set_ylim(*limits([e for curve in curves.values() for e in curve.values()]))
        alphas = sorted({alpha for curve in curves.values() for alpha in curve})
        axes.set_xticks(alphas, [f"{alpha:g}" if alpha < 1 else "1 (global)" for alpha in alphas])
    panels[1].axhline(0.5, color=INK, linewidth=0.9, linestyle=":")
    _legend(figure, kinds)
    return inline_svg(figure, name, "Accuracy and AUC against alpha")


def _curve(axes: Axes, kind: str, curve: Mapping[float, Estimate], kinds: Sequence[str]) -> None:
    look, shift = LOOKS[kind], _beside(kind, kinds, 0.021)
    points = [(alpha + shift, one) for alpha, one in sorted(curve.items()) if known(one.value)]
    for x, one in points:
        interval_line(axes, (one.low, one.high), x, linestyle=look.line, color=look.colour)
    line = [x for x, _ in points], [one.value for _, one in points]
    axes.plot(*line, look.line, marker=look.marker, linewidth=1.2, **_style(look))
