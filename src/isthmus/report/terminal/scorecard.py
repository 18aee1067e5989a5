"""A scorecard on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.table import Table

from isthmus.judge.intervals import Estimate
from isthmus.judge.roc import Roc
from isthmus.judge.scorecard import Scorecard
from isthmus.judge.trend import Trend
from isthmus.nodule import DISCLAIMER
from isthmus.report.terminal.lines import line, stdout

ROC_SHOWN = (5, 10, 20, 30, 50)  # hundredths of the false positive rate


def print_scorecard(
    card: Scorecard,
    about: str = "",
    of: str = "P(malignant)",
    chosen: Mapping[str, Estimate] | None = None,
    chooser: str = "",
) -> None:
    """Prints a scorecard: every metric with its interval and method, and the counts behind them.

    Args:
        card: the scorecard.
        about: goes behind the number of groups.
        of: what lies at or above the threshold where it is called malignant.
        chosen: the metrics at an operating point chosen on ``chooser``, in words; they get a column.
    """
    chosen = chosen or {}
    headings = ("metric", "value", "95 % interval", "method")
    table = Table(*headings, *((f"chosen on {chooser}", "95 % interval") if chosen else ()))
    for name, estimate in card.metrics.items():
        table.add_row(name, *_cells(estimate), *(_cells(chosen[name])[:2] if name in chosen else ()))
    stdout.print(table)
    line(
        f"{card.n} nodules in {card.groups} groups{about}: {card.benign} benign, {card.malignant} malignant.\n"
        f"Called malignant at {of} >= {card.threshold:g}: {card.confusion.tp:g} of the malignant, "
        f"{card.confusion.fp:g} of the benign.\n{DISCLAIMER}"
    )
    for warning in card.warnings:
        line(f"Warning: {warning}.")


def print_roc(curve: Roc) -> None:
    """Prints points of the ROC curve, each sensitivity with its pointwise band."""
    table = Table("ROC: specificity", "sensitivity", "95 % band, pointwise")
    for at in ROC_SHOWN:
        rate, sensitivity = curve.grid[at], curve.at_grid[at]
        table.add_row(f"{1 - rate:.2f}", f"{sensitivity:.3f}", _interval(curve.low[at], curve.high[at]))
    stdout.print(table)


def print_trend(trend: Trend, by: str) -> None:
    """Prints the mean P(malignant) of each grade, and whether it rises over them."""
    table = Table(by, "nodules", "mean P(malignant)", "95 % interval")
    for grade, mean in trend.means.items():
        table.add_row(grade, str(mean.n), *_cells(mean)[:2])
    stdout.print(table)
    value, spread, method = _cells(trend.concordance)
    if math.isnan(trend.concordance.value):
        line(f"Trend over {by}: {method}.")
        return
    p = "-" if math.isnan(trend.p_value) else "< 0.001" if trend.p_value < 0.001 else f"= {trend.p_value:.3f}"
    line(
        f"Of two nodules that differ in {by}, the higher one has the higher P(malignant) in a share of {value} "
        f"({spread}; 0.5 without a trend), p {p}, n = {trend.concordance.n}."
    )


def _cells(estimate: Estimate) -> tuple[str, str, str]:
    value = "-" if math.isnan(estimate.value) else f"{estimate.value:.3f}"
    return value, _interval(estimate.low, estimate.high), estimate.method


def _interval(low: float, high: float) -> str:
    return "-" if math.isnan(low) else f"{low:.3f} to {high:.3f}"
