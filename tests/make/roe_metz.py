"""Scores of simulated readers, after Roe and Metz (Acad Radiol 4, 1997), two modes on the same nodules.

A score is the sum of normal draws: of the case, of case and mode, of reader and class, of reader and case, of reader,
mode and class, and of nothing else. The variances are those of Hillis (Stat Med 37, 2018), table 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """The variances of the draws: case, case in a mode, case and reader, the rest, reader, reader in a mode."""

    case: float
    case_mode: float
    case_reader: float
    rest: float
    reader: float
    reader_mode: float


HIGH_LOW = Spread(case=0.3, case_mode=0.3, case_reader=0.2, rest=0.2, reader=0.0082, reader_mode=0.0082)


def scores(
    labels: npt.NDArray[np.int64], separations: tuple[float, float], readers: int, spread: Spread, seed: int
) -> Floats:
    """(2, readers, nodules): the class means of mode m lie ``separations[m]`` apart.

    Draws come from numpy's first generator, whose numbers never change, in the order in which the published figures
    of ``tests/judge/readers/test_hillis.py`` were made.
    """
    draw = np.random.RandomState(seed).standard_normal
    n, malignant = labels.size, labels == 1
    case = np.sqrt(spread.case) * draw(n)
    by_mode = [np.sqrt(spread.case_mode) * draw(n) for _ in separations]
    made = np.empty((2, readers, n))
    for reader in range(readers):
        of_reader = np.sqrt(spread.reader) * draw(2)
        with_case = np.sqrt(spread.case_reader) * draw(n)
        for mode, separation in enumerate(separations):
            shift = of_reader + np.sqrt(spread.reader_mode) * draw(2)
            rest = np.sqrt(spread.rest) * draw(n)
            made[mode, reader] = np.where(malignant, separation + shift[0], shift[1])
            made[mode, reader] += case + with_case + by_mode[mode] + rest
    return made
