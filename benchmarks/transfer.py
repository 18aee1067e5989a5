"""What fine-tuning gains over a model as it is, on the same nodules: docs/how-to/transfer.md.

    python benchmarks/transfer.py --as-it-is zero.csv --tuned runs/a,runs/b --to chosen.csv

Each --tuned names runs of ``isthmus cross --from`` on the same folds, which differ in learning rate, epochs or probe;
in each fold the one whose validation nodules are ranked best is taken, so that no test nodule chooses. Several --tuned
are several networks, of which the mean of the log-odds is judged, as are several --as-it-is, tables of ``isthmus
predict`` of the same data. Writes the predictions that were taken; prints AUCs by group and their paired difference.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from scipy.special import expit, logit

from isthmus import files
from isthmus.cross.fold import Fold
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.stored import Stored, load
from isthmus.data.tables import as_csv
from isthmus.errors import DataError, IsthmusError
from isthmus.judge.calibration import CLIPPED
from isthmus.judge.delong import auc_within, delong
from isthmus.judge.metrics import Floats

COLUMNS = ("nodule", "patient", "group", "fold", "label", "tirads", "p_malignant", "as_it_is", "runs")


@dataclass(frozen=True)
class Choice:
    """The fold that was taken of several runs on the same split, and the run's name."""

    run: str
    fold: Fold


def chosen(runs: Sequence[Stored]) -> tuple[Choice, ...]:
    """Of each fold the run with the highest AUC on its validation nodules at the epoch kept; the first of equals.

    Raises DataError where the runs test or learn from other nodules.
    """
    first = runs[0]
    for run in runs[1:]:
        same = [_split(fold) for fold in run.folds] == [_split(fold) for fold in first.folds]
        if not same or run.manifest["identity"].get("seed") != first.manifest["identity"].get("seed"):
            raise DataError(f"is of another split than {first.name}", where=run.name)
    return tuple(max((Choice(run.name, run.folds[at]) for run in runs), key=_rank) for at in range(len(first.folds)))


def _split(fold: Fold) -> tuple[list[str], int, int]:
    return sorted(row.nodule for row in fold.rows), fold.learned_from, fold.chosen_on


def _rank(one: Choice) -> float:
    auc = one.fold.history[one.fold.epoch - 1].auc
    return -1.0 if math.isnan(auc) else auc


def mean_odds(every: Sequence[Floats]) -> Floats:
    """Probabilities, (n,) each, as one: the mean of their log-odds."""
    clipped = [logit(np.clip(p, CLIPPED, 1 - CLIPPED)) for p in every]
    p: Floats = expit(np.mean(clipped, axis=0)) if len(every) > 1 else every[0]
    return p


def as_it_is(path: Path, nodules: Sequence[str]) -> list[Mapping[str, str]]:
    """The rows of these nodules in a table of ``isthmus predict``. Raises DataError where one is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["nodule"]: row for row in csv.DictReader(file) if row["p_malignant"]}
    if missing := [nodule for nodule in nodules if nodule not in rows]:
        raise DataError(f"has no prediction of {missing[0]}, and {len(missing) - 1} more", where=str(path))
    return [rows[nodule] for nodule in nodules]


def _rows(choices: Sequence[Choice]) -> list[FoldPrediction]:
    return sorted((row for one in choices for row in one.fold.rows), key=lambda row: (row.nodule, row.fold))


@click.command()
@click.option("--as-it-is", "before", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--tuned", multiple=True, required=True, metavar="RUN,RUN...", help="Runs to choose from, by fold.")
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The predictions that were taken, a CSV.")
def main(before: Sequence[Path], tuned: Sequence[str], to: Path) -> None:
    """Compares, prints and writes."""
    networks = [chosen([load(Path(folder)) for folder in runs.split(",")]) for runs in tuned]
    every = [_rows(choices) for choices in networks]
    first = every[0]
    if any([(row.nodule, row.fold) for row in rows] != [(row.nodule, row.fold) for row in first] for rows in every):
        raise DataError("networks are of other nodules or folds", where="--tuned")
    after = mean_odds([np.array([row.probability for row in rows]) for rows in every])
    nodules, labels = [row.nodule for row in first], np.array([int(row.label) for row in first])
    groups, folds = [row.group for row in first], [row.fold for row in first]
    tables = [as_it_is(path, nodules) for path in before]
    start = mean_odds([np.array([float(row["p_malignant"]) for row in rows]) for rows in tables])
    taken = [" + ".join(choices[fold].run for choices in networks) for fold in range(len(networks[0]))]
    for fold, names in enumerate(taken):
        here = np.array(folds) == fold
        tested, before_it = (auc_within(labels[here], p[here]).value for p in (after, start))
        click.echo(f"fold {fold}: {names}, AUC {tested:.3f}, as it is {before_it:.3f}")
    difference = delong(labels, after, start, groups)
    for title, one in (
        ("as it is", auc_within(labels, start, None, groups)),
        ("fine-tuned", auc_within(labels, after, None, groups)),
        ("fine-tuned, pairs within folds", auc_within(labels, after, folds, groups)),
        ("difference", difference.estimate),
    ):
        click.echo(f"{title}: {one.value:.3f} ({one.low:.3f} to {one.high:.3f})")
    click.echo(f"p = {difference.p_value:.4f}, n = {len(nodules)}, {len(set(groups))} groups")
    table = [
        [row.nodule, row.patient, row.group, str(row.fold), str(row.label), there["tirads"], f"{p}", f"{q}", names]
        for row, there, p, q, names in zip(
            first, tables[0], after.tolist(), start.tolist(), (taken[fold] for fold in folds), strict=True
        )
    ]
    files.write_text(to, as_csv([COLUMNS, *table]))


if __name__ == "__main__":
    try:
        main.main(standalone_mode=False)
    except IsthmusError as error:
        raise SystemExit(f"transfer: {error}") from None
