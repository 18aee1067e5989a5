"""A baseline judged on the parts of a plan, in a run's folder like a network."""

from __future__ import annotations

import time
from pathlib import Path

from isthmus.baselines.table import BASELINES
from isthmus.cross.fold import Fold, write_fold
from isthmus.cross.plan import Part, Plan
from isthmus.cross.run import CrossValidation, Judge, Run
from isthmus.cross.run_folder import claim
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.dataset import DataSet
from isthmus.decision import Decision
from isthmus.prediction import Probabilities
from isthmus.progress import Progress, silent

DECISION = Decision.at(0.5)


def cross_baseline(
    data: DataSet,
    plan: Plan,
    name: str,
    to: Path,
    duplicates: Duplicates,
    progress: Progress = silent,
    command: str = "",
) -> CrossValidation:
    """Cross-validates the baseline ``name`` in BASELINES, writing each finished fold to ``to``.

    It makes no choices, so that it learns from all that isn't tested. Raises DataError or UsageError where its
    features can't be had, UsageError if ``to`` holds another run, SplitError, StorageError.
    """
    baseline, run = BASELINES[name], Run.of(data, plan, duplicates, to)
    run.pass_gate(progress)
    identity = plan.identity(run.groups) | {"recipe": None, "baseline": name, "version": baseline.version}
    claim(to, data, identity, command=command)

    def prepare() -> Judge:
        start, features = time.monotonic(), baseline.features(data.labelled, progress)

        def judge(part: Part) -> Fold:
            nonlocal start
            malignant = baseline.predict(features, run.labels, part.split.train, part.split.test, plan.seed)
            fold = Fold(
                number=part.number,
                repeat=part.repeat,
                rows=run.predictions(part, Probabilities(malignant, malignant, None), DECISION),
                threshold=DECISION.threshold,
                epoch=0,
                history=(),
                learned_from=len(part.split.train),
                chosen_on=0,
                leak=run.leak(part),
                seconds=time.monotonic() - start,
            )
            write_fold(fold, to)
            start = time.monotonic()
            return fold

        return judge

    return run.finish(prepare)
