"""The sections of the report on single nodules: the most confident mistakes, and labels that the predictions doubt."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.evidence.doubts import Doubts
from isthmus.evidence.judged import Evidence
from isthmus.evidence.mistakes import Kind, One
from isthmus.report.evidence import plain_words
from isthmus.report.evidence.content import Drawing, Listing, Section
from isthmus.report.evidence.gallery import draw_gallery
from isthmus.report.table import Column, Line, Table, line
from isthmus.report.words import UNKNOWN, count, number, some

LISTED = 20  # doubted labels
PICTURED = 12
PICTURES = "It contains patients' pictures: don't pass it on."
POINTS = {"half": "P ≥ 0.5", "sensitivity-95": "the operating point for 95 % sensitivity"}


def mistakes_section(evidence: Evidence, pictures: bool) -> Section:
    """The most confident mistakes of each kind, with how many there are."""
    one = evidence.mistakes
    kinds = (
        ("malignant nodules are called benign", one.missed),
        ("benign nodules are called malignant", one.false_alarms),
    )
    told = "; ".join(f"{count(kind.count)} of {count(kind.share.n or 0)} {what}{_share(kind)}" for what, kind in kinds)
    blocks = {
        title: tuple(_line(each) for each in kind.first)
        for title, kind in (("Missed: lowest P first", one.missed), ("False alarms: highest P first", one.false_alarms))
        if kind.first
    }
    text = f"At {POINTS[one.point]}, {told}."
    if not blocks:
        return Section("Mistakes, the most confident first", (text,))
    shown_most = len(max(one.missed.first, one.false_alarms.first, key=len))
    caption = f"At most {shown_most} of a kind. P: as it is, and calibrated; the order is by the latter."
    titles = {"missed": "Malignant, called benign", "alarms": "Benign, called malignant"}
    shown = zip(titles.items(), (one.missed, one.false_alarms), strict=True)
    drawn = tuple(each for (name, title), kind in shown for each in _drawn(name, title, kind.first, evidence, pictures))
    listing = Listing("Mistakes", caption, _table(blocks))
    return Section("Mistakes, the most confident first", (text,), drawn, (listing,))


def _drawn(name: str, title: str, ones: Sequence[One], evidence: Evidence, pictures: bool) -> tuple[Drawing, ...]:
    """The pictures of those nodules that the data set has, in one figure."""
    there = evidence.inspection.match.at if evidence.inspection and pictures else {}
    shown = [(one, there[one.place]) for one in ones if one.place in there]
    if not shown:
        return ()
    contour = " The yellow line is the contour as annotated." if any(nodule.contour for _, nodule in shown) else ""
    caption = (
        f"P(malignant), calibrated where that could be done, and the nodule's label; n = {count(len(shown))}."
        f"{contour} {PICTURES}"
    )
    return (Drawing(name, title, caption, draw_gallery(shown), wide=True),)


def _share(kind: Kind) -> str:
    return f": {plain_words.percent(kind.share)}" if kind.share.n else ""


def doubts_section(evidence: Evidence, pictures: bool) -> Section:
    """Candidates for a second look by confident learning, ranked."""
    title = "Labels for a second look"
    if evidence.doubts is None or evidence.no_doubts:
        return Section(title, (f"No label can be doubted: {evidence.no_doubts}.",))
    one = evidence.doubts
    shown = one.first[:LISTED]
    if not shown:
        return Section(title, (_told(evidence, one),))
    caption = f"{count(len(shown))} of {some(len(one.doubt.candidates), 'candidate')}, the label of lowest P first."
    drawn = _drawn("doubts", "Labels for a second look", shown[:PICTURED], evidence, pictures)
    return Section(
        title, (_told(evidence, one),), drawn, (Listing("Candidates", caption, _table({"": tuple(map(_line, shown))})),)
    )


def _told(evidence: Evidence, one: Doubts) -> str:
    expected = one.doubt.expected
    between = f" (95 %: {number(expected.low, 0)} to {number(expected.high, 0)})" if expected.low >= 0 else ""
    auc = plain_words.plain(evidence.ranked.metrics["auc"])
    return (
        f"Confident learning names {some(len(one.doubt.candidates), 'nodule')} of {count(one.doubt.n)} whose label is "
        f"in doubt: candidates for a second look, not errors. It estimates that {number(expected.value, 0)} of "
        f"{count(one.doubt.n)} labels are wrong{between}, if P is right about the nodules that it is sure of. The AUC "
        f"is {auc}: the lower, the more of them are mistakes of the model and not of the label. As to P, {one.unseen}."
    )


def _table(blocks: dict[str, tuple[Line, ...]]) -> Table:
    columns = (
        Column("Nodule", "text"),
        Column("Label", "text"),
        Column("Called", "text"),
        Column("P"),
        Column("calibrated"),
    )
    return Table(columns, blocks)


def _line(one: One) -> Line:
    calibrated = UNKNOWN if one.calibrated is None else number(one.calibrated)
    return line(one.nodule, str(one.label), str(one.verdict), number(one.p), calibrated)
