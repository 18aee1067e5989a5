"""Runs side by side with one thread each, or one after the other with all: which takes less time for a grid?

    python benchmarks/jobs.py [--patients 60] [--size 128] [--epochs 2] [--rounds 3]

Four runs of a study (global, RFC, BFC, and BFC at alpha 0.8; two grouped folds) on simulated nodules, from nothing to
their folders, workers started included. The two ways take turns, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.data.threads import cores
from isthmus.phantom.write import write_phantom
from isthmus.recipe import PAPER
from isthmus.study.grid import Cell
from isthmus.study.jobs import Outcome
from isthmus.study.run import Design, planned
from isthmus.study.workers import Workers, perform_all


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("patients", 60), ("size", 128), ("epochs", 2), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    ways = {f"{cores()} x 1": Workers(cores()), f"1 x {cores()}": Workers(1)}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_phantom(root / "data", given.patients)
        data = open_source("phantom", root / "data")
        duplicates = find_duplicates(data.images)
        base = PAPER.changed(size=given.size, epochs=given.epochs, patience=0)
        variants = [base.changed(crops="none"), base.changed(crops="random"), base, base.changed(alpha=0.8)]
        cells = [Cell("table4", "", "", str(n), "grouped", data.policy, recipe) for n, recipe in enumerate(variants)]
        for turn in range(given.rounds):
            for way, workers in ways.items():
                wanted = planned(
                    cells, {data.policy: data}, base, Design(2), workers, root / f"{way}{turn}", duplicates, ""
                )
                start = time.perf_counter()
                perform_all([one.job for one in wanted], workers, check)
                seconds[way].append(time.perf_counter() - start)
        report(seconds, data)


def check(outcome: Outcome) -> None:
    """Stops where a run failed: its time would mean nothing."""
    if outcome.why:
        raise SystemExit(f"{outcome.name}: {outcome.why}")


def report(seconds: dict[str, list[float]], data: DataSet) -> None:
    """Prints the seconds of each way and the ratio turn by turn."""
    print(f"{len(data.labelled)} simulated nodules; jobs x threads, seconds for four runs")
    for way, own in seconds.items():
        print(f"{way}: median {statistics.median(own):.1f} ({min(own):.1f} to {max(own):.1f}, {len(own)} rounds)")
    first, second = seconds.values()
    ratios = [one / other for one, other in zip(first, second, strict=True)]
    print(f"ratio, first over second: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
