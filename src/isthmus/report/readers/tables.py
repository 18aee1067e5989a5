"""The tables of a reader study's page."""

from __future__ import annotations

import math
from collections.abc import Iterable

from isthmus.evidence.readers.judged import FIGURES, ReaderStudy
from isthmus.evidence.readers.modes import Modes
from isthmus.evidence.readers.pooled import AUC, Standing
from isthmus.judge.intervals import Estimate
from isthmus.judge.readers.hillis import Test
from isthmus.report.table import Cell, Column, Letters, Line, Table, explained, line, p_cell
from isthmus.report.words import count, interval, number, some

TITLES = {AUC: "AUC", "sensitivity": "Sensitivity", "specificity": "Specificity"}
CHANGES = {
    "scores_changed": "Score or mind changed",
    "calls_changed": "Call changed",
    "corrected": "Wrong call corrected",
    "spoilt": "Right call spoilt",
    "over": "Over-reliance: right before, wrong after, the model being wrong",
    "over_planted": "of them where the model was made wrong on purpose",
    "over_unplanted": "of them where it is wrong by itself",
    "under": "Under-reliance: wrong before and after, the model being right",
}
SECONDS = {"without": "Without the model", "with": "With the model", "difference": "Difference"}


def standings(study: ReaderStudy) -> Table:
    """Each reader and mode, and the means."""
    letters = Letters()
    columns = (Column("Reader", "text"), Column("Mode", "text"), Column("n"), *_figure_columns())
    rows = tuple(_standing(one, one.reader, letters) for one in study.readers)
    means = tuple(
        _standing(one, some(one.readers, "reader") + (f", {one.experience}" if one.experience else ""), letters)
        for one in study.pooled
    )
    return Table(columns, {"Readers": rows, "Means over readers": means}, letters.notes)


def _standing(one: Standing, who: str, letters: Letters) -> Line:
    figures = [explained(getattr(one, name), letters) for name in FIGURES]
    return line(who, one.mode or "–", count(one.n), *figures)


def _figure_columns() -> tuple[Column, ...]:
    return tuple(Column(title, "estimate") for title in TITLES.values())


def tests(modes: Modes) -> Table:
    """The second mode less the first, for readers and nodules like these, and for these alone."""
    columns = (Column("Figure", "text"), Column("Difference", "estimate"), Column("p"), Column("df"))
    rows: dict[str, list[Line]] = {"Readers and nodules like these": [], "These readers": [], "These nodules": []}
    for name, title in TITLES.items():
        if name not in modes.by_figure:
            rows["Readers and nodules like these"].append(line(title, modes.reasons[name]))
            continue
        one = modes.by_figure[name]
        for heading, test in zip(rows, (one.random, one.fixed_readers, one.fixed_nodules), strict=True):
            rows[heading].append(_test(title, test))
    return Table(columns, {heading: tuple(lines) for heading, lines in rows.items()})


def _test(title: str, test: Test) -> Line:
    if test.reason:
        return line(title, Cell(f"{number(test.effect)}; no test: {test.reason}"))
    cell = Cell(_signed(test.effect), f"{_signed(test.low)} to {_signed(test.high)}")
    return line(title, cell, p_cell(test.p_value), "∞" if math.isinf(test.df) else number(test.df, 1))


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value)}"


def kappas(study: ReaderStudy) -> Table | None:
    """Agreement of all readers of a mode, and of each pair."""
    if isinstance(study.agreement, str):
        return None
    letters, blocks = Letters(), dict[str, tuple[Line, ...]]()
    for one in study.agreement:
        rows = [line("All", count(one.n), explained(one.calls, letters), explained(one.grades, letters))]
        rows += [
            line(
                f"{two.first}, {two.second}",
                count(two.calls.n or 0),
                explained(two.calls, letters),
                explained(two.grades, letters),
            )
            for two in one.pairs
        ]
        blocks[one.mode or "Readers"] = tuple(rows)
    columns = (Column("Readers", "text"), Column("n"), Column("Kappa of calls", "estimate"))
    return Table((*columns, Column("Weighted kappa of grades", "estimate")), blocks, letters.notes)


def following(study: ReaderStudy) -> Table | None:
    """Changes, reliance and time, with the number of reads that each is of."""
    found, letters = study.following, Letters()
    if found.changes is None:
        return None
    shares = {**found.changes, **(found.reliance or {})}
    blocks = {"": tuple(_shared(CHANGES, shares, letters))}
    if found.seconds:
        blocks["Seconds a read"] = tuple(
            line(title, Cell(number(one.value, 1), interval(one.low, one.high, 1)), count(one.n or 0))
            for title, one in ((title, found.seconds[name]) for name, title in SECONDS.items())
        )
    return Table((Column("", "text"), Column("Share", "estimate"), Column("of reads")), blocks, letters.notes)


def _shared(titles: dict[str, str], estimates: dict[str, Estimate], letters: Letters) -> Iterable[Line]:
    for name, title in titles.items():
        if name in estimates:
            yield line(title, explained(estimates[name], letters), count(estimates[name].n or 0))
