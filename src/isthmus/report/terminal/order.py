"""The leak of order, and what the authors' split lets through, on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table

from isthmus.cross.protocols import BLOCKS
from isthmus.data.audit.audit import Audit
from isthmus.data.audit.leaks.authors import SplitLeak
from isthmus.data.audit.leaks.pairs import NEAR
from isthmus.data.audit.likeness import ALIKE, SIDE
from isthmus.data.audit.order import Order
from isthmus.judge.intervals import Estimate, wilson
from isthmus.report.terminal.lines import line, stdout

SHADES = " ░▒▓█"  # from all benign to all malignant


def print_order(audit: Audit) -> None:
    """Prints the likeness by distance, the AUC of the neighbours' labels, and what both mean for a split."""
    between = {"images": audit.order}
    if audit.order_of_patients:
        between["images of different patients"] = audit.order_of_patients
    for title, order in between.items():
        _print_likeness(title, order)
        line("  " + _neighbours(title, order))
    _print_strip(audit.order)
    line(f"  {verdict(audit.order, audit.order_of_patients)}")
    if audit.split_leaks:
        line()
        line("  The authors' split (ImageSets/Main; training is train and val):")
        _print_leak("test", "training", audit.split_leaks.test)
        if audit.split_leaks.validation:
            _print_leak("val", "train", audit.split_leaks.validation)


def verdict(images: Order, patients: Order | None) -> str:
    """What the leak of order means for a split, in a sentence or two."""
    order = patients or images
    if not order.leaks:
        if patients and images.leaks:
            return "No leak of order between patients is measured, but one within them: a split must go by patient."
        return "No leak of order is measured."
    parts = []
    if order.tells_class:
        parts.append(f"File order gives the class away: AUC {order.neighbour_auc.value:.2f}.")
    if order.likeness.up_to:
        parts.append(f"Neighbours look alike up to distance {order.likeness.up_to}.")
    unit = f"numbers (--protocol {BLOCKS.name})" if order.in_numbers else "files"
    return " ".join([*parts, f"A split must go by blocks of consecutive {unit}."])


def _print_likeness(title: str, order: Order) -> None:
    unit = "numbers" if order.in_numbers else "positions"
    table = Table(box=None, padding=(0, 2))
    table.add_column(f"{title}: {unit} apart", justify="left")
    for heading in ("pairs", "look alike", "95 % interval"):
        table.add_column(heading, justify="right")
    for distance, share in order.likeness.by_distance.items():
        table.add_row(str(distance), *_cells(share))
    table.add_row("any (chance)", *_cells(order.likeness.chance))
    stdout.print(table)
    line(f"  Alike: difference hashes differ in at most {ALIKE} of {SIDE * SIDE} bits.")


def _neighbours(title: str, order: Order) -> str:
    auc, guess = order.neighbour_auc, f"from the {order.neighbours} nodules before and after it in file order"
    others = ", of other patients" if "patients" in title else ""
    return f"A nodule's label guessed {guess}{others}: AUC {_number(auc, 3)}, n = {auc.n}."


def _print_strip(order: Order) -> None:
    cells = "".join(SHADES[round(share * (len(SHADES) - 1))] for share in order.strip)
    runs = f"{order.runs} runs of one label, the longest of {order.longest_run}"
    line(f"  Labels in file order, {SHADES[-1]} malignant; {runs}:")
    line(f"  |{cells}|")


def _print_leak(one: str, other: str, leak: SplitLeak) -> None:
    counts: Sequence[tuple[int, str]] = (
        (leak.duplicates, f"a duplicate in {other} ({leak.identical} with identical pixels)"),
        (leak.neighbours, f"a neighbour within {NEAR} in {other}"),
        (leak.alike, "one that looks alike"),
    )
    line(f"  of {leak.n} {one} pictures, beside {leak.training} of {other}:")
    for count, what in counts:
        line(f"    {count} have {what}: {_number(wilson(count, leak.n), 1, 100)} %")


def _cells(share: Estimate) -> tuple[str, str, str]:
    if math.isnan(share.value):
        return str(share.n), "-", "-"
    return str(share.n), f"{100 * share.value:.2f} %", f"{100 * share.low:.2f} to {100 * share.high:.2f} %"


def _number(value: Estimate, digits: int, scale: int = 1) -> str:
    if math.isnan(value.value):
        return f"- ({value.method})"
    shown, low, high = (f"{scale * one:.{digits}f}" for one in (value.value, value.low, value.high))
    return f"{shown} ({value.method if math.isnan(value.low) else f'{low} to {high}'})"
