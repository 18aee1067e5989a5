"""What the scores of a reader study are: probabilities, TI-RADS levels, grades or other numbers; and where malignant
begins.

No threshold is chosen on the labels: that would flatter sensitivity and specificity (decision 85). It is given, or
follows from the scale alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.errors import UsageError
from isthmus.judge.metrics import Floats

LEVEL = re.compile(r"(?:(?:acr|eu|k|c)[ -]?)?(?:tr|ti-?rads)?[ -]?([1-5])([abc]?)", re.IGNORECASE)
PLAIN = ("1", "2", "3", "4", "5")
LETTERED = ("1", "2", "3", "4a", "4b", "4c", "5")
PERCENT_ABOVE = 20  # TI-RADS points end below
NO_THRESHOLD = "no threshold: these numbers are of no known scale; give --threshold"


@dataclass(frozen=True)
class Scale:
    """How cells became numbers. ``levels`` are a TI-RADS' in order, each standing for its place from 1; () for numbers.

    Malignant is a score at or above ``threshold``, None where none is known; ``rule`` says why that one.
    """

    name: str
    levels: tuple[str, ...]
    threshold: float | None
    rule: str

    def text(self, value: float) -> str:
        """A score as the file would write it: TR4, 4B, 0.5."""
        if not self.levels:
            return f"{value:g}"
        level = self.levels[round(value) - 1].upper()
        return f"TR{level}" if self.levels == PLAIN else level

    def called(self, scores: Floats) -> npt.NDArray[np.bool_]:
        """Which scores mean malignant. Raises ValueError without a threshold."""
        if self.threshold is None:
            raise ValueError(NO_THRESHOLD)
        return np.asarray(scores >= self.threshold)


def is_level(cell: str) -> bool:
    """Whether a cell is a TI-RADS level by any usual name: TR4, 4b, EU-TIRADS 5."""
    return LEVEL.fullmatch(cell.strip()) is not None


def level_of(cell: str) -> str:
    """The level in a cell that is one: 4, 4b."""
    match = LEVEL.fullmatch(cell.strip())
    if match is None:
        raise ValueError(f"{cell!r} is no level of a TI-RADS")
    return "".join(match.groups()).lower()


def levels_of(cells: Sequence[str]) -> tuple[str, ...]:
    """The levels that these are of, in order: with letters, or without. Raises ValueError for a 4 beside a 4A."""
    there = {level_of(cell) for cell in cells}
    if not any(level[1:] for level in there):
        return PLAIN
    if unclear := sorted(there - set(LETTERED)):
        raise ValueError(f"{unclear[0].upper()} beside {max(there & set(LETTERED[3:6])).upper()} has no clear place")
    return LETTERED


def scale_of_levels(levels: tuple[str, ...]) -> Scale:
    """The scale of a TI-RADS: malignant from TR4, or from 4B where 4 has letters, as the label policy of DDTI."""
    if levels == PLAIN:
        return Scale("levels", levels, 4.0, "TR4 and above: moderately suspicious or more")
    return Scale("levels", levels, 5.0, "4B and above, as the label policy benign-2-3-4a")


def scale_of_numbers(values: Floats) -> Scale:
    """The scale that numbers seem to be of, by their range alone, (reads,).

    >>> [scale_of_numbers(np.array(one)).threshold for one in ([0.1, 0.9], [1, 5], [3, 98], [-2.5, 7])]
    [0.5, 4.0, 50.0, None]
    """
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        return Scale("probability", (), 0.5, "one half: more likely malignant than not")
    if low >= 1 and high <= 5 and bool((values == np.round(values)).all()):
        return Scale("grades 1 to 5", (), 4.0, "4 of 5 and above: probably malignant, or TR4")
    if low >= 0 and PERCENT_ABOVE < high <= 100:
        return Scale("0 to 100", (), 50.0, "half of 100")
    return Scale("numbers", (), None, NO_THRESHOLD)


def with_threshold(scale: Scale, text: str | None) -> Scale:
    """The scale with the threshold that a user names, as a number or a level. Raises UsageError."""
    if text is None:
        return scale
    where = f"--threshold {text}"
    if scale.levels:
        level = level_of(text) if is_level(text) else ""
        if level not in scale.levels:
            listed = ", ".join(scale.text(place) for place in range(1, len(scale.levels) + 1))
            raise UsageError("is no level of this file", where=where, remedy=f"Give one of {listed}.")
        return Scale(scale.name, scale.levels, float(scale.levels.index(level) + 1), "given")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError("is no number, as the scores are", where=where, remedy="Give a number in their unit.")
    return Scale(scale.name, scale.levels, value, "given")
