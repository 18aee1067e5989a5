"""``isthmus score``: the scorecard of a CSV of predictions, anybody's."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.evidence import columns
from isthmus.cli.talk import note
from isthmus.cross.prediction_table import USUAL_LABELS, USUAL_P, USUAL_SCORES, PredictionTable
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER, Label

if TYPE_CHECKING:
    from isthmus.cross.table_scorecard import TableScorecard


@click.command()
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path))
@columns.label
@columns.p
@click.option(
    "--scores",
    is_flag=True,
    help="They are no probabilities but scores, any numbers, higher for malignant: what ranks is judged, no Brier "
    f"score. Column: {USUAL_SCORES[0]}, else {', '.join(USUAL_SCORES[1:])}.",
)
@columns.group
@columns.positive
@click.option(
    "--threshold",
    type=float,
    help="Malignant is what lies at or above it. [default: 0.5; of scores, where sensitivity + specificity is largest]",
)
@click.option(
    "--by",
    metavar="COLUMN",
    help="Column of grades such as tirads: also the mean P(malignant) of each, and whether it rises over them.",
)
@columns.skip_unlabelled
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of what is drawn: which groups are left out together if there are over 1000, and the ROC band of --scores.",
)
@options.as_json
@click.pass_context
def score(
    ctx: click.Context,
    path: Path,
    label: str | None,
    p: str | None,
    scores: bool,
    group: str | None,
    positive: str,
    threshold: float | None,
    by: str | None,
    skip_unlabelled: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Score a CSV of predictions: one row a nodule, its label and its P(malignant) or, with --scores, score.

    The probability must be that of malignant: for one of benign, write 1 - p first. Column names count in any case.
    Intervals don't take the nodules of a group for independent: Wilson's at an effective n for proportions, else a
    jackknife of groups.
    With a column p_painted, as `cross --painted` writes it, also the AUC on nodules with calipers and without, as they
    are and painted over.
    Exit 1 where the file holds one class only, so that some of it is undefined.
    """
    _refuse_threshold(threshold, scores)
    if by and scores:
        raise UsageError("--by needs probabilities, not --scores", remedy="Give one or the other.")
    table = PredictionTable.read(path)
    chosen = work.table_scorecard.chosen_columns(table, label, p, group, scores)
    if skip_unlabelled:
        rows = len(table.rows)
        table = table.without_empty(chosen.label)
        note(f"isthmus: {rows - len(table.rows)} of {rows} rows have no label and are left out.")
    if chosen.label != (label or USUAL_LABELS[0]):
        note(f"isthmus: --label is column {chosen.label!r}.")
    if chosen.value != (p or (USUAL_SCORES if scores else USUAL_P)[0]):
        note(f"isthmus: --p is column {chosen.value!r}.")
    note(
        f"isthmus: grouped by column {chosen.group!r}."
        if chosen.group
        else "isthmus: no column of groups: every nodule counts as its own, so intervals may be too narrow."
    )
    scored = work.table_scorecard.table_scorecard(table, chosen, positive, scores, threshold, seed)
    trend = work.table_scorecard.table_trend(table, chosen, by) if by else None
    _warn(scored, len(table.rows))
    card = scored.card
    if as_json:
        parts = {"calipers": scored.calipers, "trend": trend}
        about_the_run = {
            "labels": None,
            "protocol": None,
            **{name: one and one.as_json() for name, one in parts.items()},
            "disclaimer": DISCLAIMER,
        }
        options.print_json({**card.as_json(), **about_the_run})
    else:
        groups = f"by {chosen.group}" if chosen.group else "each its own"
        benign, malignant = scored.names[Label.BENIGN], scored.names[Label.MALIGNANT]
        about = f" ({groups}; benign is {benign!r}, malignant {malignant!r})"
        work.terminal_scorecard.print_scorecard(card, about, "score" if scores else "P(malignant)")
        if scored.roc:
            work.terminal_scorecard.print_roc(scored.roc)
        if scored.calipers:
            work.terminal_calipers.print_effect(scored.calipers)
        if by and trend:
            work.terminal_scorecard.print_trend(trend, by)
    if not (card.benign and card.malignant):
        only = Label.MALIGNANT if card.malignant else Label.BENIGN
        note(f"isthmus: {path}: every nodule is {only}, so that what needs both classes is undefined.")
        ctx.exit(1)


def _refuse_threshold(threshold: float | None, scores: bool) -> None:
    """Raises UsageError for a threshold that is not a number, or not a probability where it must be one."""
    if threshold is None:
        return
    if not math.isfinite(threshold):
        raise UsageError(f"threshold {threshold} is not a finite number", where="--threshold")
    if not scores and not 0 <= threshold <= 1:
        remedy = "Give one between 0 and 1; if the file holds scores and no probabilities, pass --scores."
        raise UsageError(f"threshold {threshold:g} is not a probability", where="--threshold", remedy=remedy)


def _warn(scored: TableScorecard, rows: int) -> None:
    """Notes what makes the figures mislead: repeated rows, a threshold chosen on the same data, an inverted order."""
    if scored.repeated:
        note(
            f"isthmus: {scored.repeated} of {rows} rows repeat a nodule. n counts rows; intervals are too narrow "
            "unless all rows of a patient are in one group."
        )
    if scored.chooses_threshold:
        note(
            "isthmus: the threshold was chosen on these very data (Youden), which flatters whatever depends on it; "
            "give one with --threshold."
        )
    if scored.is_upside_down:
        note(
            "isthmus: the AUC is below 0.5: do lower values mean malignant here? Then turn their sign, or write 1 - p."
        )
