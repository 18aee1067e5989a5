"""The scorecard of anybody's table of predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isthmus.cross.prediction_table import NO_GROUP, USUAL_LABELS, USUAL_P, USUAL_SCORES, PredictionTable
from isthmus.cross.predictions import CONTROL, PAINTED
from isthmus.data.groups import natural
from isthmus.data.tables import place
from isthmus.errors import UsageError
from isthmus.judge.calipers import CaliperEffect, caliper_effect
from isthmus.judge.roc import Roc
from isthmus.judge.scorecard import Scorecard, scorecard
from isthmus.judge.scores import YOUDEN, RankedScorecard, ranked_scorecard
from isthmus.judge.trend import Trend, trend
from isthmus.nodule import Label

USUAL_GROUPS = ("group", "patient")
HALF = 0.5


@dataclass(frozen=True)
class Columns:
    """Names of columns: the label, P(malignant) or the score, and the group, None without groups."""

    label: str
    value: str
    group: str | None


@dataclass(frozen=True, eq=False)
class TableScorecard:
    """A table's scorecard. ``names`` are the file's words for benign and malignant; ``repeated`` counts rows that
    repeat a nodule; ``chooses_threshold``: the threshold was chosen on the same rows; ``roc`` is of scores only;
    ``calipers`` is of a table with a column ``p_painted``."""

    card: Scorecard
    names: Mapping[Label, str]
    repeated: int
    chooses_threshold: bool
    roc: Roc | None
    calipers: CaliperEffect | None = None

    @property
    def is_upside_down(self) -> bool:
        """Whether lower values seem to mean malignant: the whole interval of the AUC lies below 0.5."""
        return self.card.metrics["auc"].high < HALF


def chosen_columns(
    table: PredictionTable, label: str | None, value: str | None, group: str | None, scores: bool
) -> Columns:
    """The columns that are named, else those with a usual name. Raises DataError where several may be meant."""
    grouping = group or next((name for name in USUAL_GROUPS if table.has(name)), NO_GROUP)
    return Columns(
        label or table.usual_column(USUAL_LABELS, "--label"),
        value or table.usual_column(USUAL_SCORES if scores else USUAL_P, "--p"),
        None if grouping == NO_GROUP and not table.has(grouping) else grouping,
    )


def table_scorecard(
    table: PredictionTable,
    columns: Columns,
    positive: str = "malignant",
    scores: bool = False,
    threshold: float | None = None,
    seed: int = 0,
) -> TableScorecard:
    """Scores the rows of a table; ``scores`` are any finite numbers, not probabilities. Raises DataError, UsageError.

    ``positive`` is the label that means malignant. Malignant is a value >= ``threshold``: 0.5 without one, for scores
    where sensitivity + specificity is largest.
    """
    labels, names = table.labels(columns.label, positive)
    values = table.scores(columns.value) if scores else table.probabilities(columns.value)
    groups = None if columns.group is None else table.groups(columns.group)
    card: Scorecard
    try:
        if scores:
            card = ranked_scorecard(labels, values, groups, threshold, seed)
        else:
            card = scorecard(labels, values, groups, HALF if threshold is None else threshold, seed)
    except ValueError as error:
        raise UsageError(f"can't be scored so: {error}", where=table.where) from error
    at = place(table.columns, "nodule", table.where)
    repeated = 0 if at is None else len(table.rows) - len({row[at] for row in table.rows})
    if isinstance(card, RankedScorecard):
        return TableScorecard(card, names, repeated, card.rule == YOUDEN, card.roc)
    effect = None
    if not scores and table.has(PAINTED):
        control = table.probabilities_if_any(CONTROL) if table.has(CONTROL) else None
        effect = caliper_effect(labels, values, table.probabilities_if_any(PAINTED), groups, control)
    return TableScorecard(card, names, repeated, chooses_threshold=False, roc=None, calipers=effect)


def table_trend(table: PredictionTable, columns: Columns, by: str) -> Trend:
    """How P(malignant) goes over the grades in the column ``by``, in natural order: 2, 3, 4a, 10. Raises DataError."""
    grades, p = table.groups(by), table.probabilities(columns.value)
    groups = None if columns.group is None else table.groups(columns.group)
    return trend(grades, p, sorted(set(grades), key=natural), groups)
