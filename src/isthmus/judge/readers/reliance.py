"""What a model's answer does to a reader's: followed where it is wrong, ignored where it is right, and the time taken.

A pair is one reader's call of one nodule before and after the model's was seen. Over-reliance is a right call given up
for a wrong model, under-reliance a wrong call kept against a right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Floats
from isthmus.judge.readers.crossed import RESAMPLES, Draws

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Calls before and after, all (pairs,): True is malignant.

    ``moved``: the score changed. ``model`` is what the model called it, ``planted`` whether the study made that wrong
    on purpose; either is None where the study has no such column.
    """

    readers: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]
    malignant: Mask
    before: Mask
    after: Mask
    moved: Mask
    model: Mask | None
    planted: Mask | None

    def at(self, rows: Mask) -> Pairs:
        """Some of the pairs."""
        return Pairs(
            self.readers[rows],
            self.patients[rows],
            self.malignant[rows],
            self.before[rows],
            self.after[rows],
            self.moved[rows],
            None if self.model is None else self.model[rows],
            None if self.planted is None else self.planted[rows],
        )


def changes(pairs: Pairs, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """How often scores and calls change: of all pairs, from wrong to right of those wrong, and the other way round."""
    draws = Draws.of(pairs.readers, pairs.patients, resamples, seed)
    right, stays = pairs.before == pairs.malignant, pairs.after == pairs.malignant
    every = np.ones(right.size, bool)
    return {
        "scores_changed": draws.share(pairs.moved, every),
        "calls_changed": draws.share(pairs.before != pairs.after, every),
        "corrected": draws.share(stays, ~right),
        "spoilt": draws.share(~stays, right),
    }


def reliance(pairs: Pairs, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Over- and under-reliance, each a share with the number of pairs that could show it.

    ``over`` of those right before while the model is wrong, those wrong after; ``under`` of those wrong before while
    the model is right, those wrong after. ``over_planted`` and ``over_unplanted`` divide ``over`` by whether the study
    made the model wrong. Raises ValueError without ``model``.
    """
    if pairs.model is None:
        raise ValueError("there is no answer of a model")
    draws = Draws.of(pairs.readers, pairs.patients, resamples, seed)
    model_right, right = pairs.model == pairs.malignant, pairs.before == pairs.malignant
    wrong_after, led = pairs.after != pairs.malignant, right & ~model_right
    found = {"over": draws.share(wrong_after, led), "under": draws.share(wrong_after, ~right & model_right)}
    if pairs.planted is not None:
        found["over_planted"] = draws.share(wrong_after, led & pairs.planted)
        found["over_unplanted"] = draws.share(wrong_after, led & ~pairs.planted)
    return found


def by_reader(pairs: Pairs) -> Mapping[str, dict[str, Estimate]]:
    """``reliance`` of each reader, with intervals over patients. Raises ValueError without ``model``."""
    return {str(name): reliance(pairs.at(pairs.readers == name)) for name in np.unique(pairs.readers)}


def times(
    seconds: Floats,
    with_model: Mask,
    readers: npt.ArrayLike,
    patients: npt.ArrayLike,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Estimate]:
    """Mean seconds a read without and with the model, the difference, and the change as a share of those without.

    All (reads,). Undefined where one of the two has no read.
    """
    draws = Draws.of(readers, patients, resamples, seed)
    counts = {"without": int((~with_model).sum()), "with": int(with_model.sum())}
    masks = {"without": ~with_model, "with": with_model}
    drawn = {name: draws.ratio(np.where(mask, seconds, 0.0), mask) for name, mask in masks.items()}
    found = {name: draws.estimate(values, counts[name]) for name, values in drawn.items()}
    n = seconds.size
    found["difference"] = draws.estimate(drawn["with"] - drawn["without"], n)
    change = np.divide(
        drawn["with"], drawn["without"], out=np.full(drawn["with"].shape, np.nan), where=drawn["without"] > 0
    )
    found["change"] = draws.estimate(change - 1, n)
    if not all(counts.values()):
        none = replace(Estimate.undefined("no read with a time in one of the two"), n=n)
        found |= {"difference": none, "change": none}
    return found
