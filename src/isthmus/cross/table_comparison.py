"""Anybody's prediction files on the same nodules, joined by nodule and compared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.cross.prediction_file import PredictionFile
from isthmus.cross.prediction_table import NO_GROUP, USUAL_LABELS
from isthmus.cross.table_scorecard import HALF, USUAL_GROUPS
from isthmus.data.groups import natural
from isthmus.errors import DataError, UsageError
from isthmus.judge.bootstrap import RESAMPLES
from isthmus.judge.pairs import Comparison, Contender, comparison
from isthmus.judge.scores import ranks
from isthmus.nodule import Label
from isthmus.progress import Progress, silent

FOLD = "fold"
NAMED = 3  # nodules that an error names


@dataclass(frozen=True)
class Wanted:
    """Which columns hold what, None for the usual one, and what to do; as the options of ``isthmus compare``."""

    label: str | None = None
    group: str | None = None
    positive: str = "malignant"
    scores: bool = False
    thresholds: Sequence[float] = ()
    grades: str | None = None
    grades_threshold: str | None = None
    within_folds: bool = False
    shared: bool = False
    skip_unlabelled: bool = False


@dataclass(frozen=True, eq=False)
class TableComparison:
    """The comparison, the column of groups, None without, and how many nodules of each file have no part in it."""

    comparison: Comparison
    group: str | None
    left_out: Mapping[str, int]
    within_folds: bool

    def as_json(self) -> dict[str, object]:
        about = {"group": self.group, "left_out": dict(self.left_out), "within_folds": self.within_folds}
        return {**self.comparison.as_json(), **about}


def table_comparison(
    files: Sequence[PredictionFile],
    wanted: Wanted,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress = silent,
) -> TableComparison:
    """Compares the files, and with ``grades`` that column, on the nodules that all of them have.

    Raises DataError where they have other nodules, unless ``shared``, or other labels for one; UsageError for options
    that don't go together.
    """
    _check(files, wanted)
    nodules = _nodules(files, wanted)
    labels = _labels(files, nodules, wanted)
    nodules = [nodule for nodule in nodules if nodule in labels]
    grouped = _grouped(files, wanted)
    folds = [one.of(nodules).groups(FOLD) if wanted.within_folds else None for one in files]
    contenders = list(_contenders(files, nodules, folds, wanted))
    if wanted.grades:
        contenders.append(_grades(files, nodules, folds[0], wanted))
    names = [one.name for one in contenders]
    if len(set(names)) < len(names):  # a.csv and other/a.csv
        contenders = [replace(one, name=f"{one.name} ({at})") for at, one in enumerate(contenders, 1)]
    groups = grouped[0].of(nodules).groups(grouped[1]) if grouped else None
    try:
        result = comparison(
            [int(labels[nodule]) for nodule in nodules], contenders, groups, resamples, seed, progress=progress
        )
    except ValueError as error:
        raise UsageError(f"can't be compared so: {error}", where=files[0].table.where) from error
    left_out = {one.table.where: len(one.rows) - len(nodules) for one in files}
    return TableComparison(result, grouped[1] if grouped else None, left_out, wanted.within_folds)


def _check(files: Sequence[PredictionFile], wanted: Wanted) -> None:
    if len(files) + bool(wanted.grades) < 2:
        raise UsageError("one file alone can't be compared", remedy="Give two files or more, or --grades COLUMN.")
    if len(wanted.thresholds) not in (0, 1, len(files)):
        remedy = "Give one for all files, or one for each, in their order."
        raise UsageError(f"{len(wanted.thresholds)} for {len(files)} files", where="--threshold", remedy=remedy)
    for one in wanted.thresholds:
        if not math.isfinite(one) or not (wanted.scores or 0 <= one <= 1):
            remedy = "Give one between 0 and 1; if the files hold scores and no probabilities, pass --scores."
            raise UsageError(f"threshold {one:g} is not a probability", where="--threshold", remedy=remedy)
    if wanted.grades_threshold and not wanted.grades:
        raise UsageError("needs --grades", where="--grades-threshold")


def _nodules(files: Sequence[PredictionFile], wanted: Wanted) -> list[str]:
    """The nodules that all files have, in the first one's order."""
    first = files[0]
    shared = [nodule for nodule in first.rows if all(nodule in other.rows for other in files[1:])]
    for other in files[1:]:
        missing = [nodule for nodule in first.rows if nodule not in other.rows]
        more = [nodule for nodule in other.rows if nodule not in first.rows]
        if not shared or ((missing or more) and not wanted.shared):
            parts = [
                f"{verb} {len(names)}: {', '.join(map(repr, names[:NAMED]))}{', ...' if len(names) > NAMED else ''}"
                for verb, names in (("lacks", missing), ("has in excess", more))
                if names
            ]
            remedy = f"Pass --shared to compare on the {len(shared)} that all have."
            if not shared:
                remedy = "No nodule is in all files. Name the column of nodules with --nodule."
            what = f"has other nodules than {first.table.where}: it {'; it '.join(parts)}"
            raise DataError(what, where=other.table.where, remedy=remedy)
    return _graded(files, shared, wanted) if wanted.grades else shared


def _graded(files: Sequence[PredictionFile], nodules: Sequence[str], wanted: Wanted) -> list[str]:
    """The nodules that have a grade. Raises DataError for one without, unless that is what ``shared`` leaves out."""
    column = wanted.grades or ""
    table = _with_grades(files, column).of(nodules)
    graded = []
    for nodule, cell, line in zip(nodules, table.cells_if_any(column), table.lines, strict=True):
        if cell:
            graded.append(nodule)
        elif not wanted.shared:
            remedy = "Fill it in, or pass --shared to leave nodules without a grade out."
            raise DataError(f"column {column!r} is empty", where=f"{table.where}: line {line}", remedy=remedy)
    if not graded:
        raise DataError(f"column {column!r} is empty in every row", where=table.where)
    return graded


def _labels(files: Sequence[PredictionFile], nodules: Sequence[str], wanted: Wanted) -> dict[str, Label]:
    """The label of each nodule that any file has one for. Raises DataError where two files don't agree."""
    labels: dict[str, Label] = {}
    source: dict[str, str] = {}
    for one in files:
        column = wanted.label or one.table.usual_column(USUAL_LABELS, "--label")
        of_file = one.labels(column, wanted.positive)
        for nodule in nodules:
            label = of_file.get(nodule)
            if label is not None and labels.setdefault(nodule, label) != label:
                where = f"{one.table.where}: line {one.table.lines[one.rows[nodule]]}"
                what = f"nodule {nodule!r} is {label}, but {labels[nodule]} in {source[nodule]}"
                raise DataError(what, where=where, remedy="Correct the label, or delete the nodule in both.")
            if label is not None:
                source.setdefault(nodule, one.table.where)
    first = files[0].table
    if not labels:
        column = wanted.label or USUAL_LABELS[0]
        raise DataError(f"no file has labels in a column {column!r}", where=first.where, remedy="Name it with --label.")
    bare = next((nodule for nodule in nodules if nodule not in labels), None)
    if bare is not None and not wanted.skip_unlabelled:
        where = f"{first.where}: line {first.lines[files[0].rows[bare]]}"
        remedy = "Fill it in, or pass --skip-unlabelled to leave such nodules out."
        raise DataError(f"nodule {bare!r} has no label in any file", where=where, remedy=remedy)
    return labels


def _grouped(files: Sequence[PredictionFile], wanted: Wanted) -> tuple[PredictionFile, str] | None:
    """The first file with a column of groups, and that column."""
    usual = (wanted.group,) if wanted.group else USUAL_GROUPS
    for name in usual:
        for one in files:
            if one.table.has(name):
                return one, name
    if wanted.group and wanted.group != NO_GROUP:
        files[0].table.cells_if_any(wanted.group)  # raises the error, with the nearest name
    return None


def _contenders(
    files: Sequence[PredictionFile],
    nodules: Sequence[str],
    folds: Sequence[tuple[str, ...] | None],
    wanted: Wanted,
) -> Iterator[Contender]:
    given = [*wanted.thresholds] * (len(files) if len(wanted.thresholds) == 1 else 1)
    thresholds: list[float | None] = [*given] or [None if wanted.scores else HALF] * len(files)
    for one, threshold, strata in zip(files, thresholds, folds, strict=True):
        table = one.of(nodules)
        shown = "" if threshold is None else f"{threshold:g}"
        if wanted.scores:
            places, cut = ranks(np.array(table.scores(one.value)), 0.0 if threshold is None else threshold)
            yield Contender(one.name, places, None if threshold is None else cut, shown, strata)
        else:
            yield Contender(one.name, np.array(table.probabilities(one.value)), threshold, shown, strata)


def _with_grades(files: Sequence[PredictionFile], column: str) -> PredictionFile:
    """The first file that has the column of grades. Raises DataError where none has."""
    for one in files:
        if one.table.has(column):
            return one
    files[0].table.cells_if_any(column)
    return files[0]


def _grades(
    files: Sequence[PredictionFile], nodules: Sequence[str], strata: tuple[str, ...] | None, wanted: Wanted
) -> Contender:
    """The readers' grades, in natural order: 2, 3, 4a, 10."""
    column = wanted.grades or ""
    grades = _with_grades(files, column).of(nodules).groups(column)
    order = sorted(set(grades), key=natural)
    place = {grade: at for at, grade in enumerate(order)}
    threshold = wanted.grades_threshold
    if threshold is not None and threshold not in place:
        listed = ", ".join(order[:10]) + (", ..." if len(order) > 10 else "")
        raise UsageError(f"no grade {threshold!r}, but {listed}", where="--grades-threshold")
    places, cut = ranks(
        np.array([place[grade] for grade in grades], float), 0 if threshold is None else place[threshold]
    )
    return Contender(column, places, None if threshold is None else cut, threshold or "", strata)
