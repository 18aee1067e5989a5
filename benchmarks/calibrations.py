"""Calibration before and after, and sets asked and got, of predictions out of fold, as `isthmus calibrate` cross-fits:

`python benchmarks/calibrations.py docs/results/tn5000/out_of_fold.csv.gz tn5000 tn5000-hfcn`.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from isthmus.cross.decisions.calibrate import Recalibration, recalibrated
from isthmus.cross.decisions.site import Site
from isthmus.decision import Decision
from isthmus.judge.intervals import Estimate
from isthmus.judge.probability.proper import decomposition

COVERAGES = (0.8, 0.9, 0.95)


@click.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.argument("models", nargs=-1, required=True)
def main(table: Path, models: tuple[str, ...]) -> None:
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = np.array([row["label"] == "malignant" for row in rows], np.int64)
    groups = tuple(row["group"] for row in rows)
    for model in models:
        p = np.array([float(row[model]) for row in rows])
        site = Site(labels, p, p, groups, is_checked=True)
        made = [recalibrated(site, Decision.at(0.5), coverage=coverage) for coverage in COVERAGES]
        click.echo(f"{model}: {site.benign} benign, {site.malignant} malignant, {len(set(groups))} groups")
        for line in (*_calibration(made[0]), *_sets(made), *_points(made[0])):
            click.echo(line)
        parts = decomposition(labels, p)
        click.echo(
            f"Brier score of the output {parts.brier:.4f} = reliability {parts.reliability:.4f} - resolution "
            f"{parts.resolution:.4f} + uncertainty {parts.uncertainty:.4f} + within bins {parts.within:.4f}\n"
        )


def _calibration(made: Recalibration) -> Iterator[str]:
    losses = ", ".join(
        f"{name} {'no fit' if math.isnan(loss) else f'{loss:.4f}'}" for name, loss in made.choice.log_loss.items()
    )
    yield f"log loss by method: {losses}; chosen on all: {made.choice.name}"
    yield "| | network's output | calibrated, cross-fitted |\n|---|---|---|"
    for title, name in (("log loss", "log_loss"), ("Brier score", "brier"), ("ECE", "ece")):
        yield f"| {title} | {_shown(getattr(made.before, name))} | {_shown(getattr(made.after, name))} |"
    yield f"log loss after less before: {_shown(made.change)}"


def _sets(made: list[Recalibration]) -> Iterator[str]:
    yield "| coverage asked | benign | malignant | one label | both | none |\n|---|---|---|---|---|---|"
    for one in made:
        got = one.coverage
        sizes = " | ".join(f"{share.value:.3f}" for share in (got.one, got.both, got.none))
        yield f"| {got.asked:g} | {_shown(got.benign)} | {_shown(got.malignant)} | {sizes} |"


def _points(made: Recalibration) -> Iterator[str]:
    yield "| threshold | sensitivity | specificity |\n|---|---|---|"
    for name, at in made.points.items():
        yield f"| `{name}` | {_shown(at.sensitivity)} | {_shown(at.specificity)} |"


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
