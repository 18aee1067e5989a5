"""The report of a cross-validation: one HTML page that loads nothing, for a sceptical reader, on screen or on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jinja2

from isthmus.cross.folds import CrossValidation
from isthmus.cross.protocols import choices
from isthmus.nodule import DISCLAIMER, Label
from isthmus.report import cross_figures as report_figures
from isthmus.report import cross_tables as report_tables
from isthmus.study import words as wording

RECORDED = ("command", "created", "seconds", "machine", "versions", "data_fingerprint")

# As the authors give it beside their article.
CITATION = {
    "text": "R. Song, L. Zhang, C. Zhu, J. Liu, J. Yang and T. Zhang, “Thyroid Nodule Ultrasound Image Classification "
    "Through Hybrid Feature Cropping Network”, IEEE Access, vol. 8, pp. 64064–64074, 2020.",
    "link": "https://ieeexplore.ieee.org/abstract/document/9044854",
}


def render(result: CrossValidation, scorecard: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The report as one self-contained HTML page, the same for the same input.

    Args:
        result: every fold of the cross-validation.
        scorecard: its scores, as in scorecard.json; what is undefined may be None or nan.
        manifest: how it came about, as in manifest.json; what is missing is shown as not recorded.

    Over several repeats the tables hold means; figures that show each nodule once show the first repeat.
    """
    return template("report.html.jinja").render(
        result=result,
        plan=result.plan,
        recipe=result.plan.recipe,
        scores=scorecard,
        manifest=dict.fromkeys(RECORDED) | dict(manifest),
        data_set=wording.DATA_SETS.get(result.data.kind, result.data.kind),
        protocol=result.plan.protocol,
        choices=choices(result.plan.recipe),
        rule=wording.rule(scorecard["operating_point"]["rule"], result.plan.protocol.chooser),
        facts=report_tables.facts(result),
        labels=report_tables.label_policy(result),
        changes=report_tables.changes(result.plan.recipe),
        metrics=report_tables.metrics(scorecard),
        confusions=report_tables.confusions(result, scorecard),
        folds=report_tables.folds(result),
        branches=report_tables.branches(result),
        mistakes=report_tables.mistakes(result),
        most_mistakes=report_tables.MISTAKES,
        mean_auc=report_tables.mean_known([fold.auc for fold in result.folds]),
        figures=report_figures.figures(result, scorecard),
        BENIGN=Label.BENIGN,
        MALIGNANT=Label.MALIGNANT,
        disclaimer=DISCLAIMER,
        paper=CITATION,
    )


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": wording.number,
    "interval": wording.interval,
    "count": wording.count,
    "some": wording.some,
    "duration": wording.duration,
    "span": wording.span,
    "moment": wording.moment,
    "setting": wording.setting,
    "known": wording.known,
}


def template(name: str, **filters: Callable[..., Any]) -> jinja2.Template:
    """The page of that name in ``templates``, strict about what it is given, with more filters if need be."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("isthmus.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {**FILTERS, **filters}
    return environment.get_template(name)
