"""Models beside each other on the terminal."""

from __future__ import annotations

import math

from rich.table import Table

from isthmus.judge.intervals import Estimate
from isthmus.judge.pairs import Comparison, Pair, Standing
from isthmus.nodule import DISCLAIMER
from isthmus.report.terminal.lines import line, stdout


def print_comparison(result: Comparison, about: str = "") -> None:
    """Prints each model with its figures, and each pair with its differences, intervals and p-values.

    ``about`` goes behind the number of groups.
    """
    table = Table("model", "metric", "value", "95 % interval", "n")
    for one in result.contenders:
        for at, (name, estimate) in enumerate(_metrics(one)):
            table.add_row("" if at else one.name, name, *_cells(estimate), str(estimate.n or "-"))
    stdout.print(table)
    pairs = Table("first less second", "value", "95 % interval", "p", "Holm")
    for pair in result.pairs:
        pairs.add_row(f"{pair.first} - {pair.second}")
        for row in _rows(pair):
            pairs.add_row(*row)
        pairs.add_section()
    stdout.print(pairs)
    line(
        f"{result.n} nodules in {result.groups} groups{about}: {result.benign} benign, {result.malignant} malignant.\n"
        "Above 0 the first is better. AUC: DeLong by groups, and below it the bootstrap of groups (BCa).\n"
        "Right alone: nodules that only the first : only the second calls correctly; exact McNemar by groups.\n"
        "NRI: net reclassification from the second to the first, the sum of both classes. "
        f"Holm: corrected for {len(result.pairs)} {'pair' if len(result.pairs) == 1 else 'pairs'}.\n"
        f"{DISCLAIMER}"
    )
    for warning in result.warnings:
        line(f"Warning: {warning}.")


def _metrics(one: Standing) -> tuple[tuple[str, Estimate], ...]:
    at = f" from {one.threshold}" if one.threshold else ""
    return ("AUC", one.auc), (f"sensitivity{at}", one.sensitivity), (f"specificity{at}", one.specificity)


def _rows(pair: Pair) -> list[tuple[str, str, str, str, str]]:
    rows = [
        ("  AUC", *_cells(pair.auc, "+"), _p(pair.auc_p), _p(pair.auc_holm)),
        ("    bootstrap", *_cells(pair.bootstrap, "+"), "", ""),
    ]
    if pair.mcnemar is None or pair.nri is None:
        return [*rows, ("  right alone, NRI", "-", pair.reason, "", "")]
    counts = f"{pair.mcnemar.only_first} : {pair.mcnemar.only_second}"
    return [
        *rows,
        ("  right alone", counts, f"of {pair.mcnemar.n}", _p(pair.mcnemar.p_value), _p(pair.mcnemar_holm)),
        ("  NRI", *_cells(pair.nri.nri, "+"), _p(pair.nri.p_value), ""),
        ("    malignant", *_cells(pair.nri.malignant, "+"), "", ""),
        ("    benign", *_cells(pair.nri.benign, "+"), "", ""),
    ]


def _cells(one: Estimate, sign: str = "") -> tuple[str, str]:
    if math.isnan(one.value):
        return "-", one.method
    return f"{one.value:{sign}.3f}", one.method if math.isnan(
        one.low
    ) else f"{one.low:{sign}.3f} to {one.high:{sign}.3f}"


def _p(value: float) -> str:
    return "-" if math.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
