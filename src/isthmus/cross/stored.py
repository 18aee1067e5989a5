"""A finished run, read from its folder: its folds, its recipe, and its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from isthmus import recipes
from isthmus.cross.fold import Fold, read_fold
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.protocols import as_named_now, recorded
from isthmus.cross.run_folder import RECIPE, read_manifest
from isthmus.errors import DataError, IsthmusError
from isthmus.judge.metrics import Floats, Labels
from isthmus.learn.checkpoint import Epoch
from isthmus.recipe import Recipe


@dataclass(frozen=True)
class Stored:
    """A finished run; ``recipe`` is None for a baseline. Rows are in the order of nodules' names, then of folds."""

    name: str
    folds: tuple[Fold, ...]
    recipe: Recipe | None
    manifest: Mapping[str, Any]

    @property
    def repeats(self) -> int:
        """How many times the data set was split and learned from."""
        return 1 + max(fold.repeat for fold in self.folds)

    def repeat(self, number: int) -> Stored:
        """One repeat as a run, in which every nodule is tested once at most."""
        return replace(self, folds=tuple(fold for fold in self.folds if fold.repeat == number))

    @property
    def readings(self) -> list[tuple[str, int]]:
        """The nodule of every row, and the seed that its repeat was split by."""
        first = int(self.manifest.get("identity", {}).get("seed", 0))
        seeds = {fold.number: first + fold.repeat for fold in self.folds}
        return [(row.nodule, seeds[row.fold]) for row in self.rows]

    @property
    def rows(self) -> tuple[FoldPrediction, ...]:
        """The predictions of all folds."""
        return tuple(sorted((row for fold in self.folds for row in fold.rows), key=lambda row: (row.nodule, row.fold)))

    @property
    def labels(self) -> Labels:
        """The label of every row, (n,)."""
        return np.array([int(row.label) for row in self.rows], np.int64)

    @property
    def probabilities(self) -> Floats:
        """P(malignant) of every row, (n,)."""
        return np.array([row.probability for row in self.rows])

    @property
    def verdicts(self) -> Floats:
        """1 where a nodule was called malignant at its fold's threshold, else 0, (n,)."""
        return np.array([float(row.side) for row in self.rows])

    @property
    def strata(self) -> list[int]:
        """The fold of every row: one fold, one network."""
        return [row.fold for row in self.rows]

    @property
    def groups(self) -> list[str]:
        """The group of every row."""
        return [row.group for row in self.rows]

    @property
    def history(self) -> tuple[Epoch, ...]:
        """Every epoch of every fold."""
        return tuple(epoch for fold in self.folds for epoch in fold.history)


def is_finished(folder: Path, parts: int) -> bool:
    """Whether ``folder`` holds a finished run of ``parts`` folds, with its recipe, that can be read."""
    try:
        return len(load(folder).folds) == parts
    except DataError:
        return False


def load(folder: Path) -> Stored:
    """The finished run in ``folder``. Raises DataError where it isn't there whole."""
    manifest = _manifest(folder)
    identity = manifest["identity"]
    if manifest.get("finished") is not True:
        raise DataError("is no finished run", where=folder.name, remedy="Run the same command again.")
    folds: list[Fold] = []
    while (fold := read_fold(folder, len(folds))) is not None:
        folds.append(fold)
    protocol, repeats = recorded(identity), identity.get("repeats", 1)
    each = protocol.parts_tested(identity) if protocol else None
    if not all(isinstance(number, int) for number in (each, repeats, identity.get("seed", 0))):
        raise DataError("its manifest is harmed", where=folder.name, remedy="Delete the run's folder; run it again.")
    parts = each * repeats
    if not folds or len(folds) != parts:
        raise DataError(f"{len(folds)} of {parts} folds can be read", where=folder.name, remedy="Run it again.")
    try:
        recipe = None if identity.get("baseline") else recipes.load_kept(folder / RECIPE)
    except IsthmusError as error:
        raise DataError(f"its recipe can't be read ({error})", where=folder.name, remedy="Run it again.") from error
    return Stored(folder.name, tuple(folds), recipe, manifest)


def _manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest without entries of the wrong type; its identity in today's terms."""
    kinds: dict[str, Any] = {"versions": dict, "identity": dict, "seconds": int | float}
    entries = (read_manifest(folder) or {}).items()
    sound: dict[str, Any] = {name: value for name, value in entries if isinstance(value, kinds.get(name, object))}
    return {**sound, "identity": as_named_now(sound.get("identity", {}))}
