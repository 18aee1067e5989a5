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
from isthmus.data.labels import GIVEN
from isthmus.nodule import DISCLAIMER, Label
from isthmus.report.terminal.calipers import print_calipers, print_marks
from isthmus.report.terminal.order import print_order

ODDS = ("odds ratio", "95 % interval", "p")
WHERE = ", at x0,y0,x1,y1 in pixels"


def print_audit(audit: Audit, root: Path) -> None:
    """Prints an audit of the data set at ``root`` on stdout."""
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = 140  # tables are not squeezed for a file or a pipe
    _counts(out, audit, root)
    _faults(out, audit)
    _duplicates(out, audit)
    _conflicts(out, audit)
    _marks(out, audit)
    _heading(out, "Calipers in a RoI, white or coloured")
    print_calipers(audit.calipers)
    _heading(out, "Other marks in a RoI")
    print_marks(audit.other_marks)
    _text(out, audit)
    _heading(out, "Leak of order")
    print_order(audit)
    out.print(f"\n{DISCLAIMER}", markup=False)


def _counts(out: Console, audit: Audit, root: Path) -> None:
    _heading(out, f"{root} as {audit.kind}")
    unlabelled = audit.nodules - audit.labelled_nodules
    whose = f" of {audit.patients} patients in {audit.cases} cases"
    _line(out, f"{audit.images} images{whose if audit.names_patients else ', no patient named'}")
    _line(
        out,
        f"{audit.nodules} nodules: {audit.labelled_nodules} labelled{_by(audit.policy)}, {unlabelled} without label",
    )
    _line(out, f"{audit.groups} groups: {'patients' if audit.names_patients else 'images'} joined by duplicates")
    if audit.names_patients:
        _line(out, f"{_share(audit.same_patient_images, audit.images)} share their patient with another image")
    _line(out, f"files with an orientation, which is applied: {audit.oriented_images}")
    _line(out, f"files of several pages, of which the first is read: {audit.several_page_images}")
    for what, counts in audit.counted.items():
        _line(out, f"{what}: {', '.join(f'{name} ({count})' for name, count in counts.items())}")
    if _has_tirads(audit):
        table = _table("TI-RADS", *audit.tirads_images)
        table.add_row("images", *map(str, audit.tirads_images.values()))
        out.print(table)
    table = _table("label policy", "benign nodules", "malignant nodules", "n", "benign images", "malignant images")
    for policy, counts in audit.labels.items():
        benign, malignant = (counts[str(label)] for label in Label)
        images = [str(audit.labels_images[policy][str(label)]) for label in Label]
        used = " (used)" if policy == audit.policy else ""
        table.add_row(policy + used, str(benign), str(malignant), str(benign + malignant), *images)
    out.print(table)


def _faults(out: Console, audit: Audit) -> None:
    _heading(out, f"Faults: {len(audit.faults)}")
    by_kind = defaultdict(list)
    for fault in audit.faults:
        by_kind[fault.kind].append(fault)
    for kind, faults in by_kind.items():
        _line(out, f"{kind}: {len(faults)}")
        for fault in faults:
            _line(out, f"  {fault}")


def _duplicates(out: Console, audit: Audit) -> None:
    within = [names for names in audit.duplicates.sets if names not in audit.duplicates_across_cases]
    across = ", across cases" if audit.names_patients else ""
    _heading(out, f"Sets of images that show the same frame{across}: {len(audit.duplicates_across_cases)}")
    graded = _has_tirads(audit)
    for names in audit.duplicates_across_cases:
        _line(out, ", ".join(f"{name} (TI-RADS {audit.tirads[name]})" if graded else name for name in names))
    if audit.names_patients or within:
        _heading(out, f"and within one case: {len(within)}")
    for names in within:
        _line(out, ", ".join(names))
    _line(
        out,
        f"{len(audit.duplicates.identical)} pairs have identical pixels, {len(audit.duplicates.near)} nearly the same",
    )


def _has_tirads(audit: Audit) -> bool:
    """Whether labels can be made of TI-RADS; else they come with the data."""
    return set(audit.labels) != {GIVEN}


def _conflicts(out: Console, audit: Audit) -> None:
    _heading(out, f"Same frame, contradictory labels: {len(audit.label_conflicts)}")
    for conflict in audit.label_conflicts:
        _line(out, ", ".join(f"{name} (TI-RADS {tirads})" for name, tirads in conflict.tirads.items()))
        for policy, labels in conflict.labels.items():
            names = ", ".join(f"{name} {' and '.join(of_image) or 'no label'}" for name, of_image in labels.items())
            _line(out, f"  {policy}: {names}")


def _marks(out: Console, audit: Audit) -> None:
    marked, images = len(audit.marks.marks), len(audit.marks.images)
    _heading(out, f"Coloured marks inside a nodule's box: {_share(marked, audit.nodules)} nodules, {images} images")
    if marked:
        _line(out, "images: " + ", ".join(audit.marks.images))
        table = _table("label policy", *(f"marked {kind}" for kind in ("benign", "malignant", "unlabelled")), *ODDS)
        for policy, association in audit.marks_by_label.items():
            table.add_row(policy, *_association(association))
        out.print(table)
        _line(
            out, "Odds ratio: odds of a mark among malignant over those among benign nodules; p: Fisher's exact test."
        )
    if audit.marks.areas:
        _line(out, f"Coloured areas (Doppler, tint; marks there are not seen): {', '.join(audit.marks.areas)}")


def _association(marks: Association) -> tuple[str, ...]:
    marked = (
        _share(marks.marked_benign, marks.marked_benign + marks.unmarked_benign),
        _share(marks.marked_malignant, marks.marked_malignant + marks.unmarked_malignant),
        _share(marks.marked_unlabelled, marks.marked_unlabelled + marks.unmarked_unlabelled),
    )
    if math.isnan(marks.p):
        return *marked, "undefined", "", ""
    return *marked, f"{marks.odds_ratio:.2f}", f"{marks.low:.2f} to {marks.high:.2f}", f"{marks.p:.3g}"


def _text(out: Console, audit: Audit) -> None:
    outside = [text for text in audit.text if text.outside]
    inside = [text for text in audit.text if text.inside]
    _heading(out, "Burnt-in text")
    _line(out, f"outside the scan area: {_share(len(outside), audit.images)} images")
    _line(out, f"inside the scan area: {_share(len(inside), audit.images)} images{WHERE if inside else ''}")
    for text in inside:
        _line(out, f"  {text.image}: " + "; ".join(f"at {box}" for box in text.inside))
    _line(out, "Text is located, not read: check by eye that it gives away neither the label nor a name.")


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


def _by(policy: str) -> str:
    """The policy in a sentence; none for labels that come with the data."""
    return "" if policy == GIVEN else f" by {policy}"
