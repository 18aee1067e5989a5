"""Two models or more, and readers, on the same nodules: each alone, then every pair, with corrected p-values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.bootstrap import RESAMPLES, Progress, Resampled, area, bootstrap
from isthmus.judge.compare import McNemar, holm, mcnemar
from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate, check_level, group_indices, share
from isthmus.judge.metrics import Floats, Labels, checked
from isthmus.judge.scorecard import few_groups
from isthmus.judge.usefulness.reclassification import Reclassification, reclassification

NO_THRESHOLD = "one of the two has no threshold"


@dataclass(frozen=True, eq=False)
class Contender:
    """What a model or a reader says of each nodule: ``p`` (n,), P(malignant), or its place in an order, in 0 .. 1.

    Malignant is p >= ``threshold``; None: no calls are made of it. ``shown`` is the threshold in the unit of its file.
    ``strata``, (n,), are the folds that its networks tested, None to rank all nodules together.
    """

    name: str
    p: Floats
    threshold: float | None = 0.5
    shown: str = ""
    strata: npt.ArrayLike | None = None

    @property
    def calls(self) -> npt.NDArray[np.bool_]:
        """Which nodules it calls malignant, (n,); needs a threshold."""
        called: npt.NDArray[np.bool_] = self.p >= (math.inf if self.threshold is None else self.threshold)
        return called


@dataclass(frozen=True)
class Standing:
    """A contender alone: its AUC, and sensitivity and specificity at its threshold."""

    name: str
    threshold: str
    auc: Estimate
    sensitivity: Estimate
    specificity: Estimate

    def as_json(self) -> dict[str, object]:
        estimates = {"auc": self.auc, "sensitivity": self.sensitivity, "specificity": self.specificity}
        return {"name": self.name, "threshold": self.threshold or None} | {
            name: one.as_json() | {"n": one.n} for name, one in estimates.items()
        }


@dataclass(frozen=True)
class Pair:
    """The first less the second: everything above 0 speaks for the first.

    ``auc`` has the interval and ``auc_p`` the p-value of DeLong by groups, ``bootstrap`` that of resampled groups;
    ``mcnemar`` compares calls, ``nri`` is the reclassification from the second to the first. What is called ``holm``
    is a p-value corrected for all pairs. Without two thresholds there are neither, and ``reason`` says so.
    """

    first: str
    second: str
    auc: Estimate
    auc_p: float
    bootstrap: Estimate
    mcnemar: McNemar | None
    nri: Reclassification | None
    reason: str = ""
    auc_holm: float = math.nan
    mcnemar_holm: float = math.nan

    def as_json(self) -> dict[str, object]:
        difference = {
            **self.auc.as_json(),
            "n": self.auc.n,
            "p_value": _known(self.auc_p),
            "p_holm": _known(self.auc_holm),
            "bootstrap": self.bootstrap.as_json() | {"n": self.auc.n},
        }
        counts = self.mcnemar and {**vars(self.mcnemar), "p_holm": _known(self.mcnemar_holm)}
        return {
            "first": self.first,
            "second": self.second,
            "auc_difference": difference,
            "mcnemar": counts,
            "net_reclassification": self.nri and self.nri.as_json(),
            "reason": self.reason or None,
        }


@dataclass(frozen=True)
class Comparison:
    """All contenders on the same ``n`` nodules in ``groups``, and every pair of them, in order."""

    contenders: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    n: int
    groups: int
    benign: int
    malignant: int
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "n": self.n,
            "groups": self.groups,
            "benign": self.benign,
            "malignant": self.malignant,
            "models": [one.as_json() for one in self.contenders],
            "pairs": [one.as_json() for one in self.pairs],
            "warnings": list(self.warnings),
        }


def comparison(
    labels: npt.ArrayLike,
    contenders: Sequence[Contender],
    groups: npt.ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    progress: Progress = lambda items, doing: items,
) -> Comparison:
    """Compares contenders on nodules with these ``labels`` and ``groups``, (n,). Raises ValueError.

    >>> labels = [0, 0, 0, 1, 1, 1]
    >>> good, poor = np.array([0, 0, 0.2, 0.9, 1, 1]), np.array([0, 1, 0, 1, 0, 0.5])
    >>> one = comparison(labels, [Contender("good", good), Contender("poor", poor)], resamples=100)
    >>> round(one.pairs[0].auc.value, 3), one.pairs[0].mcnemar.only_first
    (0.389, 2)
    """
    label_array, _ = checked(labels, np.zeros(np.shape(labels)))
    check_level(level)
    names = [one.name for one in contenders]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError("two contenders or more are compared, each under another name")
    members = group_indices(groups, label_array.size)
    for one in contenders:
        checked(label_array, one.p)
    drawn = bootstrap(
        {one.name: area(label_array, one.p, members, one.strata) for one in contenders},
        members,
        resamples,
        seed,
        progress,
    )
    standings = tuple(_standing(label_array, one, groups, level) for one in contenders)
    pairs = [
        _pair(label_array, first, second, groups, drawn[first.name] - drawn[second.name], level)
        for first, second in itertools.combinations(contenders, 2)
    ]
    malignant = int(label_array.sum())
    return Comparison(
        contenders=standings,
        pairs=tuple(_corrected(pairs)),
        n=label_array.size,
        groups=int(members.max()) + 1,
        benign=label_array.size - malignant,
        malignant=malignant,
        warnings=tuple(few_groups(label_array, members)),
    )


def _standing(labels: Labels, one: Contender, groups: npt.ArrayLike | None, level: float) -> Standing:
    auc = replace(auc_within(labels, one.p, one.strata, groups, level), n=labels.size)
    malignant = labels == 1
    if one.threshold is None:
        none = Estimate.undefined("no threshold was given")
        return Standing(one.name, one.shown, auc, none, none)
    sensitivity, specificity = (
        replace(share(part, whole, groups, level), n=int(whole.sum()))
        for part, whole in ((one.calls, malignant), (~one.calls, ~malignant))
    )
    return Standing(one.name, one.shown, auc, sensitivity, specificity)


def _pair(
    labels: Labels,
    first: Contender,
    second: Contender,
    groups: npt.ArrayLike | None,
    drawn: Resampled,
    level: float,
) -> Pair:
    folds = tuple(np.zeros(labels.size) if one.strata is None else one.strata for one in (first, second))
    difference = delong(labels, first.p, second.p, groups, (folds[0], folds[1]), level)
    auc = replace(difference.estimate, n=labels.size)
    if first.threshold is None or second.threshold is None:
        return Pair(first.name, second.name, auc, difference.p_value, drawn.bca(level), None, None, NO_THRESHOLD)
    calls = [one.calls.astype(np.float64) for one in (first, second)]
    return Pair(
        first.name,
        second.name,
        auc,
        difference.p_value,
        drawn.bca(level),
        mcnemar(labels, calls[0], calls[1], 0.5, groups),
        reclassification(labels, calls[1], calls[0], groups, level),
    )


def _corrected(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The pairs with p-values corrected by Holm, those of AUCs and those of calls apart."""
    aucs = holm([one.auc_p for one in pairs])
    calls = holm([one.mcnemar.p_value if one.mcnemar else math.nan for one in pairs])
    for one, auc, call in zip(pairs, aucs, calls, strict=True):
        yield replace(one, auc_holm=auc, mcnemar_holm=call)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
