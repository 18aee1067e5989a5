"""A bundle's decision before and after it was fitted to a site, on the terminal."""

from __future__ import annotations

import math

from rich.table import Table

from isthmus.cross.decisions.calibrate import Recalibration
from isthmus.judge.intervals import Estimate
from isthmus.report.terminal.lines import line, stdout


def print_recalibration(made: Recalibration) -> None:
    """Prints log loss, Brier score and ECE before and after, thresholds, and the coverage of sets, with intervals."""
    table = Table("lower is better", "before", "after, cross-fitted")
    for title, name in (("log loss", "log_loss"), ("Brier score", "brier"), ("calibration error", "ece")):
        table.add_row(title, _shown(getattr(made.before, name)), _shown(getattr(made.after, name)))
    stdout.print(table)
    _print_thresholds(made)
    sets = made.coverage
    line(
        f"Sets at a coverage of {sets.asked:g}: benign is in {_shown(sets.benign)} of the {sets.benign.n} benign, "
        f"malignant in {_shown(sets.malignant)} of the {sets.malignant.n} malignant; {sets.one.value:.0%} of the sets "
        f"hold one label, {sets.both.value:.0%} both, {sets.none.value:.0%} none."
    )
    losses = ", ".join(
        f"{name} {'no fit' if math.isnan(loss) else f'{loss:.4f}'}" for name, loss in made.choice.log_loss.items()
    )
    line(
        f"Calibration: {made.choice.name} (cross-fitted log loss: {losses}). Log loss after less before: "
        f"{_shown(made.change, 4)}."
    )
    if made.decision.prevalence:
        moved = made.decision.prevalence
        line(
            f"P(malignant) is moved from a share of {moved.fitted:.1%} malignant nodules to {moved.here:.1%}: the new "
            "thresholds and the bundle are at that share, the figures above at the first."
        )


def _print_thresholds(made: Recalibration) -> None:
    table = Table("threshold", "P(malignant) from", "sensitivity", "specificity")
    for name, at in made.points_before.items():
        table.add_row(f"{name}, before", "", _shown(at.sensitivity), _shown(at.specificity))
    for name, at in made.points.items():
        default = ", the default" if name == made.decision.default else ""
        threshold = f"{made.decision.thresholds[name]:.3f}"
        table.add_row(f"{name}{default}", threshold, _shown(at.sensitivity), _shown(at.specificity))
    stdout.print(table)


def _shown(estimate: Estimate, digits: int = 3) -> str:
    if math.isnan(estimate.value):
        return estimate.method
    value = f"{estimate.value:.{digits}f}"
    if math.isnan(estimate.low):
        return f"{value} (no interval)"
    return f"{value} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"
