"""A study's tables and verdicts on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.report.study_rows import protocols
from isthmus.report.terminal.lines import line, stdout
from isthmus.report.verdict_words import VerdictText, claim_texts
from isthmus.report.words import UNKNOWN, known, number
from isthmus.study import paper
from isthmus.study.findings import Findings
from isthmus.study.tables import Row

SHOWN = {"accuracy": "accuracy", "recall": "recall", "specificity": "specificity", "auc_within_folds": "AUC"}


def print_table(findings: Findings, table: str) -> None:
    """Prints the main metrics of a table with their intervals; the .csv has the rest. Empty cells say why."""
    drawn = Table("cell", "n", *SHOWN.values(), "paper's accuracy")
    for row in findings.tables[table]:
        entry = row.entry
        name = ", ".join(filter(None, (entry.architecture, entry.backbone, entry.setting)))
        metrics = [_cell(row.metrics[metric]) for metric in SHOWN] if row.run else [""] * len(SHOWN)
        title = f"{name}\n{entry.protocol}, {entry.labels}{f': {entry.why}' if entry.why else ''}"
        drawn.add_row(Text(title), str(row.n or UNKNOWN), *metrics, _paper(row), end_section=True)
    stdout.print(drawn)
    line(
        "95 % intervals by group: Wilson's at an effective n for proportions, the jackknife for the AUC of pairs "
        "that one network read.\n"
        f"{_protocols(findings)}\n{DISCLAIMER}"
    )


def print_claims(findings: Findings) -> None:
    """Prints each claim with its verdicts and the figures behind them."""
    for claim in claim_texts(findings):
        quote = claim.quote
        line(f"\n“{quote.text}” (Section {quote.where})\n  As it stands: {quote.reading}.")
        _print_verdicts(claim.as_it_stands)
        line(f"  Narrower: {claim.sentence} (Section {claim.where})")
        _print_verdicts(claim.verdicts)
    line(f"\n{_protocols(findings)}\n{DISCLAIMER}")


def _print_verdicts(verdicts: Sequence[VerdictText]) -> None:
    for verdict in verdicts:
        under = ", ".join(filter(None, (verdict.protocol, verdict.labels))) or "counted and measured"
        n = f"; n = {verdict.n}" if verdict.n else ""
        line(f"    {verdict.verdict.upper()} ({under}{n})")
        for figure in verdict.figures:
            line(f"      {figure}")
    if not verdicts:
        line("    NOT TESTED: no finished run")


def _protocols(findings: Findings) -> str:
    """What each protocol does, a line each."""
    return "\n".join(
        f"Protocol {one.name}: {one.description}{'; optimistic' if one.is_optimistic else ''}."
        for one in protocols(findings)
    )


def _cell(estimate: Estimate) -> str:
    if not known(estimate.value):
        return UNKNOWN
    # No blank in the interval: a narrow terminal would break it there.
    span = f"{number(estimate.low, 2)}–{number(estimate.high, 2)}"
    return f"{number(estimate.value, 2)}\n{span}"


def _paper(row: Row) -> str:
    return _cell(paper.metrics(row.paper)["accuracy"]) if row.paper else ""
