"""What the report's tables hold: facts, metrics, confusion matrices, folds, branches, the surest mistakes."""

from __future__ import annotations

import dataclasses
import math
import string
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.cross.folds import CrossValidation
from isthmus.cross.predictions import FoldPrediction
from isthmus.data.labels import GIVEN, POLICIES, TIRADS
from isthmus.judge.compare import auc_difference
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, mean_of_repeats
from isthmus.judge.metrics import confusion
from isthmus.nodule import Label
from isthmus.recipe import PAPER, Recipe
from isthmus.study.words import METRICS, count, known

MISTAKES = 8  # of each kind
HALF = 0.5


@dataclass(frozen=True)
class Facts:
    """Counts of what a repeat judges, and of what was met in the data set."""

    images: int
    patients: int
    unlabelled: int
    duplicate_sets: int
    faults: int


@dataclass(frozen=True)
class Line:
    """A metric in the table: an estimate at 0.5 and one at the chosen operating point, where it depends on that.

    ``clustered`` is the estimate at 0.5 again, by group, where the scorecard is older and has another in first place.
    ``by`` and the like are letters of notes.
    """

    title: str
    meaning: str
    half: Mapping[str, Any]
    by: str
    clustered: Mapping[str, Any] | None
    clustered_by: str
    chosen: Mapping[str, Any] | None
    chosen_by: str


@dataclass(frozen=True)
class Mistake:
    """A nodule called wrongly at 0.5: its mean P(malignant) over the repeats that tested it, and their number."""

    nodule: str
    tirads: str
    p: float
    readings: int


def by_repeat(result: CrossValidation) -> tuple[tuple[FoldPrediction, ...], ...]:
    """The rows of each repeat, the first first; in each, every nodule stands once."""
    rows: dict[int, list[FoldPrediction]] = defaultdict(list)
    for fold in result.folds:
        rows[fold.repeat].extend(fold.rows)
    return tuple(tuple(rows[repeat]) for repeat in sorted(rows))


def facts(result: CrossValidation) -> Facts:
    """Counts of images, patients, unlabelled nodules, sets of duplicate images and faults."""
    first = by_repeat(result)[0]
    return Facts(
        images=len({row.image for row in first}),
        patients=len({row.patient for row in first}),
        unlabelled=len(result.data.nodules) - len(result.data.labelled),
        duplicate_sets=len(result.duplicates.sets),
        faults=len(result.data.faults),
    )


def label_policy(result: CrossValidation) -> dict[Label, str] | None:
    """The TI-RADS categories of each label with the nodules tested; None where the data set carries labels."""
    if result.data.policy == GIVEN or result.data.policy not in POLICIES:
        return None
    policy = POLICIES[result.data.policy]
    tirads = {nodule.id: nodule.tirads for nodule in result.data.nodules}
    nodules = Counter(tirads.get(row.nodule, "") for row in by_repeat(result)[0])
    sides = {Label.BENIGN: policy.benign, Label.MALIGNANT: policy.malignant}
    return {
        label: ", ".join(f"{category} (n = {count(nodules[category])})" for category in TIRADS if category in side)
        for label, side in sides.items()
    }


def changes(recipe: Recipe) -> list[tuple[str, object, object]]:
    """Every field in which a recipe differs from the paper's: its name, its value, the paper's."""
    return [(name, value, PAPER.values[name]) for name, value in recipe.values.items() if value != PAPER.values[name]]


def metrics(scores: Mapping[str, Any]) -> tuple[list[Line], dict[str, str]]:
    """The headline table, and its notes: letter to method. Recall is told with sensitivity, which it is."""
    notes: dict[str, str] = {}
    chosen_metrics = scores["operating_point"]["metrics"]
    lines = []
    for name, half in scores["metrics"].items():
        if name == "recall" and scores["metrics"].get("sensitivity") == half:
            continue
        title, meaning = METRICS.get(name, (name, ""))
        if name == "sensitivity" and scores["metrics"].get("recall") == half:
            title = "Sensitivity (recall)"
        chosen, clustered = chosen_metrics.get(name), scores.get("clustered", {}).get(name)
        clustered = None if clustered == half else clustered
        letters = [_letter(notes, estimate) for estimate in (half, clustered, chosen)]
        lines.append(Line(title, meaning, half, letters[0], clustered, letters[1], chosen, letters[2]))
    return lines, {letter: method for method, letter in notes.items()}


def _letter(notes: dict[str, str], estimate: Mapping[str, Any] | None) -> str:
    if estimate is None:
        return ""
    method = str(estimate.get("method") or "method not recorded")
    at = len(notes)
    return notes.setdefault(method, string.ascii_lowercase[at] if at < 26 else str(at + 1))


def confusions(result: CrossValidation, scores: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """Table 2 at 0.5 and, where it is another, at the operating point; means over repeats."""
    found: dict[str, Mapping[str, float]] = {"half": scores["confusion"]}
    if any(fold.threshold != HALF for fold in result.folds):
        labels = [int(row.label) for row in result.rows]
        verdicts = [float(row.verdict) for row in result.rows]
        counts = dataclasses.asdict(confusion(labels, verdicts))
        found["chosen"] = {name: number / len(by_repeat(result)) for name, number in counts.items()}
    return found


def folds(result: CrossValidation) -> list[dict[str, Any]]:
    """A line a fold, with its own AUC (nan with one class)."""
    return [
        {
            "number": fold.number,
            "repeat": fold.repeat + 1,
            "learned_from": fold.learned_from,
            "chosen_on": fold.chosen_on,
            **{str(label): sum(row.label is label for row in fold.rows) for label in Label},
            "auc": fold.auc,
            "epoch": fold.epoch,
            "epochs": len(fold.history),
            "threshold": fold.threshold,
            "seconds": fold.seconds,
        }
        for fold in result.folds
    ]


def branches(result: CrossValidation) -> list[tuple[str, Estimate, Estimate | None]]:
    """AUC of the global branch, the crops and their fusion; of the last two also less that of the global branch.

    A single line where the recipe has no cropping branch.
    """
    repeats = by_repeat(result)
    columns = {"Global branch": "whole", "Crops (mean of their votes)": "crops", "Both, fused": "probability"}
    if any(row.crops is None for row in result.rows):
        columns = {"Global branch, the whole network": "probability"}
    lines = []
    for title, column in columns.items():
        aucs = [_auc(rows, column) for rows in repeats]
        compared = len(columns) > 1 and column != "whole"
        less = [_difference(rows, column) for rows in repeats] if compared else []
        lines.append((title, mean_of_repeats(aucs), mean_of_repeats(less) if less else None))
    return lines


def _auc(rows: Sequence[FoldPrediction], column: str) -> Estimate:
    if len({row.label for row in rows}) == 1:
        return Estimate.undefined(f"every nodule is {rows[0].label}")
    return auc_within(_labels(rows), _column(rows, column), None, _groups(rows))


def _difference(rows: Sequence[FoldPrediction], column: str) -> Estimate:
    return auc_difference(_labels(rows), _column(rows, column), _column(rows, "whole"), _groups(rows))


def _labels(rows: Sequence[FoldPrediction]) -> list[int]:
    return [int(row.label) for row in rows]


def _groups(rows: Sequence[FoldPrediction]) -> list[str]:
    return [row.group for row in rows]


def _column(rows: Sequence[FoldPrediction], name: str) -> list[float]:
    return [getattr(row, name) for row in rows]


def mistakes(result: CrossValidation) -> dict[Label, list[Mistake]]:
    """The nodules of each label that were called the other at 0.5 with the greatest certainty, the surest first."""
    tirads = {nodule.id: nodule.tirads for nodule in result.data.nodules}
    readings: dict[tuple[str, Label], list[float]] = defaultdict(list)
    for row in result.rows:
        readings[row.nodule, row.label].append(row.probability)
    wrong: dict[Label, list[Mistake]] = {label: [] for label in Label}
    for (nodule, label), p in readings.items():
        mean = math.fsum(p) / len(p)
        if (mean >= HALF) != (label is Label.MALIGNANT):
            wrong[label].append(Mistake(nodule, tirads.get(nodule, ""), mean, len(p)))
    for found in wrong.values():
        found.sort(key=lambda mistake: (-abs(mistake.p - HALF), mistake.nodule))
    return wrong


def mean_known(values: Sequence[float | None]) -> float:
    """The mean of the values that are known; nan if none is."""
    there = [value for value in values if value is not None and known(value)]
    return math.fsum(there) / len(there) if there else math.nan
