"""Rows to ratios: how many times faster, and what each ratio should reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isthmus.bench.timing import Timing
from isthmus.infer.engines import DEFAULT

EAGER = "torch eager"  # the row that others are compared with


@dataclass(frozen=True)
class Ratio:
    """A ratio of two medians; ``low`` and ``high`` take the quartiles of both at their worst and at their best."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Aim:
    """What a ratio compares, and its aim: at least ``value``, or at most where ``at_most`` is set."""

    what: str
    value: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        """Whether a ratio of ``value`` is as good as this."""
        return value <= self.value if self.at_most else value >= self.value


AIMS: Mapping[str, Aim] = {
    "one_roi": Aim("one RoI: the fastest engine against torch eager fp32", 8),
    "batch16": Aim("16 RoIs at once, likewise", 8),
    "default_fp32": Aim("one RoI: the default engine in fp32, no extra installed, against torch eager fp32", 3.5),
    "train_step": Aim("a training step against the plain fp32 loop", 2),
    "help_s": Aim("`isthmus --help` from a cold start, seconds", 0.1, at_most=True),
    "predict_s": Aim("`isthmus predict` on one file from a cold start, the default model, seconds", 0.6, at_most=True),
}


def reading_ratios(rows: Iterable[Timing], engine: str | None) -> dict[str, Ratio | None]:
    """The ratios of the reading rows; None where a row is missing. ``engine`` is the fastest one that may be used."""
    by_name = {(row.name, row.batch): row for row in rows}
    chosen = engine or ""

    def against(slow: str, fast: str, batch: int = 1) -> Ratio | None:
        pair = by_name.get((slow, batch)), by_name.get((fast, batch))
        return ratio(pair[0], pair[1]) if pair[0] and pair[1] else None

    return {
        "one_roi": against(EAGER, chosen),
        "batch16": against(EAGER, chosen, 16),
        "default_fp32": against(EAGER, DEFAULT),
    }


def ratio(slow: Timing, fast: Timing) -> Ratio:
    """How many times faster ``fast`` is.

    >>> from isthmus.bench.timing import timing
    >>> ratio(timing("slow", "fp32", 1, [8.0, 6.0]), timing("fast", "fp32", 1, [2.0, 2.0]))
    Ratio(value=3.5, low=3.25, high=3.75)
    """
    return Ratio(slow.ms_per_image / fast.ms_per_image, slow.low / fast.high, slow.high / fast.low)


def seconds(row: Timing) -> Ratio:
    """A row in milliseconds as seconds."""
    return Ratio(row.ms_per_image / 1000, row.low / 1000, row.high / 1000)
