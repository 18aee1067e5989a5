"""Nodules of few patients, and the metrics as they are computed with weights and without."""

from __future__ import annotations

from typing import Any

import numpy as np

from isthmus.judge import bootstrap, metrics, weighted

# name -> (statistic prepared for labels, p and groups; of labels and p)
STATISTICS = {
    "average_precision": (bootstrap.precision_area, metrics.average_precision),
    "brier": (bootstrap.brier, metrics.brier),
    "f1": (
        lambda labels, p, members: lambda counts: weighted.f1(0.4)(labels, p, counts[:, members]),
        lambda labels, p: metrics.f_measure(metrics.confusion(labels, p, 0.4)),
    ),
}


def grouped_nodules(
    random: np.random.Generator, patients: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Labels, p and patients: eight nodules each, of one class, with a shift of p that the eight share."""
    labels, shift = random.integers(0, 2, patients), random.normal(0, 1, patients)
    groups = np.repeat(np.arange(patients), 8)
    score = labels[groups] + shift[groups] + random.normal(0, 0.3, groups.size)
    return labels[groups], 1 / (1 + np.exp(-score)), groups
