"""Calipers and other marks in RoIs, and whether they go with the label, on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.table import Table

from isthmus.data.audit.roi_calipers import RoiCalipers, RoiMarks
from isthmus.judge.calipers import CaliperEffect
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.report.terminal.lines import line, stdout

KINDS = {
    "digits": "Digits and letters of calipers",
    "text": "Burnt-in text of two characters or more",
    "device": "Marks of the machine outside the scan area (scale, arrows, text)",
}


def print_calipers(calipers: RoiCalipers) -> None:
    """Prints how many RoIs show calipers, by label, the odds ratio, and what it means."""
    line(f"  A RoI is a square of 1.5 times the box's longer side. Of {calipers.n}, {calipers.rois} have calipers:")
    line(f"  {calipers.white} white ones, {calipers.coloured} coloured ones. Dotted lines are not looked for.")
    _print_labels(calipers)
    line(f"  {verdict(calipers.odds_ratio)}")
    line(f"  {at_equal_size(calipers)}")
    if not math.isnan(calipers.odds_ratio.low):
        line(f"  The interval goes by {calipers.grouping.criterion}.")


def print_marks(marks: Mapping[str, RoiMarks]) -> None:
    """Prints how many RoIs show each kind of mark, by label, the odds ratio, and what it means."""
    for kind, of_kind in marks.items():
        line(f"  {KINDS[kind]}: in {of_kind.rois} of {of_kind.n} RoIs")
        if of_kind.rois:
            _print_labels(of_kind, "  ")
            line(f"    {verdict(of_kind.odds_ratio, 'They')}")
            line(f"    {at_equal_size(of_kind)}")


def _print_labels(marks: RoiMarks, indent: str = "") -> None:
    for label, (marked, without) in marks.by_label.items():
        if marked + without:
            line(f"{indent}  {label}: {marked} of {marked + without} ({100 * marked / (marked + without):.1f} %)")


def at_equal_size(marks: RoiMarks) -> str:
    """The odds ratio among nodules of about one size, in a sentence."""
    odds = marks.at_equal_size
    if math.isnan(odds.low):
        return "Among nodules of about one size: not to be had."
    return f"Among nodules of about one size (fifths of all): {odds.value:.2f} ({odds.low:.2f} to {odds.high:.2f})."


def verdict(odds: Estimate, marks: str = "Calipers") -> str:
    """What the association of ``marks`` means, in a sentence or two."""
    if math.isnan(odds.value):
        return f"Odds ratio malignant over benign: {odds.method}."
    shown = f"Odds ratio malignant over benign: {odds.value:.2f}"
    if math.isnan(odds.low):
        return f"{shown} ({odds.method}), n = {odds.n}."
    shown += f" ({odds.low:.2f} to {odds.high:.2f}), n = {odds.n}."
    if odds.low <= 1 <= odds.high:
        return f"{shown} No association with the label is measured."
    more = Label.MALIGNANT if odds.low > 1 else Label.BENIGN
    return f"{shown} {marks} are more frequent in {more} nodules: a model may read them in place of the nodule."


def print_effect(effect: CaliperEffect) -> None:
    """Prints the AUC on nodules with calipers and without, as they are and with the calipers painted over."""
    table = Table("calipers", *map(str, Label), "AUC as they are", "painted over", "difference")
    for title, on in (("with", effect.shown), ("without", effect.absent), ("all", effect.every)):
        estimates = map(_cell, (on.as_they_are, on.painted, on.difference))
        table.add_row(title, str(on.benign), str(on.malignant), *estimates)
    stdout.print(table)
    line("Calipers: in a square of 1.5 times the box's longer side. Difference: as they are less painted over.")
    if effect.absent.painted:
        line(
            "Without calipers, paint is where they would be: what it takes away by itself, rather too much if anything."
        )


def _cell(one: Estimate | None) -> str:
    if one is None:
        return ""
    if math.isnan(one.value):
        return "-"
    return f"{one.value:.3f}" + ("" if math.isnan(one.low) else f" ({one.low:.3f} to {one.high:.3f})")
