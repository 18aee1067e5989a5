"""What a data set tells beside the predictions: its section of the report, and biopsies beside the rule of sizes."""

from __future__ import annotations

from isthmus.evidence.inspection import NO_AUDIT, Inspection
from isthmus.evidence.judged import Evidence
from isthmus.judge.usefulness.size_rule import BIOPSY_FROM, NAME
from isthmus.report.evidence import plain_words
from isthmus.report.evidence.content import Listing, Section
from isthmus.report.evidence.forms.data_answers import data_answers
from isthmus.report.table import Column, Table, line
from isthmus.report.words import count, known

TITLES = {
    "data_set": "Data set",
    "data": "Fingerprint",
    "policy": "Label policy",
    "who": "Patients",
    "faults": "Faults, by kind",
    "duplicates": "Duplicates",
    "conflicts": "Contradictory labels",
    "between_sides": "Sides of a split",
    "order": "Order of files",
    "marks": "Marks",
}


def data_section(inspection: Inspection) -> Section:
    """What `isthmus look` finds in the data set."""
    lines = tuple(line(TITLES[key], value) for key, value, _ in data_answers(inspection) if value)
    left_out = () if inspection.audit else (f"The audit of the data set was {NO_AUDIT}.",)
    table = Table((Column("", "text"), Column("Found", "text")), {"": lines})
    return Section("The data set", left_out, (), (Listing("Audit", "What isthmus look finds in the data set.", table),))


def beside_sizes(evidence: Evidence) -> str:
    """Biopsies of the model and by the rule of sizes, in sentences, or why they aren't known."""
    one, reason = evidence.sizes
    levels = ", ".join(f"TR{level} from {least:g} mm" for level, least in BIOPSY_FROM.items())
    if one is None:
        return f"Biopsies beside the sizes of {NAME} aren't known: {reason}."
    told = (
        f"Beside the sizes of {NAME} (biopsy of {levels}), on the {count(one.n)} nodules of which level and size are "
        f"known, {count(one.malignant)} of them malignant: the rule biopsies {count(one.by_rule)} and finds "
        f"{count(one.cancers_by_rule)} cancers, the model, at the operating point for 95 % sensitivity, "
        f"{count(one.by_model)} and {count(one.cancers_by_model)}. It spares a biopsy in "
        f"{plain_words.percent(one.spared)} of nodules, and misses {plain_words.percent(one.missed)} more of cancers."
    )
    ratio = one.spared_per_missed
    return f"{told} Biopsies spared for each cancer missed: {plain_words.plain(ratio)}." if known(ratio.value) else told
