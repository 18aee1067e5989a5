"""The report of a study: one HTML page that loads nothing, for a sceptical reader, on screen or on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.report import cross_page as report
from isthmus.report import study_evidence, study_methods, study_plots, study_summary, study_tables
from isthmus.report.study_plots import LOOKS, PRINTED, Rung, Spot
from isthmus.report.study_tables import ARCHITECTURES, Condition
from isthmus.study import paper
from isthmus.study import words as wording
from isthmus.study.findings import Findings
from isthmus.study.grid import BASELINE
from isthmus.study.tables import METRICS, WITHIN, Row

SHORT = {"f1": "F1"}  # where the title in ``wording`` is too wide for a column


@dataclass(frozen=True)
class Figures:
    """Plots by what they are of: label policies, or for the costs the condition of the AUC; empty where none is."""

    forests: Mapping[str, Markup]
    alphas: Mapping[str, Markup]
    costs: Mapping[Condition, Markup]


def page(found: Findings, sheets: Mapping[str, str], data_set: str) -> str:
    """The report as one self-contained HTML page, the same for the same input.

    Args:
        found: what the study has found so far; an empty cell is shown with its reason.
        sheets: title to a drawing as ``data:image/png;base64,...``; may be empty.
        data_set: what the data set is called.
    """
    asked = [one.protocol for one in study_tables.conditions(found)]
    return report.template("study.html.jinja", p_value=wording.p_value, unbroken=unbroken).render(
        found=found,
        ledger=found.ledger,
        sheets=sheets,
        data_set=data_set,
        study=study_tables,
        evidence=study_evidence,
        methods=study_methods,
        summary=study_summary,
        metrics={name: SHORT.get(name, wording.METRICS[name][0]) for name in METRICS},
        conditions=study_tables.conditions(found),
        figures=figures(found),
        looks=[look for name, look in LOOKS.items() if name in {*asked, PRINTED}],
        papers_n=paper.BENIGN + paper.MALIGNANT,
        disclaimer=DISCLAIMER,
        citation=report.CITATION,
    )


def unbroken(text: str, names: Iterable[str]) -> Markup:
    """The text escaped, each of the names in it as code that no line break parts."""
    escaped = str(escape(text))
    longest = sorted((re.escape(str(escape(name))) for name in names), key=len, reverse=True)
    if longest:
        escaped = re.sub("|".join(longest), lambda name: f'<code class="nowrap">{name.group()}</code>', escaped)
    return Markup(escaped)


def figures(found: Findings) -> Figures:
    """Every plot that there is something for."""
    forests, alphas = {}, {}
    for at, labels in enumerate(found.ledger.data):
        rungs = _rungs([row for row in study_tables.ordered(found, "table4") if row.entry.labels == labels])
        if any(rung.auc for rung in rungs):
            forests[labels] = Markup(study_plots.plot_forest(rungs, f"forest-{at}"))
        three = [row for row in study_tables.ordered(found, "table3") if row.entry.labels == labels]
        if any(row.run for row in three):
            accuracy, auc = _by_alpha(three, "accuracy"), _by_alpha(three, WITHIN)
            alphas[labels] = Markup(study_plots.plot_alpha(accuracy, auc, f"alpha-{at}"))
    return Figures(forests, alphas, _costs(found))


def _rungs(rows: list[Row]) -> list[Rung]:
    """Table 4 under one label policy, a rung for each network, whatever protocols it was judged under."""
    at: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        at.setdefault((row.entry.architecture, row.entry.backbone), []).append(row)
    rungs = []
    for (architecture, backbone), own in at.items():
        auc, accuracy = ({row.entry.protocol: row.metrics[m] for row in own if row.run} for m in (WITHIN, "accuracy"))
        if own[0].paper:
            accuracy[PRINTED] = paper.metrics(own[0].paper)["accuracy"]
        name = backbone if architecture == BASELINE else study_tables.BACKBONES.get(backbone, backbone)
        told = name if auc else f"{name}: no run yet"
        rungs.append(Rung(ARCHITECTURES.get(architecture, architecture), told, auc, accuracy))
    return rungs


def _by_alpha(rows: list[Row], metric: str) -> dict[str, dict[float, Estimate]]:
    curves: dict[str, dict[float, Estimate]] = {}
    for row in rows:
        alpha = float(row.entry.setting.partition(" = ")[2])
        if row.run:
            curves.setdefault(row.entry.protocol, {})[alpha] = row.metrics[metric]
        if row.paper and metric == "accuracy":
            curves.setdefault(PRINTED, {})[alpha] = paper.metrics(row.paper)[metric]
    return curves


def _costs(found: Findings) -> dict[Condition, Markup]:
    """AUC against cost under the first condition that has a finished network."""
    for condition in study_tables.conditions(found):
        spots = [
            Spot(row.entry.architecture, row.entry.backbone, cost.multiply_adds, row.metrics[WITHIN])
            for row in study_tables.ordered(found, "table4")
            if Condition(row.entry.protocol, row.entry.labels) == condition
            and (cost := found.cost(row)) is not None
            and wording.known(row.metrics[WITHIN].value)
        ]
        if spots:
            return {condition: Markup(study_plots.plot_costs(spots, "costs"))}
    return {}
