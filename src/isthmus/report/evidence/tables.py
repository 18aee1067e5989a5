"""The tables of a report of evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from isthmus.evidence.judged import Evidence
from isthmus.evidence.operating import Operating
from isthmus.judge.intervals import Estimate
from isthmus.judge.probability.conformal import Coverage
from isthmus.judge.subgroups import Subgroup
from isthmus.judge.usefulness.net_benefit import Point
from isthmus.report.table import Cell, Column, Letters, Line, Table, line
from isthmus.report.words import UNKNOWN, count, known, number, p_value, span, spread

METRICS = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "balanced_accuracy": "Balanced accuracy",
    "lr_positive": "Likelihood ratio +",
    "lr_negative": "Likelihood ratio −",
}
COMPARED = {"auc": "AUC", "sensitivity": "Sensitivity", "specificity": "Specificity"}
PREDICTIVE = {"ppv": "PPV", "npv": "NPV"}
ATTRIBUTES = {"size_px": "longer side of the box in pixels", "tirads": "TI-RADS"}
EVERY = 0.05  # of the decision curve's thresholds, those in the table


def attribute(name: str) -> str:
    """An attribute's name for a reader."""
    return ATTRIBUTES.get(name, name.replace("_", " "))


def cell(one: Estimate | None, letters: Letters) -> Cell:
    """An estimate over its interval and n; what is undefined refers to a note."""
    if one is None:
        return Cell(UNKNOWN)
    if not known(one.value):
        return Cell(UNKNOWN, "", letters.of(one.method))
    n = f"; n = {count(one.n)}" if one.n is not None else ""
    return Cell(number(one.value), spread(one) + n, "" if known(one.low) else letters.of(one.method))


def ranks_table(evidence: Evidence) -> Table:
    """AUC and average precision by nodule, picture and patient."""
    letters = Letters()
    every = {"nodule": evidence.ranked, **evidence.by}
    lines = tuple(
        line(
            name,
            count(one.n),
            count(one.malignant),
            cell(one.metrics["auc"], letters),
            cell(one.metrics["average_precision"], letters),
        )
        for name, one in every.items()
    )
    columns = (Column("Unit", "text"), Column("n"), Column("malignant"), *_estimates("AUC", "Average precision"))
    return Table(columns, {"": lines}, letters.notes)


def points_table(points: Sequence[Operating], titles: Mapping[str, str]) -> Table:
    """What depends on an operating point, a column for each."""
    letters = Letters()
    names = METRICS | (PREDICTIVE if points[0].result.prevalence is not None else {})
    rows = [
        line(title, *(cell(one.result.metrics.get(name), letters) for one in points)) for name, title in names.items()
    ]
    thresholds = line("Threshold", *(span(one.thresholds) for one in points))
    columns = (Column("", "text"), *_estimates(*(titles[one.name] for one in points)))
    return Table(columns, {"": (thresholds, *rows)}, letters.notes)


def calibration_table(evidence: Evidence) -> Table:
    """ECE, slope, intercept and Brier score before calibration and after."""
    letters = Letters()
    rows = {"as it is": evidence.before} | ({"calibrated": evidence.after} if evidence.after else {})
    lines = tuple(
        line(
            title,
            *(
                cell(each, letters)
                for each in (one.error, one.recalibration.slope, one.recalibration.intercept, one.brier)
            ),
        )
        for title, one in rows.items()
    )
    return Table((Column("P", "text"), *_estimates("ECE", "Slope", "Intercept", "Brier")), {"": lines}, letters.notes)


def net_benefit_table(curve: Sequence[Point]) -> Table:
    """Some thresholds of the decision curve."""
    letters = Letters()
    lines = tuple(
        line(
            f"{number(100 * one.threshold, 0)} %",
            *(cell(each, letters) for each in (one.model, one.treat_all, one.over_all)),
        )
        for one in curve
        if math.isclose(one.threshold / EVERY, round(one.threshold / EVERY))
    )
    titles = _estimates("Model", "Biopsy of every nodule", "Model less that")
    return Table((Column("Risk", "text"), *titles), {"": lines}, letters.notes)


def conformal_table(coverage: Coverage) -> Table:
    """Coverage by class, and how many labels a set holds."""
    letters = Letters()
    names = {
        "malignant": "Malignant nodules whose set holds malignant",
        "benign": "Benign nodules whose set holds benign",
        "one": "Sets of one label",
        "both": "Sets of both: no answer",
        "none": "Sets of none: unlike both",
    }
    lines = tuple(line(title, cell(getattr(coverage, name), letters)) for name, title in names.items())
    return Table((Column("Share", "text"), *_estimates("Value")), {"": lines}, letters.notes)


def subgroups_table(every: Sequence[Subgroup]) -> Table:
    """Each subgroup; one below the least n has the reason in place of figures."""
    letters = Letters()
    blocks: dict[str, tuple[Line, ...]] = {}
    for one in every:
        heading = attribute(one.attribute)
        blocks[heading] = (*blocks.get(heading, ()), _subgroup(one, letters))
    columns = (Column("Value", "text"), Column("n"), Column("malignant"))
    tests = tuple(Column(f"p, {title}") for title in ("AUC", "sens.", "spec."))
    return Table((*columns, *_estimates(*COMPARED.values()), *tests), blocks, letters.notes)


def _subgroup(one: Subgroup, letters: Letters) -> Line:
    counts = (one.value, count(one.n), count(one.malignant))
    if one.reason:
        return line(*counts, one.reason)
    contrasts = [one.differences.get(name) for name in COMPARED]
    tests = (p_value(each.corrected).removeprefix("= ") if each else UNKNOWN for each in contrasts)
    return line(*counts, *(cell(one.metrics[name], letters) for name in COMPARED), *tests)


def _estimates(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title, "estimate") for title in titles)
