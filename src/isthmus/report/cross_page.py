"""The report of a cross-validation: one HTML page that loads nothing, for a sceptical reader, on screen or on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isthmus.cross.fold import validation_share
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import choices
from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import CrossScorecard
from isthmus.data.sources import title_of
from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Confusion
from isthmus.nodule import Label
from isthmus.report import cross_plots, cross_tables
from isthmus.report.cross_plots import CrossPlots
from isthmus.report.facts import Change, Sides, changes, sides
from isthmus.report.render import render as rendered
from isthmus.report.table import Table

RECORDED = ("command", "created", "seconds", "machine", "versions", "data_fingerprint")
MISTAKES = 8  # of each label


@dataclass(frozen=True)
class CrossView:
    """Everything that the page shows; counts are of the first repeat, in which every nodule stands once."""

    plan: Plan
    data_set: str
    kind: str
    card: CrossScorecard
    manifest: Mapping[str, Any]
    images: int
    patients: int
    unlabelled: int
    duplicate_sets: int
    faults: int
    set_aside: float
    thresholds: tuple[float, ...]
    choices: tuple[str, ...]
    sides: Sides | None  # None where the data set carries labels
    categories: Mapping[str, int]  # TI-RADS -> nodules tested
    changes: tuple[Change, ...]
    at: Mapping[str, Mapping[str, Estimate]]
    metrics: Table
    confusions: Mapping[str, Confusion]
    branches: Table
    calipers: Table | None
    folds: Table
    mean_auc: float
    mistakes: Mapping[Label, Table]
    plots: CrossPlots


def render(result: CrossValidation, card: CrossScorecard, manifest: Mapping[str, Any]) -> str:
    """The report as one self-contained HTML page, the same for the same input.

    Args:
        result: every fold of the cross-validation.
        card: its scores.
        manifest: how it came about, as in manifest.json; what is missing is shown as not recorded.

    Over several repeats the tables hold means; figures that show each nodule once show the first repeat.
    """
    return rendered("cross.html.jinja", view=cross_view(result, card, manifest), most_mistakes=MISTAKES)


def cross_view(result: CrossValidation, card: CrossScorecard, manifest: Mapping[str, Any]) -> CrossView:
    """What the page shows; the arguments are those of ``render``."""
    data, first = result.data, cross_tables.by_repeat(result)[0]
    tirads = {nodule.id: nodule.tirads for nodule in data.nodules}
    at = cross_tables.points(result, card)
    return CrossView(
        plan=result.plan,
        data_set=title_of(data.kind),
        kind=data.kind,
        card=card,
        manifest=dict.fromkeys(RECORDED) | dict(manifest),
        images=len({row.image for row in first}),
        patients=len({row.patient for row in first}),
        unlabelled=len(data.nodules) - len(data.labelled),
        duplicate_sets=len(result.duplicates.sets),
        faults=len(data.faults),
        set_aside=validation_share(result.folds),
        thresholds=tuple(fold.threshold for fold in result.folds),
        choices=choices(result.plan.recipe),
        sides=sides(data.policy),
        categories=Counter(tirads.get(row.nodule, "") for row in first),
        changes=changes(result.plan.recipe),
        at=at,
        metrics=cross_tables.metrics(card, at),
        confusions=cross_tables.confusions(result, card),
        branches=cross_tables.branches(result),
        calipers=cross_tables.calipers(card.calipers) if card.calipers else None,
        folds=cross_tables.folds(result),
        mean_auc=cross_tables.mean_auc(result),
        mistakes=cross_tables.mistakes(result),
        plots=cross_plots.plots(result, at),
    )
