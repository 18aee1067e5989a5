"""The section on the model's input gate."""

from __future__ import annotations

from isthmus.evidence.pictured.gated import Gated
from isthmus.infer.gate.gate import REASONS
from isthmus.report.evidence.content import Listing, Section
from isthmus.report.evidence.tables import cell
from isthmus.report.table import Column, Letters, Table, line

TITLE = "The input gate"
WHOLE = {"all": "Refused, of all nodules", "benign": "of benign ones", "malignant": "of malignant ones"}
RANKED = {"all": "AUC of all nodules", "accepted": "AUC of the nodules accepted"}


def section(gated: Gated) -> Section:
    """How many nodules the gate refuses, and why."""
    if gated.reason:
        return Section(TITLE, (f"There are no figures: {gated.reason}.",))
    text = (
        f"The model carries a gate that recognises what is no nodule in ultrasound ({gated.about}). The pictures here "
        "are taken to be of nodules, so that what it refuses is a false alarm, or a picture that needs a look. A "
        "nodule refused for several reasons counts for each."
    )
    return Section(TITLE, (text,), (), (Listing("What the gate refuses", "Value, 95 % interval, n.", table(gated)),))


def table(gated: Gated) -> Table:
    """A line for each share and AUC."""
    letters = Letters()
    lines = (
        *(line(title, cell(gated.refused[name], letters)) for name, title in WHOLE.items()),
        *(line(f"as {REASONS[name]}", cell(one, letters)) for name, one in gated.reasons.items()),
        *(line(title, cell(gated.auc[name], letters)) for name, title in RANKED.items()),
    )
    return Table((Column("", "text"), Column("Value", "estimate")), {"": lines}, letters.notes)
