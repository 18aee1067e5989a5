"""The tables of a cross-validation's page: metrics, confusion matrices, branches, folds, the surest mistakes."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import CrossScorecard
from isthmus.judge.calipers import CaliperEffect
from isthmus.judge.compare import auc_difference
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, mean_of_repeats
from isthmus.judge.metrics import Confusion, confusion
from isthmus.nodule import Label
from isthmus.report.table import Cell, Column, Letters, Line, Table, estimate, line
from isthmus.report.words import METRICS, UNKNOWN, count, duration, known, number

HALF = 0.5
Points = Mapping[str, Mapping[str, Estimate]]  # title of an operating point -> metrics, that of 0.5 first

BRANCHES: Mapping[str, str] = {
    "whole": "Global branch",
    "crops": "Crops (mean of their votes)",
    "probability": "Both, fused",
}


def by_repeat(result: CrossValidation) -> tuple[tuple[FoldPrediction, ...], ...]:
    """The rows of each repeat, the first first; in each, every nodule stands once."""
    rows: dict[int, list[FoldPrediction]] = defaultdict(list)
    for fold in result.folds:
        rows[fold.repeat].extend(fold.rows)
    return tuple(tuple(rows[repeat]) for repeat in sorted(rows))


def has_thresholds(result: CrossValidation) -> bool:
    """Whether any fold has an operating point other than 0.5."""
    return any(fold.threshold != HALF for fold in result.folds)


def points(result: CrossValidation, card: CrossScorecard) -> Points:
    """The metrics at 0.5 and, where it is another, at the operating points."""
    made = {"P(malignant) ≥ 0.5": card.metrics}
    if has_thresholds(result):
        made[f"chosen on {card.protocol.chooser}"] = card.operating_point.metrics
    return made


def metrics(card: CrossScorecard, at: Points) -> Table:
    """Every metric at each operating point, with the nodules that it counts; notes are its methods.

    Recall stands with sensitivity, which it is.
    """
    letters, lines = Letters(), []
    for name, half in card.metrics.items():
        if name == "recall":
            continue
        title, meaning = METRICS.get(name, (name, ""))
        if name == "sensitivity":
            title = "Sensitivity (recall)"
        if name == "average_precision":
            meaning += f"; by chance {number(card.malignant / card.n)}"
        here = [half, *(metrics.get(name) for metrics in list(at.values())[1:])]
        cells = [cell for one in here for cell in _with_method(one, letters)]
        lines.append(line(Cell(title, meaning), *cells))
    columns = [Column("Metric", "text")]
    for title in at:
        columns += [Column("Value, 95 % interval", "estimate", title), Column("n", group=title)]
    return Table(tuple(columns), {"": tuple(lines)}, letters.notes)


def _with_method(one: Estimate | None, letters: Letters) -> tuple[Cell, Cell]:
    """An estimate with the letter of its method, and its n; both empty where there is none."""
    if one is None:
        return Cell(), Cell()
    return estimate(one, letters.of(one.method)), Cell(UNKNOWN if one.n is None else count(one.n))


def confusions(result: CrossValidation, card: CrossScorecard) -> dict[str, Confusion]:
    """Table 2 at 0.5 ("half") and, where it is another, at the operating point ("chosen"); means over repeats."""
    made = {"half": card.confusion}
    if has_thresholds(result):
        counts = confusion([int(row.label) for row in result.rows], [float(row.side) for row in result.rows])
        tp, fp, tn, fn = (number / card.repeats for number in (counts.tp, counts.fp, counts.tn, counts.fn))
        made["chosen"] = Confusion(tp=tp, fp=fp, tn=tn, fn=fn)
    return made


def branches(result: CrossValidation) -> Table:
    """AUC of each branch and of their fusion, with the gain over the global branch; one line without crops."""
    repeats, lines, letters = by_repeat(result), [], Letters()
    has_crops = all(row.crops is not None for row in result.rows)
    for name, title in BRANCHES.items() if has_crops else {"probability": "Global branch, the whole network"}.items():
        cells = [_with_method(mean_of_repeats([_auc(rows, name) for rows in repeats]), letters)[0]]
        if has_crops:
            gains = [_gain(rows, name) for rows in repeats] if name != "whole" else []
            cells.append(_with_method(mean_of_repeats(gains) if gains else None, letters)[0])
        lines.append(line(title, *cells))
    columns = [Column("Branch", "text"), Column("AUC", "estimate")]
    columns += [Column("less the global branch’s", "estimate")] * has_crops
    return Table(tuple(columns), {"": tuple(lines)}, letters.notes)


def _auc(rows: Sequence[FoldPrediction], name: str) -> Estimate:
    if len({row.label for row in rows}) == 1:
        return Estimate.undefined(f"every nodule is {rows[0].label}")
    return auc_within([int(row.label) for row in rows], _column(rows, name), None, [row.group for row in rows])


def _gain(rows: Sequence[FoldPrediction], name: str) -> Estimate:
    labels, groups = [int(row.label) for row in rows], [row.group for row in rows]
    return auc_difference(labels, _column(rows, name), _column(rows, "whole"), groups)


def _column(rows: Sequence[FoldPrediction], name: str) -> list[float]:
    return [getattr(row, name) for row in rows]


def calipers(effect: CaliperEffect) -> Table:
    """AUC on nodules with calipers and without, as they are and with the calipers painted over."""
    letters, lines = Letters(), []
    for title, on in (
        ("With calipers", effect.shown),
        ("Without calipers", effect.absent),
        ("All", effect.every),
    ):
        estimates = [on.as_they_are, on.painted, on.difference]
        cells = [Cell() if one is None else estimate(one, letters.of(one.method)) for one in estimates]
        lines.append(line(title, count(on.benign), count(on.malignant), *cells))
    columns = (
        *(Column("Nodules", "text"), *(Column(str(label)) for label in Label)),
        *(Column(title, "estimate", "AUC") for title in ("as they are", "painted over", "difference")),
    )
    return Table(columns, {"": tuple(lines)}, letters.notes)


def folds(result: CrossValidation) -> Table:
    """A line a fold: nodules learned from, chosen on and tested on, and its AUC."""
    protocol, repeated = result.plan.protocol, result.plan.repeats > 1
    titles = (["Repeat"] * repeated) + [protocol.part.capitalize(), "Learned from", "Chosen on"]
    columns = [Column(titles[0], "text"), *(Column(title) for title in titles[1:])]
    columns += [Column(str(label), group="Tested") for label in Label]
    columns += [Column(title) for title in ("AUC", "Epoch kept", "Operating point", "Time")]
    lines = [
        line(
            *([str(fold.repeat + 1)] * repeated),
            *(str(fold.number), count(fold.learned_from), count(fold.chosen_on)),
            *(count(sum(row.label is label for row in fold.rows)) for label in Label),
            *(number(fold.auc), f"{fold.epoch} of {len(fold.history)}", number(fold.threshold)),
            duration(fold.seconds),
        )
        for fold in result.folds
    ]
    return Table(tuple(columns), {"": tuple(lines)})


def mean_auc(result: CrossValidation) -> float:
    """The mean of the folds' AUC, of those that have one; nan if none has."""
    values = [fold.auc for fold in result.folds if known(fold.auc)]
    return math.fsum(values) / len(values) if values else math.nan


def mistakes(result: CrossValidation) -> dict[Label, Table]:
    """The nodules of each label that are called the other at 0.5, by the mean of their repeats, the surest first."""
    tirads = {nodule.id: nodule.tirads for nodule in result.data.nodules}
    readings: dict[tuple[str, Label], list[float]] = defaultdict(list)
    for row in result.rows:
        readings[row.nodule, row.label].append(row.probability)
    wrong: dict[Label, list[tuple[float, str, Line]]] = {label: [] for label in Label}
    for (nodule, label), each in readings.items():
        p = math.fsum(each) / len(each)
        if (p >= HALF) != (label is Label.MALIGNANT):
            cells = line(nodule, tirads.get(nodule, "") or UNKNOWN, number(p))
            wrong[label].append((-abs(p - HALF), nodule, cells))
    columns = (Column("Nodule", "code"), Column("TI-RADS", "text"), Column("P(malignant)"))
    by_sureness = {label: sorted(every, key=lambda one: one[:2]) for label, every in wrong.items()}
    return {label: Table(columns, {"": tuple(cells for *_, cells in every)}) for label, every in by_sureness.items()}
