"""An audit on the terminal."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isthmus.data.audit.audit import Audit
from isthmus.data.audit.calipers import Association
from isthmus.nodule import DISCLAIMER, Label

ODDS = ("odds ratio", "95 % interval", "p")


def print_audit(result: Audit, root: Path) -> None:
    """Prints an audit of the data set at ``root`` on stdout."""
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = 140  # tables are not squeezed for a file or a pipe
    _counts(out, result, root)
    _faults(out, result)
    _duplicates(out, result)
    _conflicts(out, result)
    _marks(out, result)
    _text(out, result)
    out.print(f"\n{DISCLAIMER}", markup=False)


def _counts(out: Console, result: Audit, root: Path) -> None:
    _heading(out, f"{root} as {result.kind}")
    unlabelled = result.nodules - result.labelled_nodules
    _line(out, f"{result.images} images of {result.patients} patients in {result.cases} cases")
    _line(
        out, f"{result.nodules} nodules: {result.labelled_nodules} labelled by {result.policy}, {unlabelled} without label"
    )
    _line(out, f"{result.groups} groups: patients joined by duplicates")
    _line(out, f"{_share(result.same_patient_images, result.images)} share their patient with another image")
    _line(out, f"files with an orientation, which is applied: {result.oriented_images}")
    _line(out, f"files of several pages, of which the first is read: {result.several_page_images}")
    if set(result.labels) != {"given"}:
        table = _table("TI-RADS", *result.tirads_images)
        table.add_row("images", *map(str, result.tirads_images.values()))
        out.print(table)
    table = _table("label policy", "benign nodules", "malignant nodules", "n", "benign images", "malignant images")
    for policy, counts in result.labels.items():
        benign, malignant = (counts[str(label)] for label in Label)
        images = [str(result.labels_images[policy][str(label)]) for label in Label]
        used = " (used)" if policy == result.policy else ""
        table.add_row(policy + used, str(benign), str(malignant), str(benign + malignant), *images)
    out.print(table)


def _faults(out: Console, result: Audit) -> None:
    _heading(out, f"Faults: {len(result.faults)}")
    by_kind = defaultdict(list)
    for fault in result.faults:
        by_kind[fault.kind].append(fault)
    for kind, faults in by_kind.items():
        _line(out, f"{kind}: {len(faults)}")
        for fault in faults:
            _line(out, f"  {fault}")


def _duplicates(out: Console, result: Audit) -> None:
    within = [names for names in result.duplicates.sets if names not in result.duplicates_across_cases]
    _heading(out, f"Sets of images that show the same frame, across cases: {len(result.duplicates_across_cases)}")
    for names in result.duplicates_across_cases:
        _line(out, ", ".join(f"{name} (TI-RADS {result.tirads[name]})" for name in names))
    _heading(out, f"and within one case: {len(within)}")
    for names in within:
        _line(out, ", ".join(names))
    _line(
        out,
        f"{len(result.duplicates.identical)} pairs have identical pixels, {len(result.duplicates.near)} nearly the same",
    )


def _conflicts(out: Console, result: Audit) -> None:
    _heading(out, f"Same frame, contradictory labels: {len(result.label_conflicts)}")
    for conflict in result.label_conflicts:
        _line(out, ", ".join(f"{name} (TI-RADS {tirads})" for name, tirads in conflict.tirads.items()))
        for policy, labels in conflict.labels.items():
            names = ", ".join(f"{name} {' and '.join(of_image) or 'no label'}" for name, of_image in labels.items())
            _line(out, f"  {policy}: {names}")


def _marks(out: Console, result: Audit) -> None:
    marked, images = len(result.marks.marks), len(result.marks.images)
    _heading(out, f"Coloured marks inside a RoI: {_share(marked, result.nodules)} nodules, {images} images")
    if marked:
        _line(out, "images: " + ", ".join(result.marks.images))
        table = _table("label policy", *(f"marked {kind}" for kind in ("benign", "malignant", "unlabelled")), *ODDS)
        for policy, result in result.marks_by_label.items():
            table.add_row(policy, *_association(result))
        out.print(table)
        _line(
            out, "Odds ratio: odds of a mark among malignant over those among benign nodules; p: Fisher's exact test."
        )
    if result.marks.areas:
        _line(out, f"Coloured areas (Doppler, tint; marks there are not seen): {', '.join(result.marks.areas)}")


def _association(result: Association) -> tuple[str, ...]:
    marked = (
        _share(result.marked_benign, result.marked_benign + result.unmarked_benign),
        _share(result.marked_malignant, result.marked_malignant + result.unmarked_malignant),
        _share(result.marked_unlabelled, result.marked_unlabelled + result.unmarked_unlabelled),
    )
    if math.isnan(result.p):
        return *marked, "undefined", "", ""
    return *marked, f"{result.odds_ratio:.2f}", f"{result.low:.2f} to {result.high:.2f}", f"{result.p:.3g}"


def _text(out: Console, result: Audit) -> None:
    outside = [text for text in result.text if text.outside]
    inside = [text for text in result.text if text.inside]
    _heading(out, "Burnt-in text")
    _line(out, f"outside the scan area: {_share(len(outside), result.images)} images")
    _line(out, f"inside the scan area: {_share(len(inside), result.images)} images")
    for text in inside:
        _line(out, f"  {text.image}: " + "; ".join(f"at {box}" for box in text.inside))
    _line(out, "It is found, not read: look whether it tells the answer or a name.")


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _line(out: Console, text: str) -> None:
    out.print("  " + text, markup=False)


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2))
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else f"{part} of 0"
