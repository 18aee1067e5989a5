"""The section on changed pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isthmus.evidence.pictured.changes import CHANGES, Change
from isthmus.evidence.pictured.robustness import Robust, Robustness
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.report.evidence.content import Drawing, Listing, Section
from isthmus.report.plots import (
    COLOURS,
    GREY,
    INK,
    MARKERS,
    STYLE,
    WIDE,
    handle,
    interval_line,
    legend_above,
    new_figure,
)
from isthmus.report.roc_plot import BAND
from isthmus.report.table import Cell, Column, Letters, Line, Table, line
from isthmus.report.words import UNKNOWN, count, interval, known, number, p_value

COLUMNS = 5  # panels beside each other

# change -> its title, one of its strengths on an axis, and one in words
CAPTIONS: Mapping[str, tuple[str, str, str]] = {
    "shift": ("Box moved, of its sides", "{:.0%}", "box moved by {:.0%} of its sides"),
    "scale": ("Box size, times", "{:g}", "box {:g} times as large"),
    "brightness": ("Brightness, grey levels", "{:+g}", "{:+g} grey levels"),
    "contrast": ("Contrast, times", "{:g}", "contrast {:g} times"),
    "speckle": ("Speckle, deviation", "{:g}", "speckle of deviation {:g}"),
    "blur": ("Blur, sigma in pixels", "{:g}", "blur, sigma {:g} px"),
    "jpeg": ("JPEG quality", "{:g}", "JPEG quality {:g}"),
    "resolution": ("Resolution, of its sides", "{:.0%}", "resolution of {:.0%}"),
    "flip": ("Mirrored left to right", "yes", "mirroring left to right"),
    "calipers": ("Caliper crosses painted in", "{:g}", "{:g} caliper crosses painted in"),
}
AS_IS = "as is"
Places = Mapping[float, Robust]
VERDICTS = {"to_malignant": Label.MALIGNANT, "to_benign": Label.BENIGN}


def named(one: Robust) -> str:
    """A change at its strength, in words."""
    return CAPTIONS[one.change][2].format(one.strength).replace("-", "−").replace("%", " %")


def section(robustness: Robustness) -> Section:
    """Figures of the AUC and of turned verdicts along each change, and a table of both."""
    n = count(robustness.n)
    text = (
        "Each picture, or the box in it, is changed as decoded, before it is prepared, and read again. Random changes "
        "are drawn for each nodule. Verdicts are those at the model’s operating point, P ≥ "
        f"{number(robustness.threshold)}. p: AUC less that of the unchanged pictures, corrected by Holm for "
        f"{len(robustness.changes)} changes; intervals aren’t corrected. "
        "That no difference is shown doesn’t show that there is none."
    )
    return Section(
        "Robustness",
        (text,),
        (
            Drawing(
                "robustness",
                "AUC of changed pictures",
                f"Band: 95 % interval. Dotted: the pictures as they are. n = {n} each.",
                draw_aucs(robustness),
                wide=True,
            ),
            Drawing(
                "turned",
                "Verdicts that turn",
                f"Share of all nodules, in percent, with 95 % intervals. n = {n} each.",
                draw_turned(robustness),
                wide=True,
            ),
        ),
        (Listing("Changes", f"Value, 95 % interval. n = {n} each.", table(robustness)),),
    )


def table(robustness: Robustness) -> Table:
    """Each change at each strength."""
    letters = Letters()
    columns = (
        Column("Change", "text"),
        *(Column(title, "estimate") for title in ("AUC", "less unchanged")),
        Column("p"),
        *(Column(title, "estimate") for title in ("Turned malignant, %", "Turned benign, %", "Mean change of P")),
    )
    unchanged = line(AS_IS, _cell(robustness.auc, letters), *[""] * (len(columns) - 2))
    return Table(columns, {"": (unchanged, *(_line(one, letters) for one in robustness.changes))}, letters.notes)


def _line(one: Robust, letters: Letters) -> Line:
    effect = one.effect
    return line(
        named(one),
        _cell(effect.auc, letters),
        _cell(effect.less.estimate, letters),
        p_value(effect.less.corrected).removeprefix("= "),
        *(_cell(getattr(effect, name), letters, 100, 1) for name in VERDICTS),
        _cell(effect.moved, letters),
    )


def _cell(one: Estimate, letters: Letters, times: float = 1, digits: int = 3) -> Cell:
    """A value and its interval without n, which is the same everywhere."""
    if not known(one.value):
        return Cell(UNKNOWN, "", letters.of(one.method))
    if not known(one.low):
        return Cell(number(times * one.value, digits), "no interval", letters.of(one.method))
    return Cell(number(times * one.value, digits), interval(times * one.low, times * one.high, digits))


@matplotlib.rc_context(STYLE)
def draw_aucs(robustness: Robustness) -> Figure | None:
    """The AUC along the strengths of each change, None where there is none."""
    if not known(robustness.auc.value):
        return None

    def draw(axes: Axes, places: Places, as_is: int) -> None:
        shown = {at: one.effect.auc for at, one in places.items()}
        shown = dict(sorted({**shown, as_is: robustness.auc}.items()))
        low, high = ([getattr(one, end) for one in shown.values()] for end in ("low", "high"))
        axes.fill_between(list(shown), low, high, color=BAND)
        axes.axhline(robustness.auc.value, color=GREY, linewidth=1, linestyle=":")
        axes.plot(list(shown), [one.value for one in shown.values()], "o-", color=INK, markersize=3.5, linewidth=1.2)

    figure = _panels(robustness, draw)
    figure.supylabel("AUC, 95 %", fontsize=9)
    return figure


@matplotlib.rc_context(STYLE)
def draw_turned(robustness: Robustness) -> Figure:
    """The share of verdicts that turn, either way, along the strengths of each change."""

    def draw(axes: Axes, places: Places, as_is: int) -> None:
        for side, (name, label) in zip((-0.09, 0.09), VERDICTS.items(), strict=True):
            for at, one in places.items():
                share: Estimate = getattr(one.effect, name)
                interval_line(axes, (100 * share.low, 100 * share.high), at + side, color=COLOURS[label])
                axes.plot([at + side], [100 * share.value], MARKERS[label], color=COLOURS[label], markersize=4.5)

    figure = _panels(robustness, draw)
    figure.axes[0].set_ylim(bottom=0)  # of all: they share the axis
    figure.supylabel("Verdicts that turn, %", fontsize=9)
    marks = [
        handle(f"turned {label}", color=COLOURS[label], marker=MARKERS[label], linestyle="")
        for label in VERDICTS.values()
    ]
    legend_above(figure, marks, 1.2)
    return figure


def _panels(robustness: Robustness, draw: Callable[[Axes, Places, int], None]) -> Figure:
    """A panel for each change; strengths stand at even distances, the unchanged picture among them by its strength,
    or first. ``draw`` takes the axes, each place with what was read there, and the unchanged picture's place."""
    rows = -(-len(CHANGES) // COLUMNS)
    figure = new_figure(WIDE, 0.5 + 1.75 * rows)
    every = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).flatten()
    for axes, change in zip(every, CHANGES, strict=False):
        title, tick, _ = CAPTIONS[change.name]
        strengths = sorted(change.strengths, reverse=_falls(change))
        unchanged = _before(strengths, change)
        ticks = [tick.format(one).replace("-", "−") for one in strengths]
        ticks.insert(unchanged, AS_IS)
        at = {one: float(place + (place >= unchanged)) for place, one in enumerate(strengths)}
        draw(axes, {at[one.strength]: one for one in robustness.changes if one.change == change.name}, unchanged)
        axes.set_xticks(range(len(ticks)), ticks, fontsize=7)
        axes.set_xlim(-0.4, len(ticks) - 0.6)
        axes.set_title(title, fontsize=8)
    for axes in every[len(CHANGES) :]:
        axes.set_visible(False)
    return figure


def _falls(change: Change) -> bool:
    """Whether a lower strength is the greater change: then strengths fall along the axis."""
    return change.none is None or change.none >= max(change.strengths)


def _before(strengths: Sequence[float], change: Change) -> int:
    """How many of the strengths stand before the unchanged picture."""
    return 0 if _falls(change) else sum(one < (change.none or 0) for one in strengths)
