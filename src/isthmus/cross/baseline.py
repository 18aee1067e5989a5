"""A baseline under the splits of a plan, kept like any other run."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from isthmus.baselines.table import BASELINES, predicted
from isthmus.cross.folds import CrossValidation, Fold, certain, finished, keep, rows_of
from isthmus.cross.plan import parts
from isthmus.cross.run_folder import claim
from isthmus.data import split
from isthmus.prediction import Probabilities
from isthmus.progress import Progress, silent


def judge_baseline(
    crossing: CrossValidation, name: str, to: Path, progress: Progress = silent, command: str = ""
) -> CrossValidation:
    """The crossing with the folds of the baseline ``name`` in BASELINES, kept in ``to``.

    It makes no choices, so that it learns from all that isn't tested. Raises DataError or UsageError where its
    features can't be had, UsageError if ``to`` holds another run, StorageError.
    """
    baseline, data, plan = BASELINES[name], crossing.data, crossing.plan
    every = parts(data, plan, crossing.groups)
    identity = plan.identity(crossing.groups) | {"recipe": None, "baseline": name, "version": baseline.version}
    claim(to, data, identity, command=command)
    done = [finished(to, part.number) for part in every]
    if None in done:
        start, features = time.monotonic(), baseline.features(data.labelled, progress)
        labels = np.array([certain(nodule.label) for nodule in data.labelled], np.int64)
        for part in every:
            p = predicted(baseline, features, labels, part.split.train, part.split.test, plan.seed)
            done[part.number] = Fold(
                number=part.number,
                repeat=part.repeat,
                rows=rows_of(crossing, part, Probabilities(p, p, None), threshold=0.5),
                threshold=0.5,
                epoch=0,
                history=(),
                learned_from=len(part.split.train),
                chosen_on=0,
                leak=split.leak(data.labelled, part.split, crossing.duplicates.sets),
                seconds=time.monotonic() - start,
            )
            start = time.monotonic()
    folds = tuple(fold for fold in done if fold is not None)
    for fold in folds:
        keep(fold, to)
    return CrossValidation(data, plan, folds, crossing.groups, crossing.duplicates)
