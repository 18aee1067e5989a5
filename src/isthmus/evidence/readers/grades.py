"""The reads of a study as arrays, a row a read, and the modes that they were made in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from isthmus.errors import UsageError
from isthmus.evidence.readers.scale import Scale
from isthmus.judge.metrics import Floats, Labels
from isthmus.text import word

BEFORE, AFTER = "before", "after"
UNAIDED = ("unaided", "without", "alone", BEFORE, "reader", "without ai", "no ai", "first")
AIDED = ("aided", "with", "model", AFTER, "assisted", "with ai", "ai", "second", "final")

Mask = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Grades:
    """Reads of a study, arrays (reads,): ``readers``, ``nodules``, ``labels``, ``scores`` and ``modes`` ("" without).

    ``patients`` are the nodules themselves where the file names none (``patient_column`` is then None). nan stands for
    an empty cell: ``seconds``, ``first`` (the reader's score before the model's answer was seen) and ``model`` (1
    malignant, 0 benign); each is None without its column, as is ``planted``, whether the model's answer was made wrong
    on purpose, and ``changed``. ``experience`` is by reader, ``positive`` the file's word for malignant.
    """

    name: str
    readers: Strings
    nodules: Strings
    labels: Labels
    scores: Floats
    modes: Strings
    patients: Strings
    patient_column: str | None
    experience: Mapping[str, str]
    scale: Scale
    seconds: Floats | None
    first: Floats | None
    changed: Mask | None
    model: Floats | None
    planted: Mask | None
    positive: str = "malignant"

    @property
    def mode_names(self) -> tuple[str, ...]:
        """The modes, without the model first where their names tell, else in the file's order."""
        names = dict.fromkeys(self.modes.tolist())
        return tuple(sorted(names, key=lambda name: (word(name) in AIDED) - (word(name) in UNAIDED)))

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """The place of each read by its nodule, by mode and reader."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        keys = zip(self.modes.tolist(), self.readers.tolist(), self.nodules.tolist(), strict=True)
        for at, (mode, reader, nodule) in enumerate(keys):
            found.setdefault((mode, reader), {})[nodule] = at
        return found

    @property
    def reader_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.readers.tolist()))

    def at(self, rows: Mask) -> Grades:
        """Some of the reads."""
        kept: dict[str, Any] = {
            name: value[rows] for name, value in vars(self).items() if isinstance(value, np.ndarray)
        }
        return replace(self, **kept)

    def in_sequence(self) -> Grades:
        """The reads of a sequential study as two modes, ``before`` and ``after`` the model's answer was seen.

        That is what ``first`` holds where there is no second mode; other files stay as they are.
        """
        if self.first is None or len(self.mode_names) > 1:
            return self
        there = ~np.isnan(self.first)
        earlier = replace(self.at(there), scores=self.first[there], modes=np.full(int(there.sum()), BEFORE))
        later = replace(self, modes=np.full(self.scores.size, AFTER))
        joined: dict[str, Any] = {
            name: np.concatenate([value, getattr(later, name)])
            for name, value in vars(earlier).items()
            if isinstance(value, np.ndarray)
        }
        return replace(self, **joined | {"first": None, "seconds": None})


def chosen_modes(grades: Grades, names: str | None) -> tuple[str, ...]:
    """The modes to compare: those named FIRST,SECOND, else all there are. Raises UsageError."""
    if names is None:
        return grades.mode_names
    wanted = [name.strip() for name in names.split(",")]
    known = {word(name): name for name in grades.mode_names if name}
    missing = [name for name in wanted if word(name) not in known]
    if missing or len({word(name) for name in wanted}) != 2 or len(wanted) != 2:
        listed = ", ".join(known.values()) or "none: there is no column mode"
        raise UsageError(
            "are not two modes of this file", where=f"--modes {names}", remedy=f"Give FIRST,SECOND of {listed}."
        )
    return tuple(known[word(name)] for name in wanted)
