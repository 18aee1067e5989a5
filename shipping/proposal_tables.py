"""The figures of click-to-box as tables: `python shipping/proposal_tables.py FILE.csv.gz` prints those of a file."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.jackknife import mean

Row = Mapping[str, object]
METHODS = {"network": "network", "growing": "growing region", "constant": "constant box"}
WELL = 0.5  # an IoU below it is a box that has to be drawn anew


def tables(rows: Sequence[Row]) -> str:
    """Boxes by kind of picture and, where nodules were read, P beside P, as Markdown."""
    kinds = list(dict.fromkeys(str(row["pictures"]) for row in rows))
    lines = [
        "| pictures | clicks, groups | box by | mean IoU (95 % interval) | median | IoU below .5 |",
        "|---|---|---|---|---|---|",
    ]
    for kind in kinds:
        lines += _overlaps(kind, [row for row in rows if row["pictures"] == kind])
    calipers = [row for row in rows if row["pictures"] == "re-crops with calipers"]
    if calipers:
        had = {str(row["nodule"]) for row in calipers}
        same = [row for row in rows if row["pictures"] == "re-crops" and str(row["nodule"]) in had]
        lines += _overlaps("the same nodules, painted over", same)
    lines += ["", *_readings(kinds, rows), ""]
    if "milliseconds" in rows[0]:
        taken = _column(rows, "milliseconds")
        lines.append(f"Milliseconds of one core: median {np.median(taken):.1f}, p95 {np.percentile(taken, 95):.1f}.")
    return "\n".join(lines)


def _overlaps(name: str, rows: Sequence[Row]) -> Iterator[str]:
    group = [str(row["group"]) for row in rows]
    for column, title in METHODS.items():
        values = _column(rows, column)
        poor = share(values < WELL, np.ones(values.size), group)
        yield (
            f"| {name} | {values.size}, {len(set(group))} | {title} | {_shown(mean(values, group))} | "
            f"{np.median(values):.3f} | {_shown(poor)} |"
        )


def _readings(kinds: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    read = [row for row in rows if row.get("p_given") not in ("", None)]
    if not read:
        return
    columns = ("pictures", "nodules", "mean difference of P", "median, p95", "verdicts that flip")
    yield f"| {' | '.join(columns)} | AUC, given box | AUC, proposed box | difference |"
    yield "|---|---|---|---|---|---|---|---|"
    for kind in kinds:
        of_kind = [row for row in read if row["pictures"] == kind]
        if of_kind:
            yield _reading(kind, of_kind)


def _reading(kind: str, rows: Sequence[Row]) -> str:
    given, proposed, threshold = (_column(rows, name) for name in ("p_given", "p_proposed", "threshold"))
    group, moved = [str(row["group"]) for row in rows], np.abs(given - proposed)
    flips = share((given >= threshold) != (proposed >= threshold), np.ones(moved.size), group)
    known = [i for i, row in enumerate(rows) if row["label"]]
    labels, among = np.array([rows[i]["label"] == "malignant" for i in known], np.int64), [group[i] for i in known]
    areas = [_shown(auc_within(labels, p[known], None, among)) for p in (given, proposed)]
    apart = delong(labels, proposed[known], given[known], among).estimate
    return (
        f"| {kind} | {moved.size}, {len(known)} labelled | {_shown(mean(moved, group))} | {np.median(moved):.3f}, "
        f"{np.percentile(moved, 95):.3f} | {_shown(flips)} | {areas[0]} | {areas[1]} | {_shown(apart)} |"
    )


def _column(rows: Sequence[Row], name: str) -> npt.NDArray[np.float64]:
    return np.array([float(str(row[name])) for row in rows])


def _shown(one: Estimate) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


@click.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
def main(table: Path) -> None:
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        click.echo(tables(list(csv.DictReader(file))))


if __name__ == "__main__":
    main()
