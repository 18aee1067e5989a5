"""The section of the report on other predictions of the same nodules."""

from __future__ import annotations

from isthmus.evidence.beside import Others
from isthmus.judge.pairs import Pair
from isthmus.report.evidence.content import Listing, Section
from isthmus.report.evidence.tables import cell
from isthmus.report.table import Column, Letters, Line, Table, line
from isthmus.report.words import UNKNOWN, count, p_value, some


def others_section(others: Others) -> Section:
    """Each model alone, and every pair."""
    one = others.compared.comparison
    left = [f"{some(number, 'nodule')} of {name}" for name, number in others.as_json()["left_out"].items() if number]
    text = (
        f"On the {some(one.n, 'nodule')} that all files have, in {some(one.groups, 'group')}; malignant is P ≥ 0.5. "
        f"p-values are corrected by Holm for {some(len(one.pairs), 'pair')}."
    )
    rest = (f"Without a part in it: {', '.join(left)}.",) if left else ()
    alone, pairs = Letters(), Letters()
    models = tuple(
        line(each.name, *(cell(metric, alone) for metric in (each.auc, each.sensitivity, each.specificity)))
        for each in one.contenders
    )
    estimates = tuple(Column(title, "estimate") for title in ("AUC", "Sensitivity", "Specificity"))
    differences = Table(
        (
            Column("First less second", "text"),
            *(Column(title, "estimate") for title in ("AUC, DeLong", "AUC, bootstrap")),
            Column("p, AUC"),
            Column("Right alone"),
            Column("p, McNemar"),
            Column("NRI", "estimate"),
        ),
        {"": tuple(_pair(each, pairs) for each in one.pairs)},
        pairs.notes,
    )
    table = Table((Column("Model", "text"), *estimates), {"": models}, alone.notes)
    return Section(
        "Beside other predictions",
        (text, *rest),
        (),
        (
            Listing("Models", "Value, 95 % interval, n.", table),
            Listing(
                "Pairs", "Above 0 the first is better. Right alone: nodules that one of the two has right.", differences
            ),
        ),
    )


def _pair(one: Pair, letters: Letters) -> Line:
    first = line(f"{one.first} − {one.second}", cell(one.auc, letters), cell(one.bootstrap, letters), _p(one.auc_holm))
    if not (one.mcnemar and one.nri):
        return line(*first.cells, one.reason)
    counts = f"{count(one.mcnemar.only_first)} : {count(one.mcnemar.only_second)}"
    return line(*first.cells, counts, _p(one.mcnemar_holm), cell(one.nri.nri, letters))


def _p(value: float) -> str:
    return p_value(value).removeprefix("= ") if value == value else UNKNOWN
