"""The nodules that are judged: from the folder of a run, or from anybody's CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.predictions import PAINTED
from isthmus.cross.run_folder import read_manifest
from isthmus.cross.table_scorecard import chosen_columns
from isthmus.errors import DataError
from isthmus.evidence.attributes import attributes_of
from isthmus.judge.metrics import Floats, Labels
from isthmus.text import word

Mask = npt.NDArray[np.bool_]

SCORES = "A report needs probabilities; `isthmus score --scores` judges scores and logits."
NODULE, FOLD, SPLIT = "nodule", "fold", "split"
UNITS = ("image", "patient")
SIDES: Mapping[str, str] = {
    **dict.fromkeys(("val", "valid", "validation", "dev", "calibration"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("train", "training"), "training"),
}


@dataclass(frozen=True)
class Choice:
    """What a user names: columns, None for a usual one, and what means malignant."""

    label: str | None = None
    p: str | None = None
    group: str | None = None
    nodule: str | None = None
    split: str | None = None
    positive: str = "malignant"
    skip_unlabelled: bool = False
    by: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Nodules:
    """Predictions with labels, all (n,): ``labels``, ``p``, ``groups`` (None: each nodule is its own), ``folds`` (one
    fold, one network; None where there are none), and which are for ``validation``, the others being tested.

    ``attributes`` are values by attribute for subgroups, ``units`` names of pictures and patients. ``origin`` says by
    key where all this comes from, ``notes`` what a reader has to know of it; ``excluded`` counts rows left out,
    ``names`` are the nodules', None without such a column, ``lines`` those of the file. ``tirads`` and
    ``size_mm`` are cells as they are written, "" for an empty one; () without such a column.
    """

    name: str
    labels: Labels
    p: Floats
    groups: npt.NDArray[np.str_] | None
    folds: npt.NDArray[np.int64] | None
    validation: Mask
    attributes: Mapping[str, Sequence[str | None]]
    units: Mapping[str, npt.NDArray[np.str_]]
    origin: Mapping[str, str]
    notes: tuple[str, ...] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    names: npt.NDArray[np.str_] | None = None
    lines: tuple[int, ...] = ()
    tirads: Sequence[str] = ()
    size_mm: Sequence[str] = ()


def read(path: Path, choice: Choice) -> Nodules:
    """The nodules of a run's folder, else of a CSV. Raises DataError."""
    return of_run(path, choice) if path.is_dir() else of_table(PredictionTable.read(path), choice)


def of_run(folder: Path, choice: Choice = Choice()) -> Nodules:
    """The predictions of a finished run, each by a network that didn't learn from the nodule. Raises DataError."""
    if any((choice.label, choice.p, choice.group, choice.nodule, choice.split)):
        raise DataError("is a run, whose columns are known", where=folder.name, remedy="Name columns of a CSV only.")
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("finished") is not True:
        raise DataError("is no finished run", where=str(folder), remedy="Give a folder of `isthmus cross`, or a CSV.")
    identity = manifest.get("identity")
    plan: Mapping[str, object] = identity if isinstance(identity, dict) else {}
    if plan.get("repeats", 1) != 1:
        raise DataError("was repeated, and every nodule counts once", where=str(folder), remedy="Give one repeat.")
    table = PredictionTable.read(folder / "predictions.csv")
    one = of_table(table, replace(choice, group="group"))
    attributes = dict(one.attributes)
    if table.has(PAINTED):
        attributes["calipers"] = ["yes" if cell else "no" for cell in table.cells_if_any(PAINTED)]
    told = {name: str(plan.get(name, "")) for name in ("protocol", "group_by", "baseline", "labels")}
    told |= {name: str(manifest.get(name, "")) for name in ("data_fingerprint", "created", "command")}
    if isinstance(versions := manifest.get("versions"), dict):
        told["versions"] = ", ".join(f"{name} {number}" for name, number in versions.items())
    origin = {"run": folder.name, **{name: text for name, text in told.items() if text}}
    return replace(one, name=folder.name, attributes=attributes, origin=origin)


def of_table(table: PredictionTable, choice: Choice = Choice()) -> Nodules:
    """The rows of a CSV. Raises DataError, with the line of the cell that it is about."""
    columns = chosen_columns(table, choice.label, choice.p, choice.group, scores=False)
    notes, excluded, rows = list[str](), dict[str, int](), len(table.rows)
    if choice.skip_unlabelled:
        table = table.without_empty(columns.label)
        if left := rows - len(table.rows):
            notes.append(f"{left} of {rows} rows have no label and are left out.")
            excluded["no label"] = left
    before = len(table.rows)
    table, validation = _sides(table, choice.split)
    if left := before - len(table.rows):
        notes.append(f"{left} rows for training are left out.")
        excluded["for training"] = left
    _refuse_repeats(table, choice.nodule)
    labels, names = table.labels(columns.label, choice.positive)
    p = np.array(table.probabilities(columns.value, SCORES))
    groups = None if columns.group is None else np.array(table.groups(columns.group))
    if groups is None:
        notes.append(
            "There is no column of groups: every row counts as its own patient, so intervals may be too narrow."
        )
    folds = _folds(table)
    if groups is not None:
        if folds is not None:
            _refuse_both_sides(table, groups, folds, "fold")
        _refuse_both_sides(table, groups, validation.astype(np.int64), "side of the split")
    units = {name: np.array(table.groups(name)) for name in UNITS if table.has(name) and name != columns.group}
    origin = {
        "file": Path(table.where).name,
        "label": columns.label,
        "p": columns.value,
        "group": columns.group or "none",
    }
    words = ", ".join(f"{label} is {text!r}" for label, text in names.items())
    return Nodules(
        Path(table.where).name,
        np.array([int(one) for one in labels], np.int64),
        p,
        groups,
        folds,
        validation,
        attributes_of(table, choice.by, {columns.label, columns.value, columns.group or ""}),
        _units(units, groups),
        origin | {"words": words},
        tuple(notes),
        excluded,
        _names(table, choice.nodule),
        tuple(table.lines),
        *(tuple(table.cells_if_any(name)) if table.has(name) else () for name in ("tirads", "size_mm")),
    )


def _units(
    names: Mapping[str, Sequence[str] | npt.NDArray[np.str_]], groups: npt.NDArray[np.str_] | None
) -> dict[str, npt.NDArray[np.str_]]:
    """Those units that hold more than one nodule somewhere, and lie in one group each."""
    good = {}
    for name, values in names.items():
        array = np.array(values)
        there = np.unique(array)
        whole = groups is None or len(np.unique(np.char.add(np.char.add(array, "\0"), groups))) == there.size
        if there.size < array.size and whole:
            good[name] = array
    return good


def _sides(table: PredictionTable, split: str | None) -> tuple[PredictionTable, Mask]:
    """The rows that are not for training, and which of them are for validation."""
    column = split or (SPLIT if table.has(SPLIT) else None)
    if column is None:
        return table, np.zeros(len(table.rows), bool)
    sides = []
    for line, cell in zip(table.lines, table.cells_if_any(column), strict=True):
        side = SIDES.get(word(cell))
        if side is None:
            raise DataError(
                f"column {column!r}: {cell!r} is no side of a split",
                where=f"{table.where}: line {line}",
                remedy="Write training, validation or test.",
            )
        sides.append(side)
    if "test" not in sides:
        raise DataError(f"column {column!r} has no row for test", where=table.where, remedy="Nothing can be judged.")
    rest = [at for at, side in enumerate(sides) if side != "training"]
    return table.at(rest), np.array([sides[at] == "validation" for at in rest])


def _refuse_repeats(table: PredictionTable, nodule: str | None) -> None:
    if nodule is None and not table.has(NODULE):
        return
    first: dict[str, int] = {}
    for line, cell in zip(table.lines, table.groups(nodule or NODULE), strict=True):
        if cell in first:
            raise DataError(
                f"nodule {cell!r} is on line {first[cell]} already",
                where=f"{table.where}: line {line}",
                remedy="Keep one row a nodule: a report counts each once.",
            )
        first[cell] = line


def _names(table: PredictionTable, nodule: str | None) -> npt.NDArray[np.str_] | None:
    return np.array(table.groups(nodule or NODULE)) if nodule or table.has(NODULE) else None


def _folds(table: PredictionTable) -> npt.NDArray[np.int64] | None:
    if not table.has(FOLD):
        return None
    folds = np.unique(np.array(table.groups(FOLD)), return_inverse=True)[1].astype(np.int64)
    return folds if folds.max() else None


def _refuse_both_sides(
    table: PredictionTable, groups: npt.NDArray[np.str_], sides: npt.NDArray[np.int64], what: str
) -> None:
    first: dict[str, int] = {}
    for at, group in enumerate(groups.tolist()):
        if sides[first.setdefault(group, at)] != sides[at]:
            raise DataError(
                f"group {group!r} is in more than one {what}; line {table.lines[first[group]]} has it, too",
                where=f"{table.where}: line {table.lines[at]}",
                remedy="Put all nodules of a group on one side, or name another column of groups with --group.",
            )
