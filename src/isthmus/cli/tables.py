"""Results as tables on stdout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from isthmus.nodule import DISCLAIMER

ROC_SHOWN = (5, 10, 20, 30, 50)  # hundredths of the false positive rate

stdout = Console(highlight=False, soft_wrap=True)


def print_scorecard(scores: Mapping[str, Any], about: str = "", of: str = "P(malignant)") -> None:
    """Prints a scorecard: every metric with its interval and method, and the counts behind them.

    ``of`` is what lies at or above the threshold where it is called malignant.
    """
    chosen = scores.get("operating_point", {}).get("metrics", {})
    headings = ("metric", "value", "95 % interval", "method")
    table = Table(*headings, *((f"chosen on {_chooser(scores)}", "95 % interval") if chosen else ()))
    for name, estimate in scores["metrics"].items():
        table.add_row(name, *_cells(estimate), *(_cells(chosen[name])[:2] if name in chosen else ()))
    stdout.print(table)
    counts, confusion = scores["counts"], scores["confusion"]
    stdout.print(
        f"{scores['n']} nodules in {scores['groups']} groups{about}: "
        f"{counts['benign']} benign, {counts['malignant']} malignant.\n"
        f"Called malignant at {of} >= {scores['threshold']:g}: {confusion['tp']:g} of the malignant, "
        f"{confusion['fp']:g} of the benign.\n{DISCLAIMER}",
        markup=False,
    )
    for warning in scores.get("warnings", ()):
        stdout.print(f"Warning: {warning}.", markup=False)


def _chooser(scores: Mapping[str, Any]) -> str:
    return "the test nodules" if scores.get("chosen_on") == "test" else "validation"


def print_roc(curve: Mapping[str, Any]) -> None:
    """Prints points of the ROC curve, each sensitivity with its pointwise band."""
    table = Table("ROC: specificity", "sensitivity", "95 % band, pointwise")
    for at in ROC_SHOWN:
        value, low, high = (curve[name][at] for name in ("sensitivity", "low", "high"))
        band = f"{low:.3f} to {high:.3f}" if low is not None and low == low else "-"
        table.add_row(f"{1 - curve['false_positive_rate'][at]:.2f}", f"{value:.3f}", band)
    stdout.print(table)


def _cells(estimate: Mapping[str, Any]) -> tuple[str, str, str]:
    value, low, high = (estimate[part] for part in ("value", "low", "high"))
    known = value is not None and value == value
    interval = f"{low:.3f} to {high:.3f}" if low is not None and low == low else "-"
    return f"{value:.3f}" if known else "-", interval, str(estimate["method"])
