"""The section on two pictures of one nodule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from isthmus.evidence.pictured.retest import NONE, Retest
from isthmus.judge.stability.agreement import Agreement
from isthmus.nodule import Label
from isthmus.report.evidence.content import Drawing, Listing, Section
from isthmus.report.evidence.tables import cell
from isthmus.report.plots import COLOURS, GREY, MARKERS, SIDE, STYLE, handle, legend_above, new_figure
from isthmus.report.table import Column, Letters, Line, Table, line
from isthmus.report.words import count, number, some

TITLE = "Test and retest"
PATIENT = "two pictures of one patient"
ALIKE = "of these, two that look alike"
NEIGHBOURS = "two that look alike, neighbours in file order"


def section(retest: Retest) -> Section:
    """What a pair is, P of one picture against P of the other, and how alike they are."""
    main = retest.main
    if main is None:
        return Section(TITLE, (f"Not measured: {NONE}.",))
    left = f" {some(retest.several, 'nodule')} on a picture with others left out." if retest.several else ""
    if retest.patient:
        what = (
            "A pair is two neighbouring pictures of a patient, by their names, with one nodule each and one label. "
            "They may show two planes, or two nodules: nobody noted which."
        )
    else:
        what = (
            "No patient is named. A pair is two pictures with neighbouring numbers that look alike as a whole and have "
            "one label: presumably of one nodule, which nobody noted."
        )
    drawing = Drawing(
        "retest",
        "P of one picture against P of the other",
        f"Dotted: the operating point, P ≥ {number(retest.threshold)}. n = {some(main.n, 'pair')}.",
        draw(retest),
    )
    caption = (
        "ICC: share of the variance of P between pairs. Repeatability: what 95 % of differences of P lie within, were "
        "they normal. By chance: equal verdicts, were the two any two pictures of one label. Value, 95 % interval, n."
    )
    return Section(TITLE, (what + left,), (drawing,), (Listing("Agreement", caption, table(retest)),))


def table(retest: Retest) -> Table:
    """The agreement of all pairs of a patient, and of those that look alike."""
    letters = Letters()
    titles = ("ICC", "Repeatability", "Mean difference of P", "Equal verdicts")
    columns = (Column("Pairs", "text"), *(Column(one, "estimate") for one in titles), Column("by chance"))
    return Table(columns, {"": tuple(_lines(retest, letters))}, letters.notes)


def _lines(retest: Retest, letters: Letters) -> Iterator[Line]:
    if retest.patient:
        yield _line(PATIENT, retest.patient, letters)
    if retest.similar:
        yield _line(ALIKE if retest.patient else NEIGHBOURS, retest.similar, letters)


def _line(title: str, one: Agreement, letters: Letters) -> Line:
    estimates = (one.correlation, one.repeatability, one.moved, one.equal)
    return line(title, *(cell(each, letters) for each in estimates), number(one.by_chance))


@matplotlib.rc_context(STYLE)
def draw(retest: Retest) -> Figure:
    """P of one picture against P of the other; hollow where the two don't look alike."""
    figure = new_figure(*SIDE)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for lines in (axes.axhline, axes.axvline):
        lines(retest.threshold, color=GREY, linewidth=1, linestyle=":")
    marks = []
    for label in Label:
        for alike in (True, False):
            here = (retest.labels == label) & (retest.alike == alike)
            if here.any():
                name = f"{label}, {'' if alike else 'not '}alike (n = {count(int(here.sum()))})"
                looks: Any = {
                    "color": COLOURS[label],
                    "marker": MARKERS[label],
                    "markerfacecolor": COLOURS[label] if alike else "none",
                    "linestyle": "",
                }
                axes.plot(retest.first[here], retest.second[here], markersize=5, **looks)
                marks.append(handle(name, **looks))
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set(xlabel="P(malignant), first picture", ylabel="P(malignant), second picture")
    legend_above(figure, marks, 1.2)
    return figure


def told(retest: Retest) -> str:
    """The pairs in words, for a sentence."""
    return PATIENT if retest.patient else NEIGHBOURS
