"""The report of evidence: its content, and the HTML page of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import matplotlib
from markupsafe import Markup

from isthmus.evidence.judged import Evidence
from isthmus.judge.calibration import Bin
from isthmus.judge.intervals import Estimate
from isthmus.judge.probability.proper import Decomposition
from isthmus.report.evidence import abstaining, figures, plain_words
from isthmus.report.evidence.content import Content, Drawing, Listing, Section
from isthmus.report.evidence.data_set import beside_sizes, data_section
from isthmus.report.evidence.failures import doubts_section, mistakes_section
from isthmus.report.evidence.others import others_section
from isthmus.report.evidence.pictured import gated
from isthmus.report.evidence.pictured import sections as pictured
from isthmus.report.evidence.tables import (
    calibration_table,
    net_benefit_table,
    points_table,
    ranks_table,
    subgroups_table,
)
from isthmus.report.plots import STYLE, inline_svg
from isthmus.report.render import render as rendered
from isthmus.report.words import count, known, number, some

TITLES = {
    "half": "P ≥ 0.5, as it is",
    "sensitivity-90": "for 90 % sensitivity",
    "sensitivity-95": "for 95 % sensitivity",
    "sensitivity-97.5": "for 97.5 % sensitivity",
}


def content(evidence: Evidence, pictures: bool = True) -> Content:
    """What the report says; figures are drawn, with ``pictures`` of nodules where the evidence names their data set.

    Raises DataError where one can't be read.
    """
    return Content(
        title=f"Evidence: {evidence.name}",
        summary=plain_words.summary(evidence),
        can=plain_words.can(evidence),
        cannot=plain_words.cannot(evidence),
        sections=tuple(_sections(evidence, pictures)),
    )


@matplotlib.rc_context(STYLE)
def html(report: Content) -> str:
    """The report as one page that loads nothing."""

    def svg(drawing: Drawing) -> Markup | None:
        return inline_svg(drawing.figure, drawing.name, drawing.title) if drawing.figure else None

    return rendered("evidence.html.jinja", report=report, svg=svg)


def _sections(evidence: Evidence, pictures: bool) -> Iterator[Section]:
    yield _discrimination(evidence)
    yield _operating(evidence)
    yield _calibration(evidence)
    yield _usefulness(evidence)
    if evidence.others:
        yield others_section(evidence.others)
    yield abstaining.section(evidence)
    if evidence.pictured:
        yield gated.section(evidence.pictured.gate)
    yield _subgroups(evidence)
    if evidence.pictured:
        yield from pictured.sections(evidence.pictured, pictures)
    yield mistakes_section(evidence, pictures)
    yield doubts_section(evidence, pictures)
    yield _sample_size(evidence)
    yield _origin(evidence)
    if evidence.inspection:
        yield data_section(evidence.inspection)


def _origin(evidence: Evidence) -> Section:
    about = "; ".join(f"{name}: {text}" for name, text in evidence.nodules.origin.items())
    fitted = (
        f"Calibration, operating points and sets: {evidence.fitted.how}. The AUC and P ≥ 0.5 need no fit."
        if evidence.fitted
        else f"No calibration, operating point or set could be fitted: {evidence.reason}."
    )
    warnings = [one[:1].upper() + one[1:] + ("" if one.endswith(".") else ".") for one in evidence.warnings]
    return Section("Where the predictions come from", (f"{about}.", fitted, *evidence.nodules.notes, *warnings))


def _discrimination(evidence: Evidence) -> Section:
    n = evidence.ranked.n
    caption = "Crosses: 95 % intervals of operating points. Band: pointwise 95 % interval by resamples of groups."
    figure = None
    if evidence.roc:
        figure = figures.draw_roc(evidence, evidence.roc, TITLES)
    else:
        caption = "There is no ROC curve: every nodule has the same label."
    folds = ""
    if evidence.within_folds and known(evidence.within_folds.value):
        folds = f"AUC over pairs that one network tested: {plain_words.plain(evidence.within_folds)}."
    return Section(
        "Discrimination",
        (folds,) if folds else (),
        (Drawing("roc", "ROC curve", f"{caption} n = {count(n)}.", figure),),
        (
            Listing(
                "Ranking",
                "By nodule; by picture or patient, where one has several, by its highest P.",
                ranks_table(evidence),
            ),
        ),
    )


def _operating(evidence: Evidence) -> Section:
    prevalence = evidence.ranked.prevalence
    stated = (
        f"PPV and NPV at a stated prevalence of {number(100 * prevalence, 1)} %."
        if prevalence is not None
        else "PPV and NPV need a prevalence, and none was stated (--prevalence)."
    )
    return Section(
        "Operating points",
        (f"Each threshold but P ≥ 0.5 is chosen on other nodules than those that it is measured on. {stated}",),
        (),
        (Listing("Operating points", "Value, 95 % interval, n.", points_table(evidence.points, TITLES)),),
    )


def _calibration(evidence: Evidence) -> Section:
    kinds = ", ".join(dict.fromkeys(evidence.fitted.kinds)) if evidence.fitted else ""
    text = (
        f"Kind of least cross-fitted log loss, in each fold: {kinds}."
        if kinds
        else f"Nothing was fitted: {evidence.reason}."
    )
    drawing = Drawing(
        "reliability",
        "Reliability diagram",
        f"Marks: bins of {_mass(evidence.before.bins)} nodules, with 95 % intervals; above the dotted line the risk is "
        f"understated. Below: nodules by {'calibrated ' if evidence.fitted else ''}P. n = {count(evidence.ranked.n)}.",
        figures.draw_reliability(evidence.before, evidence.after, evidence.best),
    )
    parts = [_parts("as it is", evidence.before.parts)]
    if evidence.after:
        parts.append(_parts("calibrated", evidence.after.parts))
    return Section(
        "Calibration",
        (text, *parts),
        (drawing,),
        (
            Listing(
                "Calibration",
                "ECE: expected calibration error, above 0 by chance alone even where P is right. Slope 1 and intercept "
                "0 are right.",
                calibration_table(evidence),
            ),
        ),
    )


def _mass(bins: Sequence[Bin]) -> str:
    least, most = min(one.n for one in bins), max(one.n for one in bins)
    return count(least) if least == most else f"{count(least)} to {count(most)}"


def _parts(title: str, one: Decomposition) -> str:
    return (
        f"Brier score {title} {number(one.brier)} = reliability {number(one.reliability)} − resolution "
        f"{number(one.resolution)} + uncertainty {number(one.uncertainty)} + within bins {number(one.within)} "
        f"({one.bins} bins; n = {count(one.n)})."
    )


def _usefulness(evidence: Evidence) -> Section:
    of = "calibrated P" if evidence.fitted else "P as it is, not calibrated"
    text = f"Net benefit of {of}, at the share of malignant nodules in these data; another place has another."
    drawing = Drawing(
        "decisions",
        "Decision curve",
        "Net benefit of a biopsy of every nodule at or above a risk, against that risk. Band: pointwise 95 % interval. "
        f"n = {count(evidence.ranked.n)}.",
        figures.draw_decisions(evidence.curve),
    )
    listing = Listing("Net benefit", "Value, 95 % interval.", net_benefit_table(evidence.curve))
    return Section("Usefulness", (text, beside_sizes(evidence)), (drawing,), (listing,))


def _subgroups(evidence: Evidence) -> Section:
    if not evidence.subgroups:
        return Section("Subgroups", ("The predictions name no attribute by which nodules could be divided.",))
    auc: Estimate = evidence.ranked.metrics["auc"]
    drawn = any(known(one.metrics["auc"].value) for one in evidence.subgroups if one.metrics)
    figure = figures.draw_subgroups(evidence.subgroups, auc.value) if drawn else None
    caption = (
        "Lines: 95 % intervals. Dotted: all nodules. Subgroups with both classes."
        if drawn
        else "No subgroup has both classes."
    )
    text = (
        "Sensitivity and specificity are those of P ≥ 0.5. p: difference from the rest, corrected by Holm for all "
        "tests of this section. A subgroup is shown from 10 nodules on."
    )
    return Section(
        "Subgroups",
        (text,),
        (Drawing("subgroups", "AUC by subgroup", caption, figure, wide=True),),
        (Listing("Subgroups", "Value, 95 % interval, n.", subgroups_table(evidence.subgroups)),),
    )


def _sample_size(evidence: Evidence) -> Section:
    more = (
        "Were there twice as many nodules like these, and the AUC the same, it would be "
        f"{plain_words.plain(evidence.more)}."
    )
    if evidence.needed:
        one = evidence.needed
        total = f", {some(one.n, 'nodule')} with the benign" if one.n is not None else ""
        need = (
            f"To show a sensitivity of at least {one.at_least:g} with a power of {one.power:g}, if it is truly "
            f"{number(one.sensitivity)}, as here, a site needs {some(one.malignant, 'malignant nodule')}{total}; "
            f"design effect {number(one.design_effect, 2)}."
        )
    else:
        need = f"How many nodules would show a sensitivity of at least 0.90 can't be said: {evidence.needed_reason}."
    return Section("Sample size", (more, need))
