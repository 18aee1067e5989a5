"""The work of ``isthmus score``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from isthmus.cli import options, talk
from isthmus.cli.tables import print_roc, print_scorecard
from isthmus.cross.prediction_table import NO_GROUP, USUAL_LABELS, USUAL_P, USUAL_SCORES, PredictionTable
from isthmus.data.tables import place
from isthmus.errors import UsageError
from isthmus.judge.scorecard import Scorecard, scorecard
from isthmus.judge.scores import YOUDEN, RankedScorecard, ranked_scorecard
from isthmus.nodule import DISCLAIMER, Label

USUAL_GROUPS = ("group", "patient")
HALF = 0.5
UNGROUPED = "isthmus: no column of groups: every nodule counts as its own, so intervals may be too narrow."
CHOSEN = (
    "isthmus: the threshold was chosen on these very data (Youden), which flatters whatever depends on it; "
    "give one with --threshold."
)
UPSIDE_DOWN = (
    "isthmus: the AUC is below 0.5: do lower values mean malignant here? Then turn their sign, or write 1 - p."
)


def run(
    path: Path,
    *,
    label: str | None,
    p: str | None,
    scores: bool,
    group: str | None,
    positive: str,
    threshold: float | None,
    seed: int,
    as_json: bool,
) -> int:
    """Scores the table, prints the scorecard, and returns the exit code."""
    _check(threshold, scores)
    table = PredictionTable.read(path)
    label = label or _usual(table, USUAL_LABELS, "--label")
    column = p or _usual(table, USUAL_SCORES if scores else USUAL_P, "--p")
    group = _group_column(table, group)
    labels, names = table.labels(label, positive)
    values = table.scores(column) if scores else table.probabilities(column)
    groups = None if group is None else table.groups(group)
    talk.note(f"isthmus: grouped by column {group!r}." if group else UNGROUPED)
    try:
        card: Scorecard = (
            ranked_scorecard(labels, values, groups, threshold, seed)
            if scores
            else scorecard(labels, values, groups, HALF if threshold is None else threshold, seed)
        )
    except ValueError as error:
        raise UsageError(f"can't be scored so: {error}", where=table.where) from error
    _warn(table, card)
    if as_json:
        options.print_json({**card.as_json(), "labels": None, "protocol": None, "disclaimer": DISCLAIMER})
    else:
        print_scorecard(card, _words(names, group), "score" if scores else "P(malignant)")
        if isinstance(card, RankedScorecard) and card.roc:
            print_roc(card.roc)
    if not (card.benign and card.malignant):
        only = Label.MALIGNANT if card.malignant else Label.BENIGN
        talk.note(f"isthmus: {path}: every nodule is {only}, so that what needs both classes is undefined.")
        return 1
    return 0


def _check(threshold: float | None, scores: bool) -> None:
    """Raises UsageError for a threshold that is none."""
    if threshold is None:
        return
    if not math.isfinite(threshold):
        raise UsageError(f"threshold {threshold} is not a finite number", where="--threshold")
    if not scores and not 0 <= threshold <= 1:
        remedy = "Give one between 0 and 1; if the file holds scores and no probabilities, pass --scores."
        raise UsageError(f"threshold {threshold:g} is not a probability", where="--threshold", remedy=remedy)


def _usual(table: PredictionTable, usual: tuple[str, ...], option: str) -> str:
    """The column that has a usual name; says which, unless it has our own."""
    column = table.usual_column(usual, option)
    if column != usual[0]:
        talk.note(f"isthmus: {option} is column {column!r}.")
    return column


def _group_column(table: PredictionTable, option: str | None) -> str | None:
    """The column to group by: that of ``option``, or the first usual one that is there."""
    column = option or next((name for name in USUAL_GROUPS if table.has(name)), NO_GROUP)
    return None if column == NO_GROUP and not table.has(column) else column


def _warn(table: PredictionTable, card: Scorecard) -> None:
    """What a reader of the figures should know: repeated rows, a threshold that flatters, an order upside down."""
    at = place(table.columns, "nodule", table.where)
    again = 0 if at is None else len(table.rows) - len({row[at] for row in table.rows})
    if again:
        talk.note(
            f"isthmus: {again} of {len(table.rows)} rows repeat a nodule. n counts rows; intervals are too narrow "
            "unless all rows of a patient are in one group."
        )
    if isinstance(card, RankedScorecard) and card.rule == YOUDEN:
        talk.note(CHOSEN)
    if card.metrics["auc"].high < HALF:
        talk.note(UPSIDE_DOWN)


def _words(names: Mapping[Label, str], group: str | None) -> str:
    """The file's words for groups, benign and malignant."""
    groups = f"by {group}" if group else "each its own"
    return f" ({groups}; benign is {names[Label.BENIGN]!r}, malignant {names[Label.MALIGNANT]!r})"
