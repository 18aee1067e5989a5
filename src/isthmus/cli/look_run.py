"""The work of ``isthmus look``."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isthmus.cli import options, talk
from isthmus.data.audit.audit import Audit, audit
from isthmus.data.audit.calipers import Association
from isthmus.data.audit.survey import Survey
from isthmus.data.labels import Classes
from isthmus.data.sources import open_source
from isthmus.nodule import DISCLAIMER, Label

ODDS = ("odds ratio", "95 % interval", "p")


def run(
    *,
    kind: str,
    root: Path,
    policy: str | None,
    classes: Classes,
    strict: bool,
    skip_broken: bool,
    as_json: bool,
) -> int:
    """Audits the data set, prints what was found, and returns the exit code."""
    with Survey() as survey:
        data = open_source(kind, root, policy, talk.bar, classes, survey.decode)
        found = audit(data, talk.bar, survey)
    if as_json:
        options.print_json(found.as_json())
    else:
        print_audit(found, root)
    talk.list_left_out(data)
    if data.broken and not skip_broken:
        talk.note("isthmus: something could not be read. Repair it, or pass --skip-broken.")
        return 1
    if strict and found.trouble:
        return 1
    return 0


def print_audit(found: Audit, root: Path) -> None:
    """Prints an audit for people, on stdout."""
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = 140  # tables are not squeezed for a file or a pipe
    _counts(out, found, root)
    _faults(out, found)
    _duplicates(out, found)
    _conflicts(out, found)
    _marks(out, found)
    _text(out, found)
    out.print(f"\n{DISCLAIMER}", markup=False)


def _counts(out: Console, found: Audit, root: Path) -> None:
    _heading(out, f"{root} as {found.kind}")
    unlabelled = found.nodules - found.labelled_nodules
    _line(out, f"{found.images} images of {found.patients} patients in {found.cases} cases")
    _line(
        out, f"{found.nodules} nodules: {found.labelled_nodules} labelled by {found.policy}, {unlabelled} without label"
    )
    _line(out, f"{found.groups} groups: patients joined by duplicates")
    _line(out, f"{_share(found.same_patient_images, found.images)} share their patient with another image")
    _line(out, f"files with an orientation, which is applied: {found.oriented_images}")
    _line(out, f"files of several pages, of which the first is read: {found.several_page_images}")
    if set(found.labels) != {"given"}:
        table = _table("TI-RADS", *found.tirads_images)
        table.add_row("images", *map(str, found.tirads_images.values()))
        out.print(table)
    table = _table("label policy", "benign nodules", "malignant nodules", "n", "benign images", "malignant images")
    for policy, counts in found.labels.items():
        benign, malignant = (counts[str(label)] for label in Label)
        images = [str(found.labels_images[policy][str(label)]) for label in Label]
        used = " (used)" if policy == found.policy else ""
        table.add_row(policy + used, str(benign), str(malignant), str(benign + malignant), *images)
    out.print(table)


def _faults(out: Console, found: Audit) -> None:
    _heading(out, f"Faults: {len(found.faults)}")
    by_kind = defaultdict(list)
    for fault in found.faults:
        by_kind[fault.kind].append(fault)
    for kind, faults in by_kind.items():
        _line(out, f"{kind}: {len(faults)}")
        for fault in faults:
            _line(out, f"  {fault}")


def _duplicates(out: Console, found: Audit) -> None:
    within = [names for names in found.duplicates.sets if names not in found.duplicates_across_cases]
    _heading(out, f"Sets of images that show the same frame, across cases: {len(found.duplicates_across_cases)}")
    for names in found.duplicates_across_cases:
        _line(out, ", ".join(f"{name} (TI-RADS {found.tirads[name]})" for name in names))
    _heading(out, f"and within one case: {len(within)}")
    for names in within:
        _line(out, ", ".join(names))
    _line(
        out,
        f"{len(found.duplicates.identical)} pairs have identical pixels, {len(found.duplicates.near)} nearly the same",
    )


def _conflicts(out: Console, found: Audit) -> None:
    _heading(out, f"Same frame, contradictory labels: {len(found.label_conflicts)}")
    for conflict in found.label_conflicts:
        _line(out, ", ".join(f"{name} (TI-RADS {tirads})" for name, tirads in conflict.tirads.items()))
        for policy, labels in conflict.labels.items():
            said = ", ".join(f"{name} {' and '.join(of_image) or 'no label'}" for name, of_image in labels.items())
            _line(out, f"  {policy}: {said}")


def _marks(out: Console, found: Audit) -> None:
    marked, images = len(found.marks.marks), len(found.marks.images)
    _heading(out, f"Coloured marks inside a RoI: {_share(marked, found.nodules)} nodules, {images} images")
    if marked:
        _line(out, "images: " + ", ".join(found.marks.images))
        table = _table("label policy", *(f"marked {kind}" for kind in ("benign", "malignant", "unlabelled")), *ODDS)
        for policy, result in found.marks_by_label.items():
            table.add_row(policy, *_association(result))
        out.print(table)
        _line(
            out, "Odds ratio: odds of a mark among malignant over those among benign nodules; p: Fisher's exact test."
        )
    if found.marks.areas:
        _line(out, f"Coloured areas (Doppler, tint; marks there are not seen): {', '.join(found.marks.areas)}")


def _association(found: Association) -> tuple[str, ...]:
    marked = (
        _share(found.marked_benign, found.marked_benign + found.unmarked_benign),
        _share(found.marked_malignant, found.marked_malignant + found.unmarked_malignant),
        _share(found.marked_unlabelled, found.marked_unlabelled + found.unmarked_unlabelled),
    )
    if math.isnan(found.p):
        return *marked, "undefined", "", ""
    return *marked, f"{found.odds_ratio:.2f}", f"{found.low:.2f} to {found.high:.2f}", f"{found.p:.3g}"


def _text(out: Console, found: Audit) -> None:
    outside = [text for text in found.text if text.outside]
    inside = [text for text in found.text if text.inside]
    _heading(out, "Burnt-in text")
    _line(out, f"outside the scan area: {_share(len(outside), found.images)} images")
    _line(out, f"inside the scan area: {_share(len(inside), found.images)} images")
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
