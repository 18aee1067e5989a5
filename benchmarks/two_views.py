"""Two pictures of one patient read together: AUC of each alone, of the mean of P, and of the mean of the log-odds.

The pairs are those of test and retest (``evidence/pictured/retest.py``): neighbouring pictures of a patient of DDTI
with one nodule each, which may show two planes of one nodule, or two nodules. Its labels are a reading of TI-RADS.
`python benchmarks/two_views.py --ddti ROOT`
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from pathlib import Path

import numpy as np

from isthmus.data.dataset import DataSet
from isthmus.data.groups import natural
from isthmus.data.pixels import read_frame
from isthmus.data.sources import open_source
from isthmus.infer.predictor import Predictor
from isthmus.judge.metrics import Floats, auc
from isthmus.models.names import find
from isthmus.nodule import Nodule

DRAWS, SEED = 2000, 0


def pairs_of(data: DataSet) -> list[tuple[Nodule, Nodule]]:
    """Neighbouring pictures of a patient with one nodule each, of one label."""
    counts = Counter(nodule.image for nodule in data.labelled)
    patients: dict[str, list[Nodule]] = {}
    for nodule in data.labelled:
        if counts[nodule.image] == 1:
            patients.setdefault(nodule.patient, []).append(nodule)
    found = []
    for nodules in patients.values():
        in_order = sorted(nodules, key=lambda one: natural(one.image))
        found += [pair for pair in itertools.pairwise(in_order) if pair[0].label == pair[1].label]
    return found


def main() -> None:
    """Prints a line for each way to read, with a 95 % interval by a bootstrap of patients."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--ddti", type=Path, required=True)
    options.add_argument("--model", default="tn5000")
    given = options.parse_args()
    pairs = pairs_of(open_source("ddti", given.ddti))
    model = Predictor.load(find(given.model))

    def read(one: Nodule) -> float:
        return model.predict(read_frame(one.picture.path, page=one.picture.page), one.box).probability

    p = np.array([[read(one) for one in pair] for pair in pairs])
    labels = np.array([int(pair[0].label or 0) for pair in pairs])
    patients = np.array([pair[0].patient for pair in pairs])
    geometric = np.exp(np.log(p / (1 - p)).mean(1))
    ways = {
        "first": p[:, 0],
        "second": p[:, 1],
        "mean of P": p.mean(1),
        "mean of log-odds": geometric / (1 + geometric),
    }
    print(f"{given.model}: {len(pairs)} pairs of {len(set(patients))} patients, {labels.sum()} malignant")
    print(f"differences of P: median {np.median(np.abs(p[:, 0] - p[:, 1])):.3f}")
    for name, scores in ways.items():
        low, high = np.nanquantile(_drawn(labels, scores, patients), [0.025, 0.975])
        print(f"{name}: AUC {auc(labels, scores):.3f} ({low:.3f} to {high:.3f})")
    for name in ("mean of P", "mean of log-odds"):
        gain = (
            _drawn(labels, ways[name], patients)
            - (_drawn(labels, ways["first"], patients) + _drawn(labels, ways["second"], patients)) / 2
        )
        print(f"{name} less the mean of both alone: {np.nanmean(gain):+.3f}", np.nanquantile(gain, [0.025, 0.975]))


def _drawn(labels: np.ndarray, scores: Floats, patients: np.ndarray) -> Floats:
    random, names = np.random.default_rng(SEED), np.unique(patients)
    places = [np.flatnonzero(patients == one) for one in names]
    values = []
    for _ in range(DRAWS):
        at = np.concatenate([places[one] for one in random.integers(0, names.size, names.size)])
        values.append(auc(labels[at], scores[at]) if 0 < labels[at].sum() < at.size else np.nan)
    return np.array(values)


if __name__ == "__main__":
    main()
