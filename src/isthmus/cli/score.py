"""``isthmus score``: the scorecard of a CSV of predictions, anybody's."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cross.prediction_table import NO_GROUP, USUAL_LABELS, USUAL_P, USUAL_SCORES


@click.command()
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path))
@click.option(
    "--label", metavar="COLUMN", help=f"Column that says what it is. Default: {', else '.join(USUAL_LABELS)}."
)
@click.option("--p", metavar="COLUMN", help=f"Column of P(malignant), 0 to 1. Default: {', else '.join(USUAL_P)}.")
@click.option(
    "--scores",
    is_flag=True,
    help="They are no probabilities but scores, any numbers, higher for malignant: what ranks is judged, no Brier "
    f"score. Column: {USUAL_SCORES[0]}, else {', '.join(USUAL_SCORES[1:])}.",
)
@click.option(
    "--group",
    metavar="COLUMN",
    help=f"Column of the group or patient, whose nodules aren't taken for independent; '{NO_GROUP}' for none. "
    "Default: group, else patient, else none.",
)
@click.option(
    "--positive", default="malignant", show_default=True, metavar="VALUE", help="Label that means malignant, such as 1."
)
@click.option(
    "--threshold",
    type=float,
    help="Malignant is what lies at or above it. [default: 0.5; of scores, where sensitivity + specificity is largest]",
)
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
    seed: int,
    as_json: bool,
) -> None:
    """Score a CSV of predictions, anybody's: one row a nodule, its label and its P(malignant) or, with --scores, score.

    The probability must be that of malignant: for one of benign, write 1 - p first. Column names count in any case.
    Intervals don't take the nodules of a group for independent: Wilson's at an effective n for proportions, else a
    jackknife of groups.
    Exit 1 where the file holds one class only, so that some of it is undefined.
    """
    code = work.score.run(
        path,
        label=label,
        p=p,
        scores=scores,
        group=group,
        positive=positive,
        threshold=threshold,
        seed=seed,
        as_json=as_json,
    )
    ctx.exit(code)
