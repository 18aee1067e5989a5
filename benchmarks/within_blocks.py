"""The AUC of nodules against others of their own block, which the order of collection can't explain:

`python benchmarks/within_blocks.py docs/results/tn5000/out_of_fold.csv.gz tn5000 tn5000-hfcn`.
"""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import click
import numpy as np

from isthmus.judge.delong import auc_within


@click.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.argument("models", nargs=-1, required=True)
def main(table: Path, models: tuple[str, ...]) -> None:
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = np.array([row["label"] == "malignant" for row in rows], np.int64)
    blocks = np.array([row["group"] for row in rows])
    both = [block for block in np.unique(blocks) if np.unique(labels[blocks == block]).size == 2]
    click.echo(f"{len(both)} blocks hold both labels: {np.isin(blocks, both).sum()} nodules")
    for model in models:
        p = np.array([float(row[model]) for row in rows])
        within, every = auc_within(labels, p, blocks, blocks), auc_within(labels, p, None, blocks)
        for name, auc in (("within a block", within), ("among all", every)):
            click.echo(f"{model}, {name}: AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})")


if __name__ == "__main__":
    main()
