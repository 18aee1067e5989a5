"""Results as tables on stdout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from isthmus.nodule import DISCLAIMER

stdout = Console(highlight=False, soft_wrap=True)


def print_scorecard(scores: Mapping[str, Any], about: str = "") -> None:
    """Prints a scorecard: every metric with its interval and method, and the counts behind them."""
    chosen = scores.get("operating_point", {}).get("metrics", {})
    headings = ("metric", "value", "95 % interval", "method")
    table = Table(*headings, *((f"chosen on {_chooser(scores)}", "95 % interval") if chosen else ()))
    for name, estimate in scores["metrics"].items():
        table.add_row(name, *_cells(estimate), *(_cells(chosen[name])[:2] if name in chosen else ()))
        if name in scores["clustered"]:
            table.add_row("  resampled", *_cells(scores["clustered"][name]))
    stdout.print(table)
    counts, confusion = scores["counts"], scores["confusion"]
    stdout.print(
        f"{scores['n']} nodules in {scores['groups']} groups{about}: "
        f"{counts['benign']} benign, {counts['malignant']} malignant.\n"
        f"Called malignant at P(malignant) >= {scores['threshold']:g}: {confusion['tp']:g} of the malignant, "
        f"{confusion['fp']:g} of the benign.\n{DISCLAIMER}",
        markup=False,
    )


def _chooser(scores: Mapping[str, Any]) -> str:
    return "the test nodules" if scores.get("chosen_on") == "test" else "validation"


def _cells(estimate: Mapping[str, Any]) -> tuple[str, str, str]:
    value, low, high = (estimate[part] for part in ("value", "low", "high"))
    known = value is not None and value == value
    interval = f"{low:.3f} to {high:.3f}" if low is not None and low == low else "-"
    return f"{value:.3f}" if known else "-", interval, str(estimate["method"])
