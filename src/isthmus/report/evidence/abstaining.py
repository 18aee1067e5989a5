"""The section on sets of labels and on answering only the most certain nodules."""

from __future__ import annotations

import math
from collections.abc import Iterator

import matplotlib
from matplotlib.figure import Figure

from isthmus.evidence.abstaining import FIGURES, Selective
from isthmus.evidence.judged import Evidence
from isthmus.nodule import Label
from isthmus.report.evidence.content import Drawing, Listing, Section
from isthmus.report.evidence.tables import METRICS, cell, conformal_table
from isthmus.report.plots import COLOURS, INK, MARKERS, SIDE, STYLE, handle, interval_line, legend_above, new_figure
from isthmus.report.table import Column, Letters, Table, line
from isthmus.report.words import count, known, number

TITLE = "Knowing when not to answer"
LOOKS = {
    "accuracy": (INK, "s"),
    "sensitivity": (COLOURS[Label.MALIGNANT], MARKERS[Label.MALIGNANT]),
    "specificity": (COLOURS[Label.BENIGN], MARKERS[Label.BENIGN]),
}
NAMES = {"accuracy": "Accuracy", **METRICS}
LOWEST = 0.8  # of the axis, or where an interval begins
APART = 0.7  # percent answered, between marks at one share


def section(evidence: Evidence) -> Section:
    """Sets at the stated coverage, and accuracy against the share answered."""
    if not (evidence.coverage and evidence.selective):
        return Section(TITLE, (f"There are no sets, and no curve of accuracy: {evidence.reason}.",))
    caption = f"Sets of labels at a stated coverage of {number(100 * evidence.coverage.asked, 0)} % a class."
    sets = Listing("Sets", caption, conformal_table(evidence.coverage))
    one = evidence.selective
    drawing = Drawing(
        "answered",
        "Accuracy and the share answered",
        f"From right to left fewer nodules are answered, the most certain first. Lines: 95 % intervals. "
        f"n = {count(one.n)}.",
        draw(one),
    )
    listing = Listing("Answering the most certain", "Of the nodules answered: value, 95 % interval, n.", table(one))
    return Section(TITLE, tuple(_paragraphs(one)), (drawing,), (sets, listing))


def _paragraphs(one: Selective) -> Iterator[str]:
    yield (
        "A nodule without a verdict needs another look. Verdicts are those of the operating point for 95 % "
        "sensitivity. The most certain ones have the least expected cost, at the costs of a missed cancer and of a "
        "false alarm that this point implies. Shares are of the nodules here: among others, other shares are as "
        "certain."
    )
    last = one.answered[-1]
    if not (last.benign and last.malignant):
        only = Label.MALIGNANT if last.malignant else Label.BENIGN
        yield f"At {number(100 * last.asked, 0)} % answered, all nodules answered are {only}."


def table(one: Selective) -> Table:
    """A line for each share asked."""
    letters = Letters()
    lines = tuple(
        line(
            f"{number(100 * each.asked, 0)} %",
            count(each.benign + each.malignant),
            count(each.malignant),
            *(cell(getattr(each, name), letters) for name in FIGURES),
        )
        for each in one.answered
    )
    columns = (Column("Answered", "text"), Column("n"), Column("malignant"))
    return Table((*columns, *(Column(NAMES[name], "estimate") for name in FIGURES)), {"": lines}, letters.notes)


@matplotlib.rc_context(STYLE)
def draw(one: Selective) -> Figure:
    """Accuracy, sensitivity and specificity against the share answered."""
    figure = new_figure(*SIDE)
    axes = figure.subplots()
    for shift, name in zip((-APART, 0, APART), FIGURES, strict=True):
        colour, marker = LOOKS[name]
        at = [100 * each.share + shift for each in one.answered]
        values = [getattr(each, name) for each in one.answered]
        for place, value in zip(at, values, strict=True):
            interval_line(axes, (value.low, value.high), place, color=colour)
        axes.plot(at, [value.value for value in values], marker=marker, color=colour, markersize=5)
    ends = [getattr(each, name).low for each in one.answered for name in FIGURES]
    axes.set(xlabel="Nodules answered, %", ylabel="Of the nodules answered")
    axes.set(ylim=(math.floor(20 * min([LOWEST, *filter(known, ends)])) / 20, 1.005))
    marks = [handle(NAMES[name], color=LOOKS[name][0], marker=LOOKS[name][1], markersize=5) for name in FIGURES]
    legend_above(figure, marks, 1.8)
    return figure
