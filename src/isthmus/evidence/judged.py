"""Everything that is asked of predictions, in numbers: what ``metrics.json`` holds and the report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.bundle import Bundle
from isthmus.bundle_files import sha256
from isthmus.cross.decisions.fitted import POINTS
from isthmus.decision import COVERAGE
from isthmus.evidence.abstaining import Selective, selective
from isthmus.evidence.beside import NONE_NAMED, Others
from isthmus.evidence.decided import Decided, decided
from isthmus.evidence.doubts import Doubts, doubts
from isthmus.evidence.inspection import NO_DATA, Inspection
from isthmus.evidence.mistakes import Mistakes, mistakes
from isthmus.evidence.nodules import Nodules
from isthmus.evidence.operating import Operating, needed_for, points
from isthmus.evidence.pictured.judged import LEARNED, NO_PICTURES, Pictured, without
from isthmus.evidence.probability import Probability, probability
from isthmus.evidence.reasons import reasoned, shown
from isthmus.evidence.size_rule import beside_sizes
from isthmus.judge.delong import auc_within
from isthmus.judge.discrimination import RULE, Discrimination, by_unit, discrimination
from isthmus.judge.intervals import Estimate, group_indices
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.conformal import Coverage, coverage_of
from isthmus.judge.roc import Roc, roc
from isthmus.judge.scorecard import few_groups
from isthmus.judge.subgroups import Subgroup, subgroups
from isthmus.judge.usefulness.biopsies import Beside
from isthmus.judge.usefulness.net_benefit import Point, decision_curve
from isthmus.judge.usefulness.sample_size import Needed, with_more
from isthmus.judge.usefulness.size_rule import NAME
from isthmus.nodule import DISCLAIMER

Progress = Callable[[Sequence[str], str], Iterable[str]]
Groups = npt.NDArray[np.str_] | None

NO_FOLDS, SPLIT = "the predictions name no two folds", "the predictions are split into validation and test"
BY_NODULE: Mapping[str, object] = {"prevalence": {"value": None, "reason": "the one stated is of nodules"}}
MANY = 50_000  # nodules, from which on the band of the ROC curve is of fewer resamples


@dataclass(frozen=True, eq=False)
class Evidence:
    """All figures of the nodules tested. ``reason`` says why nothing could be fitted, "" where ``fitted`` is there;
    ``roc`` is None with one class; ``sizes`` are the biopsies beside the rule of sizes, or why these can't be had.
    ``by`` holds the same by picture and by patient, ``pictured`` what needs the pictures, None without these. ``model``
    made the predictions, None where it isn't known; whether its shipped weights ``learned`` from the data set that was
    named, so that they can't read its pictures anew. ``inspection`` is of that data set, and ``others`` are
    other predictions of these nodules, None where none were named."""

    nodules: Nodules
    ranked: Discrimination
    by: Mapping[str, Discrimination]
    within_folds: Estimate | None
    roc: Roc | None
    before: Probability
    after: Probability | None
    fitted: Decided | None
    reason: str
    points: tuple[Operating, ...]
    curve: tuple[Point, ...]
    sizes: tuple[Beside | None, str]
    mistakes: Mistakes
    doubts: Doubts | None
    coverage: Coverage | None
    selective: Selective | None
    subgroups: tuple[Subgroup, ...]
    more: Estimate
    needed: Needed | None
    needed_reason: str
    warnings: tuple[str, ...]
    pictured: Pictured | None = None
    model: Bundle | None = None
    learned: bool = False
    inspection: Inspection | None = None
    others: Others | None = None

    @property
    def best(self) -> Floats:
        """P of the nodules tested, calibrated where that could be fitted, (n,)."""
        return self.nodules.p[~self.nodules.validation] if self.fitted is None else self.fitted.p

    @property
    def name(self) -> str:
        """What is judged, and on what."""
        return f"{self.model.name} on {self.nodules.name}" if self.model else self.nodules.name

    @property
    def one_class(self) -> bool:
        """Whether every nodule has the same label."""
        return not (self.ranked.benign and self.ranked.malignant)

    @property
    def no_doubts(self) -> str:
        """Why no label can be doubted, "" where that can be done."""
        if self.one_class:
            return f"no nodule is {'benign' if self.ranked.malignant else 'malignant'}"
        if self.learned and self.nodules.folds is None:
            return f"{LEARNED}, and the predictions name no folds"
        return ""

    def as_json(self) -> dict[str, Any]:
        """The contents of metrics.json: JSON's types; what can't be computed is null, with a ``reason``."""
        ranked, reason = self.ranked, self.reason or None
        sets = {"n": ranked.n, "reason": reason} | (self.coverage.as_json() if self.coverage else {"asked": None})
        whole: dict[str, Any] = reasoned(
            {
                "name": self.nodules.name,
                "origin": dict(self.nodules.origin),
                "n": ranked.n,
                "groups": ranked.groups,
                "grouped": self.nodules.groups is not None,
                "benign": ranked.benign,
                "malignant": ranked.malignant,
                "auc": shown(ranked.metrics["auc"]),
                "auc_within_folds": shown(self.within_folds)
                if self.within_folds
                else {"value": None, "reason": NO_FOLDS if self.nodules.folds is None else SPLIT},
                "average_precision": shown(ranked.metrics["average_precision"]),
                "by_unit": {"rule": RULE, **{name: {**one.as_json(), **BY_NODULE} for name, one in self.by.items()}},
                "roc": self.roc.as_json() if self.roc else {"value": None, "reason": reason},
                "brier": {
                    "before": shown(self.before.brier),
                    "after": shown(self.after.brier) if self.after else None,
                    "parts_before": self.before.parts.as_json(),
                    "parts_after": self.after.parts.as_json() if self.after else None,
                    "reason": reason,
                },
                "calibration": {
                    "fitted": self.fitted.how if self.fitted else None,
                    "kinds": list(self.fitted.kinds) if self.fitted else None,
                    "before": self.before.as_json(),
                    "after": self.after.as_json() if self.after else None,
                    "reason": reason,
                },
                "net_benefit": {
                    "of": "calibrated P(malignant)" if self.fitted else "P(malignant) as it is",
                    "n": ranked.n,
                    "points": [one.as_json() for one in self.curve],
                    "reason": None,
                },
                "biopsies_beside_tirads": self.sizes[0].as_json() | {"rule": NAME, "reason": None}
                if self.sizes[0]
                else {"value": None, "rule": NAME, "reason": self.sizes[1]},
                "conformal": sets,
                "mistakes": self.mistakes.as_json(),
                "doubted_labels": {"value": None, "reason": self.no_doubts}
                if self.doubts is None or self.no_doubts
                else self.doubts.as_json(),
                "selective": self.selective.as_json() if self.selective else {"value": None, "reason": reason},
                "operating_points": [one.as_json() for one in self.points]
                + [{"name": name, "n": ranked.n, "value": None, "reason": reason} for name in POINTS if reason],
                "subgroups": [one.as_json() for one in self.subgroups],
                "sample_size": {
                    "auc_with_as_many_more": shown(self.more),
                    "needed": self.needed.as_json() if self.needed else None,
                    "reason": self.needed_reason or None,
                },
                "data": self.inspection.as_json() if self.inspection else {"value": None, "reason": NO_DATA},
                "comparison": self.others.as_json() if self.others else {"value": None, "reason": NONE_NAMED},
                "model": _model(self.model),
                **(self.pictured.as_json() if self.pictured else without(LEARNED if self.learned else NO_PICTURES)),
                "warnings": [*self.nodules.notes, *self.warnings],
                "disclaimer": DISCLAIMER,
            }
        )
        return whole


def evidence(
    nodules: Nodules,
    prevalence: float | None = None,
    coverage: float = COVERAGE,
    seed: int = 0,
    progress: Progress = lambda items, doing: items,
) -> Evidence:
    """Judges the nodules tested; PPV and NPV are those at a stated ``prevalence``. Raises ValueError."""
    test = ~nodules.validation
    labels, p = nodules.labels[test], nodules.p[test]
    groups = None if nodules.groups is None else nodules.groups[test]
    parts: dict[str, Any] = {}
    fitted, reason = _fitted(nodules, coverage)
    best = p if fitted is None else fitted.p
    steps: Mapping[str, Callable[[], Any]] = {
        "ranked": lambda: discrimination(labels, p, groups, 0.5, prevalence, seed=seed),
        "by": lambda: _by_unit(nodules, test, seed),
        "roc": lambda: _roc(labels, p, groups, seed),
        "before": lambda: probability(labels, p, groups, seed),
        "after": lambda: None if fitted is None else probability(labels, fitted.p, groups, seed),
        "points": lambda: tuple(points(parts["ranked"], labels, groups, fitted)),
        "curve": lambda: decision_curve(labels, best, groups),
        "sizes": lambda: beside_sizes(nodules, fitted),
        "mistakes": lambda: mistakes(nodules, fitted),
        "doubts": lambda: None if labels.min() == labels.max() else doubts(nodules, fitted, seed),
        "subgroups": lambda: _subgroups(nodules, test),
    }
    for name in progress(list(steps), "evidence"):
        parts[name] = steps[name]()
    within = None
    if nodules.folds is not None and not nodules.validation.any():
        within = auc_within(labels, p, nodules.folds, groups)
        within = Estimate(within.value, within.low, within.high, within.method, labels.size)
    needed, needed_reason = needed_for(parts["points"], labels, fitted, groups, reason)
    auc = parts["ranked"].metrics["auc"]
    return Evidence(
        nodules=nodules,
        within_folds=within,
        fitted=fitted,
        reason=reason,
        coverage=None
        if fitted is None
        else coverage_of(labels, fitted.holds_benign, fitted.holds_malignant, coverage, groups),
        selective=None if fitted is None else selective(labels, fitted, groups),
        more=with_more(auc, labels.size, labels.size),
        needed=needed,
        needed_reason=needed_reason,
        warnings=tuple(few_groups(labels, group_indices(groups, labels.size))),
        **parts,
    )


def _fitted(nodules: Nodules, coverage: float) -> tuple[Decided | None, str]:
    labels = nodules.labels[~nodules.validation]
    if labels.min() == labels.max():
        return None, f"no nodule is {'benign' if labels.min() else 'malignant'}"
    try:
        return decided(nodules, coverage), ""
    except ValueError as error:
        return None, str(error)


def _by_unit(nodules: Nodules, test: npt.NDArray[np.bool_], seed: int) -> dict[str, Discrimination]:
    groups = None if nodules.groups is None else nodules.groups[test]
    made = {}
    for name, units in nodules.units.items():
        one = by_unit(nodules.labels[test], nodules.p[test], units[test], groups)
        made[name] = discrimination(one.labels, one.p, one.groups, seed=seed)
    return made


def _roc(labels: Labels, p: Floats, groups: Groups, seed: int) -> Roc | None:
    if labels.min() == labels.max():
        return None
    return roc(labels, p, groups, resamples=1000 if labels.size <= MANY else 100, seed=seed)


def _subgroups(nodules: Nodules, test: npt.NDArray[np.bool_]) -> tuple[Subgroup, ...]:
    attributes = {
        name: [value for value, tested in zip(values, test, strict=True) if tested]
        for name, values in nodules.attributes.items()
    }
    groups = None if nodules.groups is None else nodules.groups[test]
    return subgroups(nodules.labels[test], nodules.p[test], attributes, groups) if attributes else ()


def _model(bundle: Bundle | None) -> dict[str, object]:
    if bundle is None:
        return {"value": None, "reason": "no model was named (--model)"}
    provenance = bundle.provenance
    told: dict[str, object] = {"name": bundle.name, "recipe": bundle.recipe.fingerprint, "created": provenance.created}
    return told | {"weights_sha256": sha256(bundle.weights), "learned_from": provenance.fingerprint}
