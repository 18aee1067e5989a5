"""P(malignant) on a scale from 0 to 1, as shapes that page and PDF both draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isthmus.report.nodule.report import NoduleReport

WIDTH, LEFT, RIGHT = 640.0, 16.0, 624.0
TRACK, THICK = 30.0, 12.0  # top and height of the scale
BELOW = TRACK + THICK
THIN = 4.0  # of a set's bar
STEP = 15.0  # between rows of text
NARROW = 5.6  # of a character, about


@dataclass(frozen=True)
class Bar:
    """A filled rectangle from x0 to x1, y0 to y1, downwards."""

    x0: float
    y0: float
    x1: float
    y1: float
    look: str


@dataclass(frozen=True)
class Stroke:
    """A vertical line at x from y0 to y1."""

    x: float
    y0: float
    y1: float
    look: str


@dataclass(frozen=True)
class Words:
    """Text on the base line y, at x its ``anchor``: start, middle or end."""

    x: float
    y: float
    text: str
    look: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Scale:
    """The shapes in a field of WIDTH x ``height``, and what they say in one sentence."""

    shapes: tuple[Bar | Stroke | Words, ...]
    height: float
    says: str


def place(p: float) -> float:
    """Where P lies across the field."""
    return LEFT + (RIGHT - LEFT) * p


def scale(report: NoduleReport) -> Scale | None:
    """The scale of a reading, with its threshold and what else there is; None where the model gives no answer."""
    if not report.answered:
        return None
    p, threshold = report.prediction.probability, report.prediction.threshold
    shapes: list[Bar | Stroke | Words] = [
        Bar(LEFT, TRACK, place(threshold), BELOW, "benign"),
        Bar(place(threshold), TRACK, RIGHT, BELOW, "malignant"),
    ]
    if report.interval:
        low, high = place(report.interval.low), place(report.interval.high)
        shapes.append(Bar(low, TRACK + 3.5, max(high, low + 1.5), BELOW - 3.5, "interval"))
    shapes += [
        Stroke(place(p), TRACK - 8, BELOW + 4, "mark"),
        _words(p, TRACK - 12, f"P(malignant) {p:.3f}", "strong"),
        *(Words(place(at), BELOW + STEP, f"{at:g}", "soft") for at in (0, 0.25, 0.5, 0.75, 1)),
        Stroke(place(threshold), TRACK - 3, BELOW + STEP + 6, "threshold"),
    ]
    if report.prevalence is not None:
        shapes.append(Stroke(place(report.prevalence), TRACK + 1, BELOW - 1, "prevalence"))
    y = BELOW + 2 * STEP
    shapes.append(_words(threshold, y, f"threshold {threshold:.3f}", "plain"))
    if sets := list(_sets(report, y + 8)):
        shapes += sets
        y += 8 + 2 * THIN + STEP
    if report.prevalence is not None:
        y += STEP
        assumed = f"share of malignant nodules that P assumes {report.prevalence:.3f}"
        shapes.append(_words(report.prevalence, y, assumed, "plain"))
    told = f"P(malignant) is {p:.3f} on a scale from 0 to 1; malignant from {threshold:.3f} on."
    return Scale(tuple(shapes), y + 5, told)


def _sets(report: NoduleReport, y: float) -> Iterator[Bar | Words]:
    """Where each label isn't ruled out, from y downwards."""
    sets = report.origin.model.decision.conformal
    if sets is None or report.prediction.label_set is None:
        return
    below = y + 2 * THIN + STEP - 3
    yield Bar(LEFT, y, place(sets.benign), y + THIN - 1, "benign")
    yield Bar(place(sets.malignant), y + THIN, RIGHT, y + 2 * THIN - 1, "malignant")
    yield Words(LEFT, below, f"benign not ruled out up to {sets.benign:.3f}", "plain", "start")
    yield Words(RIGHT, below, f"malignant not ruled out from {sets.malignant:.3f} on", "plain", "end")


def _words(p: float, y: float, text: str, look: str) -> Words:
    """Text under its place on the scale, kept within the field."""
    half = NARROW * len(text) / 2
    x = place(p)
    if x - half < 0:
        return Words(0, y, text, look, "start")
    if x + half > WIDTH:
        return Words(WIDTH, y, text, look, "end")
    return Words(x, y, text, look)
