"""What the audit of a data set answers of a form, by key: each a value, and where it comes from."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator

from isthmus.data.audit.audit import Audit
from isthmus.evidence.inspection import Inspection
from isthmus.judge.intervals import Estimate
from isthmus.report.evidence import plain_words
from isthmus.report.words import count, known, number, some

DATA, LOOK = "metrics.json, data", "metrics.json, data.audit; isthmus look"


def data_answers(inspection: Inspection) -> Iterator[tuple[str, str, str]]:
    """Key, value and source of everything that the data set, and its audit if there is one, tells."""
    match = inspection.match
    there = f"{match.data.root.name}, kind {match.data.kind}: {some(len(match.data.images), 'picture')}, "
    there += f"{some(len(match.data.nodules), 'nodule')}, {count(len(match.data.labelled))} with a label"
    yield "data_set", f"{there}; {count(len(match.nodules))} of the {count(match.tested)} judged are among them", DATA
    yield "data", match.data.fingerprint(), DATA
    yield "policy", match.data.policy, DATA
    yield "who", _who(inspection), DATA
    if inspection.audit:
        yield from _audit(inspection.audit)


def _who(inspection: Inspection) -> str:
    """Age and sex of the nodules judged, as far as they are known."""
    nodules = inspection.match.nodules
    ages = [nodule.age for nodule in nodules if nodule.age is not None]
    sexes = Counter(nodule.sex for nodule in nodules if nodule.sex)
    parts = []
    if ages:
        middle = number(statistics.median(ages), 0)
        parts.append(f"age median {middle}, {min(ages)} to {max(ages)} (n = {count(len(ages))})")
    if sexes:
        told = ", ".join(f"{name} {count(each)}" for name, each in sorted(sexes.items()))
        parts.append(f"sex {told} (n = {count(sexes.total())})")
    return "; ".join(parts) + ", by nodule" if parts else ""


def _audit(audit: Audit) -> Iterator[tuple[str, str, str]]:
    faults = Counter(fault.kind for fault in audit.faults)
    told = ", ".join(f"{kind} {count(each)}" for kind, each in faults.most_common())
    yield "faults", told or f"none in {some(audit.images, 'picture')}", LOOK
    pairs, near = audit.duplicates.identical, audit.duplicates.near
    across = f"; {some(len(audit.duplicates_across_cases), 'set')} across patients" if audit.names_patients else ""
    told = f"{some(len(pairs), 'pair')} with identical pixels, {count(len(near))} of one frame{across}"
    yield "duplicates", f"{told} (n = {some(audit.images, 'picture')})", LOOK
    conflicts = f"{count(len(audit.label_conflicts))} of {some(len(audit.duplicates.sets), 'set')} of duplicates"
    yield "conflicts", conflicts, LOOK
    yield "between_sides", _sides(audit), LOOK
    yield "order", _order(audit), LOOK
    yield "marks", _marks(audit), LOOK


def _sides(audit: Audit) -> str:
    if audit.split_leaks is None:
        patients = f"{some(audit.patients, 'patient')}" if audit.names_patients else "no patient is named"
        return (
            f"no list of the authors names the sides; {patients}, {some(audit.groups, 'group')} with duplicates joined"
        )
    one = audit.split_leaks.test
    return (
        f"of {count(one.n)} test pictures of the authors' lists {count(one.duplicates)} have a duplicate and "
        f"{count(one.neighbours)} a neighbour in file order among {count(one.training)} for training"
    )


def _order(audit: Audit) -> str:
    one = audit.order_of_patients or audit.order
    between = "patients" if audit.order_of_patients else "pictures"
    reach = one.likeness.up_to
    alike = f"look alike more often than chance up to distance {reach}" if reach else "look no more alike than chance"
    auc = one.neighbour_auc
    told = f"neighbours of different {between} {alike}"
    if not known(auc.value):
        return told
    return f"{told}; AUC of a label guessed from {one.neighbours} neighbours on each side: {plain_words.plain(auc)}"


def _marks(audit: Audit) -> str:
    one = audit.calipers
    return f"calipers in {count(one.rois)} of {some(one.n, 'RoI')}; odds ratio with malignant {_odds(one.odds_ratio)}"


def _odds(one: Estimate) -> str:
    n = f"n = {count(one.n or 0)}"
    if not known(one.value):
        return f"undefined ({n})"
    return f"{number(one.value, 2)} ({number(one.low, 2)} to {number(one.high, 2)}; {n})"
