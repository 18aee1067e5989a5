"""What the report says, in words: the same for the page and the PDF."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from isthmus.judge.probability.prevalence import moved
from isthmus.models.facts import AtThreshold, Figure
from isthmus.nodule import Label
from isthmus.report.nodule.picture import Picture, pictures
from isthmus.report.nodule.report import Judgement, NoduleReport
from isthmus.report.nodule.scale import Scale, scale
from isthmus.tirads.agreement import agreement
from isthmus.tirads.descriptors import DESCRIPTORS
from isthmus.tirads.names import SYSTEMS

TITLE = "Report on one thyroid nodule"
NO_ANSWER = "The model gives no answer: this picture is unlike those that it learned from."
NOT_VERIFIED = "This is the answer of a program. No physician has verified it."
BURNT_IN = "Text that is burnt into a picture stays in it: look at the pictures before you pass this page on."
VOTES = "Votes: P(malignant) by the whole window and by each crop alone, before calibration"
SAME = 1e-6  # thresholds closer than that are one


@dataclass(frozen=True)
class Row:
    """A line of a table: what it is, and the value."""

    name: str
    value: str


@dataclass(frozen=True)
class Section:
    """A part of the page. ``kind`` is how TI-RADS and model stand to each other, "" elsewhere."""

    title: str
    lead: str = ""
    rows: tuple[Row, ...] = ()
    sentences: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that stands on the page, in order: the head, pictures, the answer with its scale, votes, TI-RADS, the
    reader's own reading, model and limits."""

    title: str
    head: tuple[Row, ...]
    pictures: tuple[Picture, ...]
    answer: Section
    scale: Scale | None
    votes: tuple[Row, ...]
    tirads: Section
    own: Section | None
    model: Section
    limits: Section

    @property
    def texts(self) -> Iterator[str]:
        """Every text on the page but the scale's, which has numbers and words of ours alone."""
        yield self.title
        yield from (one.caption for one in self.pictures)
        yield from (text for row in (*self.head, *self.votes) for text in (row.name, row.value))
        for part in (self.answer, self.tirads, self.own, self.model, self.limits):
            if part:
                yield from (part.title, part.lead, *part.sentences)
                yield from (text for row in part.rows for text in (row.name, row.value))


def content(report: NoduleReport) -> Content:
    """The words, pictures and scale of a report."""
    return Content(
        report.title or TITLE,
        tuple(_head(report)),
        pictures(report),
        _answer(report),
        scale(report),
        tuple(_votes(report)),
        _tirads(report),
        _own(report),
        _model(report),
        _limits(report),
    )


def _head(report: NoduleReport) -> Iterator[Row]:
    given = {"Patient": report.patient, "Picture": report.picture, "Clinician": report.clinician, "Read": report.at}
    yield from (Row(name, value) for name, value in given.items() if value)
    if report.frame.pages > 1:
        yield Row("Frame", f"{report.frame.page} of {report.frame.pages}")
    box = report.box
    yield Row("Box", f"{box.x0},{box.y0},{box.x1},{box.y1} pixels, of {report.frame.width} x {report.frame.height}")
    if report.size_mm:
        yield Row("Size", f"{report.size_mm[0]:.1f} x {report.size_mm[1]:.1f} mm (width x height of the region)")
    else:
        yield Row("Size", f"not known: {report.no_size}")


def _in_words(point: str) -> str:
    """The name of a threshold, and what it says."""
    share = point.removeprefix("sensitivity-")
    return point if share == point else f"{point}, set to find {share} % of malignant nodules"


def _answer(report: NoduleReport) -> Section:
    read = report.prediction
    if not report.answered:
        return Section(
            "Benign or malignant",
            NO_ANSWER,
            sentences=tuple(f"{_first(one)}." for one in read.gate.reasons) if read.gate else (),
        )
    side = "at or above" if read.verdict == Label.MALIGNANT else "below"
    point = f" ({_in_words(read.operating_point)})" if read.operating_point else ""
    lead = (
        f"P(malignant) is {read.probability:.3f}, {side} the threshold of {read.threshold:.3f}{point}: {read.verdict}."
    )
    return Section("Benign or malignant", lead, sentences=tuple(_beside(report)))


def _beside(report: NoduleReport) -> Iterator[str]:
    sets, labels = report.origin.model.decision.conformal, report.prediction.label_set
    if sets and labels is not None:
        left = " and ".join(map(str, labels)) or "neither benign nor malignant"
        yield f"Not ruled out: {left}. Of each class, {_percent(sets.coverage)} of nodules have their label in the set."
    if report.interval:
        yield f"{report.interval.low:.3f} to {report.interval.high:.3f}: {report.interval.what}."
    if report.prevalence is None:
        yield "At which share of malignant nodules P(malignant) holds is not known."
    else:
        yield (
            f"P(malignant) holds where {100 * report.prevalence:.1f} % of nodules are malignant; "
            "where fewer are, it is too high."
        )


def _votes(report: NoduleReport) -> Iterator[Row]:
    read = report.prediction
    if report.answered:
        yield Row("whole", f"{read.whole:.2f}")
        yield from (Row(str(number), f"{vote:.2f}") for number, vote in enumerate(read.votes, 1))


def _tirads(report: NoduleReport) -> Section:
    if report.grading is None:
        return Section("TI-RADS", sentences=("No reader’s TI-RADS was given.",))
    seen, said = report.grading.findings, report.grading.assessment
    verdict, labels = report.prediction.verdict, report.prediction.label_set
    stands = agreement(
        said, None if verdict is None else str(verdict), None if labels is None else frozenset(map(str, labels))
    )
    answers = [(name, getattr(seen, name)) for name in DESCRIPTORS]
    rows = [
        Row("Level", " · ".join(_level(report))),
        Row("Advice", said.advice),
        Row("Seen", "; ".join(f"{name} {_word(value)}" for name, value in answers)),
    ]
    if seen.size_cm is not None:
        rows.append(Row("Size", f"{seen.size_cm:g} cm, largest diameter"))
    odd = (f"Doesn’t fit together: {one}." for one in said.inconsistent)
    return Section(SYSTEMS[said.system], stands.sentence, tuple(rows), (*odd, f"{said.source}."), str(stands.kind))


def _level(report: NoduleReport) -> Iterator[str]:
    assert report.grading is not None
    said = report.grading.assessment
    yield said.level or "none"
    if said.points is not None:
        yield f"{said.points} point{'' if said.points == 1 else 's'}"
    if said.level and said.risk:
        yield f"{said.risk} of such nodules were malignant"


def _word(value: object) -> str:
    if value is None:
        return "not answered"
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _own(report: NoduleReport) -> Section | None:
    if not report.own:
        return None
    first, *changes = report.own
    rows = [Row("Saved", _judged(first))]
    rows += [Row("Changed", f"{_judged(one)} Reason: {one.reason}") for one in changes]
    return Section("The reader’s own reading", rows=tuple(rows))


def _judged(one: Judgement) -> str:
    return f"{one.at}: P(malignant) {100 * one.probability:.0f} %, TI-RADS {one.tirads}."


def _model(report: NoduleReport) -> Section:
    model, source = report.origin.model, report.origin.provenance
    counts = source.nodules["training"]
    facts = report.origin.facts
    labels = f"; its labels: {facts.reads}" if facts else ""
    rows = [
        Row("Model", f"{model.name}, read by isthmus {model.version}{_engine(report)}"),
        Row("Bundle", f"sha256 {model.sha256}"),
        Row("Learned from", "; ".join(map(str, source.learned_from)) + labels),
        Row("Nodules", f"{counts['benign']} benign, {counts['malignant']} malignant"),
    ]
    return Section("The model", rows=tuple(rows))


def _engine(report: NoduleReport) -> str:
    return f" on {report.origin.engine}" if report.origin.engine else ""


def _limits(report: NoduleReport) -> Section:
    facts = report.origin.facts
    if facts is None:
        return Section("Errors and limits", sentences=("The bundle holds no figures of the model’s errors.",))
    measured = facts.out_of_fold
    rows = [*_rates(report), Row("AUC", f"{_told(measured.auc)}, on nodules that it didn’t learn from")]
    rows += [Row("AUC elsewhere", f"{_told(one.auc)}, on {one.data}; labels: {one.labels}") for one in facts.elsewhere]
    return Section("Errors and limits", rows=tuple(rows), sentences=tuple(f"{_first(one)}." for one in facts.failures))


def _rates(report: NoduleReport) -> Iterator[Row]:
    at = _measured_at(report)
    if at is None:
        yield Row("Error rates", "not measured at this threshold")
        return
    missed, alarms = at.sensitivity, at.specificity
    yield Row("Malignant called benign", f"{_told(_rest(missed))} malignant nodules that it didn’t learn from")
    yield Row("Benign called malignant", f"{_told(_rest(alarms))} benign nodules that it didn’t learn from")


def _measured_at(report: NoduleReport) -> AtThreshold | None:
    """The figures of the threshold that was applied; None where another of that name, or none, was measured."""
    facts, decision = report.origin.facts, report.origin.model.decision
    at = facts.out_of_fold.thresholds.get(report.prediction.operating_point) if facts else None
    if at is None:
        return None
    threshold = at.threshold
    if move := decision.prevalence:  # moves P and threshold alike, so that no label changes
        threshold = float(moved(np.array(threshold), move.fitted, move.here))
    return at if abs(threshold - report.prediction.threshold) < SAME else None


def _rest(figure: Figure) -> Figure:
    return Figure(1 - figure.value, 1 - figure.high, 1 - figure.low, figure.n)


def _told(figure: Figure) -> str:
    within = "no interval" if math.isnan(figure.low) else f"{figure.low:.3f} to {figure.high:.3f}"
    return f"{figure.value:.3f} ({within}), n = {figure.n}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
