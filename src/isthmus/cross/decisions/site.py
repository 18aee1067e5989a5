"""A site's nodules as a bundle read them: the rows of a prediction table with labels, its decision undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from isthmus.bundle import Bundle
from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.table_scorecard import Columns
from isthmus.data.tables import place
from isthmus.decision import Decision
from isthmus.errors import BundleError, DataError
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.inverse import undone
from isthmus.nodule import Label

FEWEST, FEWEST_GROUPS = 20, 10  # of each class
NEAR = 0.005  # of P(malignant): engines round
LOGITS = "isthmus predict writes P(malignant); if these are logits, they are another program's."
THIS_MODEL = "Give what `isthmus predict --model` wrote with this bundle, and a column of labels."


@dataclass(frozen=True, eq=False)
class Site:
    """Nodules with labels (n,), P(malignant) as the bundle gave it, the network's fused output behind it, and groups
    (n,), None where each nodule is its own. ``is_checked``: the table could tell whether this bundle read them."""

    labels: Labels
    p: Floats
    fused: Floats
    groups: tuple[str, ...] | None
    is_checked: bool

    @property
    def malignant(self) -> int:
        return int(self.labels.sum())

    @property
    def benign(self) -> int:
        return self.labels.size - self.malignant


def site_of(table: PredictionTable, columns: Columns, positive: str, bundle: Bundle) -> Site:
    """The nodules of a table that ``isthmus predict`` wrote with ``bundle``, labels added.

    Raises DataError for a bad cell, a nodule twice, too few of a class or of its groups, and predictions that can't be
    the bundle's; BundleError for one whose calibration can't be undone.
    """
    if not bundle.decision.calibration.is_strict:
        raise BundleError(
            f"its {bundle.decision.calibration.kind} calibration gives different outputs the same P, so that it "
            "can't be undone",
            where=str(bundle.folder),
            remedy="Read the nodules with the bundle that it was calibrated from, and calibrate that.",
        )
    p = np.array(table.probabilities(columns.value, LOGITS))
    labels = np.array([int(label) for label in table.labels(columns.label, positive)[0]], np.int64)
    groups = None if columns.group is None else table.groups(columns.group)
    _refuse_repeats(table)
    _refuse_few(labels, groups, table.where)
    is_checked = _refuse_other_model(table, p, bundle)
    try:
        fused = undone(p, bundle.decision.probability)
    except ValueError as error:
        what = f"are not predictions of {bundle.name}: no output of it gives P(malignant) = {str(error).split()[0]}"
        raise DataError(what, where=table.where, remedy=THIS_MODEL) from None
    return Site(labels, p, fused, groups, is_checked)


def _refuse_repeats(table: PredictionTable) -> None:
    at = [
        place
        for place in (place(table.columns, name, table.where) for name in ("image", "nodule"))
        if place is not None
    ]
    if place(table.columns, "nodule", table.where) is None:
        return
    first: dict[tuple[str, ...], int] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        nodule = tuple(row[one] for one in at)
        if nodule in first:
            raise DataError(
                f"nodule {nodule[-1]!r} is on line {first[nodule]} already",
                where=f"{table.where}: line {line}",
                remedy="Every nodule counts once: delete a row.",
            )
        first[nodule] = line


def _refuse_few(labels: Labels, groups: tuple[str, ...] | None, where: str) -> None:
    for label in Label:
        of_class = labels == label
        count = int(of_class.sum())
        if count < FEWEST:
            what = f"holds {count} {label} nodules of {labels.size}, too few to calibrate on"
            raise DataError(what, where=where, remedy=f"Give at least {FEWEST} of each class.")
        number = len(set(np.array(groups)[of_class])) if groups else count
        if number < FEWEST_GROUPS:
            what = f"holds {label} nodules of {number} groups, too few to judge a calibration on others"
            raise DataError(what, where=where, remedy=f"Give at least {FEWEST_GROUPS} groups of each class.")


def _refuse_other_model(table: PredictionTable, p: Floats, bundle: Bundle) -> bool:
    """Raises DataError where a row can't be the bundle's. Returns whether rows could tell."""
    branches = _by_branches(table, bundle)
    for line, value, expected in zip(table.lines, p, () if branches is None else branches, strict=False):
        if abs(value - expected) > NEAR:
            what = (
                f"is no prediction of {bundle.name}: its p_whole and p_crops give {expected:.3f} there, not {value:.3f}"
            )
            raise DataError(what, where=f"{table.where}: line {line}", remedy=THIS_MODEL)
    verdicts = list(_verdicts(table))
    for line, value, (verdict, point) in zip(table.lines, p, verdicts, strict=False):
        if problem := _problem(verdict, point, float(value), bundle.decision):
            what = f"is no prediction of {bundle.name}: {problem}"
            raise DataError(what, where=f"{table.where}: line {line}", remedy=THIS_MODEL)
    return branches is not None or any(point in bundle.decision.thresholds for _, point in verdicts)


def _by_branches(table: PredictionTable, bundle: Bundle) -> Floats | None:
    """P(malignant) by Eq. (1) of the branches' columns, (n,); None where they don't determine it."""
    network = bundle.recipe.network
    names = ("p_whole",) if network.crops == "none" else ("p_whole", "p_crops")
    if bundle.members or not all(table.has(name) for name in names):
        return None
    whole, *crops = (np.array(table.probabilities(name, LOGITS)) for name in names)
    fused = network.omega * whole + (1 - network.omega) * crops[0] if crops else whole
    return np.asarray(bundle.decision.probability(fused), np.float64)


def _verdicts(table: PredictionTable) -> Iterator[tuple[str, str]]:
    """Verdict and threshold's name of each row, none where the table has no such columns."""
    at = [place(table.columns, name, table.where) for name in ("verdict", "operating_point")]
    for row in table.rows if None not in at else ():
        verdict, point = (row[one] for one in at if one is not None)
        yield verdict, point


def _problem(verdict: str, point: str, p: float, decision: Decision) -> str:
    """Why a verdict isn't the decision's; "" where it may be."""
    thresholds: Mapping[str, float] = decision.thresholds
    if point not in thresholds or verdict not in {str(label) for label in Label}:
        return ""
    expected = Label(p >= thresholds[point])
    if verdict == str(expected):
        return ""
    return f"P(malignant) = {p:.3f} is {expected} at its threshold {point}, {thresholds[point]:.3f}, not {verdict}"
