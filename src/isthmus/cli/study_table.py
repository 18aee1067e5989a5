"""A study's tables and verdicts on stdout."""

from __future__ import annotations

from rich.table import Table

from isthmus.cli.tables import stdout
from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.study import paper
from isthmus.study.findings import Findings
from isthmus.study.tables import Row
from isthmus.study.wording import UNKNOWN, interval, known, number

SHOWN = ("accuracy", "precision", "recall", "f1", "auc", "specificity")


def print_table(found: Findings, table: str) -> None:
    """Prints a table: each metric with its interval, the paper's accuracy beside it; an empty cell with its reason."""
    drawn = Table("cell", "protocol", "labels", "n", *SHOWN, "paper's accuracy")
    for row in found.tables[table]:
        entry = row.entry
        name = ", ".join(filter(None, (entry.architecture, entry.backbone, entry.setting)))
        cells = [_cell(row.metrics[metric]) for metric in SHOWN] if row.run else [entry.why, *[""] * (len(SHOWN) - 1)]
        drawn.add_row(name, entry.protocol, entry.labels, str(row.n or UNKNOWN), *cells, _paper(row))
    stdout.print(drawn)
    stdout.print(
        "95 % intervals: Wilson's for proportions, a bootstrap of whole groups for AUC and F1. Protocol 'paper'\n"
        f"splits by image and chooses on the test images: optimistic.\n{DISCLAIMER}",
        markup=False,
    )


def print_claims(found: Findings) -> None:
    """Prints each claim with its verdicts and the figures behind them."""
    for claim in found.claims:
        stdout.print(f"\n{claim.sentence} ({claim.where})", markup=False)
        for verdict in claim.verdicts:
            under = ", ".join(filter(None, (verdict.protocol, verdict.labels))) or "counted and measured"
            stdout.print(
                f"  {verdict.verdict.upper()} ({under}{f'; n = {verdict.n}' if verdict.n else ''})", markup=False
            )
            for figure in verdict.figures:
                stdout.print(f"    {figure}", markup=False)
        if not claim.verdicts:
            stdout.print("  NOT TESTED: no finished run", markup=False)
    stdout.print(f"\n{DISCLAIMER}", markup=False)


def _cell(estimate: Estimate) -> str:
    if not known(estimate.value):
        return UNKNOWN
    return f"{number(estimate.value)} ({interval(estimate.low, estimate.high)})"


def _paper(row: Row) -> str:
    return _cell(paper.metrics(row.paper)["accuracy"]) if row.paper else ""
