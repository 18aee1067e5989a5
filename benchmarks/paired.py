"""Two tables of predictions of the same nodules: the AUC of each, and their paired difference by group.

    python benchmarks/paired.py runs/a/predictions.csv docs/results/ddti/predictions.csv.gz#isthmus-4a-boundary
    python benchmarks/paired.py --within-folds docs/results/tn5000/out_of_fold.csv.gz#tn5000 \\
        docs/results/tn5000/out_of_fold.csv.gz#box

A table is a ``predictions.csv`` of ``isthmus cross``, gzipped or not; one of several runs with a column ``run``, and
behind # the run; one with a column of P(malignant) a model, and behind # the column; or one of ``isthmus predict``,
whose groups are its patients and whose nodules without a label are passed over. Nodules are paired by name; those that
only one table has are left out, and counted. With ``--within-folds`` only nodules that one fold tested are compared:
P of two folds comes from two networks.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from collections.abc import Mapping
from pathlib import Path

from isthmus.judge.delong import auc_within, delong
from isthmus.report.words import p_value

Rows = Mapping[str, Mapping[str, str]]  # by nodule


def read(name: str) -> Rows:
    """The rows of a table, of one run or model where ``name`` has one behind #.

    Raises ValueError for a nodule twice, KeyError for a column that isn't there.
    """
    path, _, part = name.partition("#")
    content = Path(path).read_bytes()
    text = (gzip.decompress(content) if path.endswith(".gz") else content).decode()
    every = [row for row in csv.DictReader(text.splitlines()) if row["label"]]
    if part and every and "run" in every[0]:
        every = [row for row in every if row["run"] == part]
    elif part:
        every = [{**row, "p_malignant": row[part]} for row in every]
    rows = {row["nodule"]: row for row in every}
    if not rows or len(rows) < len(every):
        raise ValueError(f"{name}: {len(every)} rows of {len(rows)} nodules; name one run behind #")
    return rows


def compared(first: Rows, second: Rows, within_folds: bool = False) -> list[str]:
    """Three lines: the AUC of either table, and the first less the second, over the nodules of both, or over pairs of
    nodules that one fold tested."""
    both = sorted(first.keys() & second.keys())
    labels = [int(first[nodule]["label"] == "malignant") for nodule in both]
    if labels != [int(second[nodule]["label"] == "malignant") for nodule in both]:
        raise ValueError("the tables have other labels for the same nodules")
    groups = [first[nodule].get("group") or first[nodule]["patient"] for nodule in both]
    one, other = ([float(rows[nodule]["p_malignant"]) for nodule in both] for rows in (first, second))
    folds = tuple([rows[nodule]["fold"] for nodule in both] if within_folds else None for rows in (first, second))
    lines = []
    for name, p, fold in zip(("first", "second"), (one, other), folds, strict=True):
        area = auc_within(labels, p, fold, groups)
        lines.append(f"{name}: AUC {area.value:.3f} ({area.low:.3f} to {area.high:.3f})")
    difference = delong(labels, one, other, groups, (folds[0], folds[1]) if within_folds else None)
    estimate = difference.estimate
    left_out = len(first.keys() ^ second.keys())
    lines.append(
        f"first - second: {estimate.value:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f}), "
        f"p {p_value(difference.p_value)}, n = {len(both)}, {len(set(groups))} groups; left out: {left_out}"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--within-folds", action="store_true", help="compare nodules of one fold only")
    arguments = parser.parse_args()
    try:
        print("\n".join(compared(read(arguments.first), read(arguments.second), arguments.within_folds)))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"paired.py: {error}")


if __name__ == "__main__":
    main()
