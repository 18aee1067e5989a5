"""``isthmus score``: the scorecard of a CSV of predictions, anybody's."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, talk
from isthmus.cli.tables import print_scorecard
from isthmus.data.tables import place
from isthmus.errors import UsageError
from isthmus.judge.scorecard import scorecard
from isthmus.nodule import DISCLAIMER, Label
from isthmus.study.predictions import Predictions, Table, predictions, read_table

USUAL_GROUPS = ("group", "patient")
NO_GROUP = "none"
UNGROUPED = "isthmus: no column of groups: every nodule counts as its own, so intervals may be too narrow."


@click.command()
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path))
@click.option("--label", default="label", show_default=True, metavar="COLUMN", help="Column that says what it is.")
@click.option("--p", default="p", show_default=True, metavar="COLUMN", help="Column of P(malignant), 0 to 1.")
@click.option(
    "--group",
    metavar="COLUMN",
    help=f"Column of the group or patient, kept together when resampling; '{NO_GROUP}' for none. "
    "Default: group, else patient, else none.",
)
@click.option(
    "--positive", default="malignant", show_default=True, metavar="VALUE", help="Label that means malignant, such as 1."
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Malignant is what has P(malignant) at or above it.",
)
@options.seed
@options.as_json
@click.pass_context
def score(
    ctx: click.Context,
    path: Path,
    label: str,
    p: str,
    group: str | None,
    positive: str,
    threshold: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score a CSV of predictions, anybody's: one row a nodule, its label and its P(malignant).

    The probability must be that of malignant: for one of benign, write 1 - p first. Proportions come with Wilson
    intervals, everything else with a bootstrap that keeps the nodules of a group together. Exit 1 where the file
    holds one class only, so that some of it is undefined.
    """
    table = read_table(path)
    column = _group_column(table, group)
    said = predictions(table, label, p, column, positive)
    talk.note(f"isthmus: grouped by column {column!r}." if column else UNGROUPED)
    try:
        card = scorecard(said.labels, said.p, said.groups, threshold, seed)
    except ValueError as error:
        raise UsageError(f"can't be scored so: {error}", where=str(path)) from error
    _warn_of_repeats(table)
    if as_json:
        options.print_json(card.as_json() | {"labels": None, "protocol": None, "disclaimer": DISCLAIMER})
    else:
        print_scorecard(card.as_json(), _names(said, column))
    if not card.benign or not card.malignant:
        only = Label.MALIGNANT if card.malignant else Label.BENIGN
        talk.note(f"isthmus: {path}: every nodule is {only}, so that what needs both classes is undefined.")
        ctx.exit(1)


def _group_column(table: Table, asked: str | None) -> str | None:
    """The column to group by: the one asked for, or the first usual one that is there."""
    column = asked or next((name for name in USUAL_GROUPS if table.has(name)), NO_GROUP)
    return None if column == NO_GROUP and not table.has(column) else column


def _warn_of_repeats(table: Table) -> None:
    """Rows of repeated runs are not new nodules, though Wilson's formula takes them for that."""
    at = place(table.columns, "nodule", table.where)
    if at is None:
        return
    again = len(table.rows) - len({row[at] for row in table.rows})
    if again:
        talk.note(
            f"isthmus: {again} of {len(table.rows)} rows repeat a nodule. n counts rows, and Wilson intervals are too "
            "narrow; go by the resampled ones, with the nodules of a patient in one group."
        )


def _names(said: Predictions, column: str | None) -> str:
    """How the file calls groups, benign and malignant."""
    groups = f"by {column}" if column else "each its own"
    return f" ({groups}; benign is {said.names[Label.BENIGN]!r}, malignant {said.names[Label.MALIGNANT]!r})"
