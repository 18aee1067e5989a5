"""Contenders timed in turns, so that a machine that becomes slower slows all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.errors import IsthmusError
from isthmus.progress import Progress, silent

TURN_SECONDS = 0.1  # of one turn of a contender, which is at least one run
MOST_RUNS = 50
SETTLE_SECONDS = 0.3  # idle OpenMP threads of the contender before spin for up to 0.2 s and occupy the cores


@dataclass(frozen=True, eq=False)
class Contender:
    """Something to be timed: ``read`` reads one batch of ``batch`` images in ``precision`` (fp32, bf16, int8)."""

    name: str
    precision: str
    batch: int
    read: Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Milliseconds per image: the median over the rounds, ``low`` and ``high`` their quartiles.

    ``rounds`` holds the rounds themselves.
    """

    name: str
    precision: str
    batch: int
    ms_per_image: float
    low: float
    high: float
    rounds: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A row that could not be measured here, and why."""

    name: str
    why: str


def without_paths(error: Exception) -> str:
    """An error's message on one line and without paths, since a page may be published."""
    if isinstance(error, IsthmusError):
        return f"{error.what}. {error.remedy}".strip(". ")
    return " ".join(str(error).split())[:120] or type(error).__name__


def race(
    contenders: Sequence[Contender],
    rounds: int,
    progress: Progress = silent,
    turn: float = TURN_SECONDS,
    settle: float = SETTLE_SECONDS,
) -> tuple[Timing, ...]:
    """One row per contender, in their order. In each of ``rounds`` rounds every contender has a turn of about ``turn``
    seconds. Two untimed runs come first; each turn begins with a pause of ``settle`` seconds and one untimed run, so
    that the threads and caches of the contender before have no effect."""
    runs = [_runs(contender, turn) for contender in contenders]
    taken: list[list[float]] = [[] for _ in contenders]
    for _ in progress(range(rounds), "timing"):
        for contender, count, times in zip(contenders, runs, taken, strict=True):
            time.sleep(settle)
            contender.read()
            times.append(1000 * _seconds(contender, count) / count / contender.batch)
    return tuple(timing(c.name, c.precision, c.batch, times) for c, times in zip(contenders, taken, strict=True))


def timing(name: str, precision: str, batch: int, rounds: Sequence[float], note: str = "") -> Timing:
    """The row of these milliseconds per image, one value per round.

    >>> made = timing("engine", "fp32", 1, [4.0, 2.0, 3.0])
    >>> made.ms_per_image, made.low, made.high
    (3.0, 2.5, 3.5)
    """
    low, middle, high = (float(value) for value in np.quantile(rounds, (0.25, 0.5, 0.75)))
    return Timing(name, precision, batch, middle, low, high, tuple(rounds), note)


def _runs(contender: Contender, turn: float) -> int:
    contender.read()
    return min(MOST_RUNS, max(1, math.ceil(turn / max(_seconds(contender, 1), 1e-6))))


def _seconds(contender: Contender, runs: int) -> float:
    start = time.perf_counter()
    for _ in range(runs):
        contender.read()
    return time.perf_counter() - start
