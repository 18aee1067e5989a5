"""Two tables of predictions of the same nodules: the AUC of each, and their paired difference by group.

    python benchmarks/paired.py runs/a/predictions.csv docs/results/ddti/predictions.csv.gz#isthmus-4a-boundary

A table is a ``predictions.csv`` of ``isthmus cross``, one of several runs with a column ``run``, gzipped or not, and
behind # the run, or one of ``isthmus predict``, whose groups are its patients and whose nodules without a label are
passed over. Nodules are paired by name; those that only one table has are left out, and counted.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from collections.abc import Mapping
from pathlib import Path

from isthmus.judge.delong import auc_within, delong

Rows = Mapping[str, Mapping[str, str]]  # by nodule


def read(name: str) -> Rows:
    """The rows of a table, of one run where ``name`` has one behind #. Raises ValueError for a nodule twice."""
    path, _, run = name.partition("#")
    content = Path(path).read_bytes()
    text = (gzip.decompress(content) if path.endswith(".gz") else content).decode()
    every = [row for row in csv.DictReader(text.splitlines()) if row["label"] and (not run or row["run"] == run)]
    rows = {row["nodule"]: row for row in every}
    if not rows or len(rows) < len(every):
        raise ValueError(f"{name}: {len(every)} rows of {len(rows)} nodules; name one run behind #")
    return rows


def compared(first: Rows, second: Rows) -> list[str]:
    """Three lines: the AUC of either table, and the first less the second, over the nodules of both."""
    both = sorted(first.keys() & second.keys())
    labels = [int(first[nodule]["label"] == "malignant") for nodule in both]
    if labels != [int(second[nodule]["label"] == "malignant") for nodule in both]:
        raise ValueError("the tables have other labels for the same nodules")
    groups = [first[nodule].get("group") or first[nodule]["patient"] for nodule in both]
    one, other = ([float(rows[nodule]["p_malignant"]) for nodule in both] for rows in (first, second))
    lines = []
    for name, p in (("first", one), ("second", other)):
        area = auc_within(labels, p, groups=groups)
        lines.append(f"{name}: AUC {area.value:.3f} ({area.low:.3f} to {area.high:.3f})")
    difference = delong(labels, one, other, groups)
    estimate = difference.estimate
    left_out = len(first.keys() ^ second.keys())
    lines.append(
        f"first - second: {estimate.value:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f}), p = "
        f"{difference.p_value:.3f}, n = {len(both)}, {len(set(groups))} groups; left out: {left_out}"
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first")
    parser.add_argument("second")
    arguments = parser.parse_args()
    try:
        print("\n".join(compared(read(arguments.first), read(arguments.second))))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"paired.py: {error}")


if __name__ == "__main__":
    main()
