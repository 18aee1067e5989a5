"""Baselines that should be at chance: what tells a nodule's label without its tissue. Nothing is written."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.border import BORDER
from isthmus.baselines.box import BOX
from isthmus.baselines.calipers import CALIPERS
from isthmus.baselines.order import ORDER
from isthmus.data.split import Split
from isthmus.errors import UsageError
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Nodule
from isthmus.progress import Progress, silent

AT_CHANCE: Mapping[str, Baseline] = {"border": BORDER, "box": BOX, "order": ORDER, "calipers": CALIPERS}


@dataclass(frozen=True)
class Shortcut:
    """The AUC of a baseline that should be .5, on ``auc.n`` tested nodules, its interval by groups."""

    name: str
    title: str
    auc: Estimate

    @property
    def tells(self) -> bool:
        """Whether it tells the label, its interval above .5."""
        return not math.isnan(self.auc.low) and self.auc.low > 0.5

    def as_json(self) -> dict[str, object]:
        """Value, low, high, method and n, with the name and whether it tells the label."""
        return {"baseline": self.name, "title": self.title, **self.auc.as_json(), "n": self.auc.n, "tells": self.tells}


def refuse_missing() -> None:
    """Raises UsageError where a package that a baseline needs is not installed."""
    for name, baseline in AT_CHANCE.items():
        if baseline.requires and importlib.util.find_spec(baseline.requires) is None:
            raise UsageError(
                f"the baseline {name} needs {baseline.requires}, which is not installed",
                where="--baselines",
                remedy="Install it: pip install scikit-image.",
            )


def shortcuts(
    nodules: Sequence[Nodule],
    splits: Sequence[Split],
    groups: Mapping[str, str],
    progress: Progress = silent,
    seed: int = 0,
) -> tuple[Shortcut, ...]:
    """Each baseline of AT_CHANCE, learned from the training nodules of every split and judged on its test nodules.

    ``groups`` gives each image's group. AUCs are within splits. Raises DataError, SplitError, UsageError.
    """
    labels = np.array([int(nodule.label or 0) for nodule in nodules], np.int64)
    tested = np.concatenate([one.test for one in splits])
    strata = np.repeat(np.arange(len(splits)), [len(one.test) for one in splits])
    names = [groups[nodules[i].image] for i in tested]
    result = []
    for name, baseline in AT_CHANCE.items():
        features = baseline.features(nodules, progress)
        p = [baseline.predict(features, labels, one.train, one.test, seed) for one in splits]
        auc = auc_within(labels[tested], np.concatenate(p), strata, names)
        result.append(Shortcut(name, baseline.title, replace(auc, n=len(tested))))
    return tuple(result)
