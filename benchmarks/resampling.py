"""Seconds of 2,000 resamples of groups, by the number of nodules, for the AUC alone and for six statistics.

    python benchmarks/resampling.py 500 100000

Nodules are simulated, two a group on average. Wall and processor time of one process; one core with
``OMP_NUM_THREADS=1``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from isthmus.judge.bootstrap import RESAMPLES, bootstrap, usual


def seconds(n: int, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Wall and processor seconds for ``n`` simulated nodules: of the AUC, and of all statistics of ``usual``."""
    random = np.random.default_rng(seed)
    labels, groups = (random.random(n) < 0.4).astype(int), random.integers(max(1, n // 2), size=n)
    p = 1 / (1 + np.exp(-random.normal(1.5 * labels - 0.7)))
    statistics, members = usual(labels, p, groups)
    taken = {}
    for name, some in (("auc", {"auc": statistics["auc"]}), (f"{len(statistics)} statistics", statistics)):
        wall, processor = time.perf_counter(), time.process_time()
        bootstrap(some, members)
        taken[name] = time.perf_counter() - wall, time.process_time() - processor
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("n", type=int, nargs="+")
    for n in parser.parse_args().n:
        for name, (wall, processor) in seconds(n).items():
            print(f"n = {n}, {RESAMPLES} resamples, {name}: {wall:.2f} s, {processor:.2f} s of processor time")


if __name__ == "__main__":
    main()
