"""The rows of a study in the order of its report: under which conditions, who was tested, what recipe is usual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from isthmus.cross.protocols import HONEST, PROTOCOLS, Protocol, named
from isthmus.nodule import Label
from isthmus.recipe import PAPER, Recipe
from isthmus.study.compare import BFC
from isthmus.study.findings import Findings
from isthmus.study.grid import PAPERS_BACKBONE, cells
from isthmus.study.tables import Row

REPORTED = ("table4", "table3", "ablations")  # in the order of the report


@dataclass(frozen=True)
class Condition:
    """What a row was judged under: a protocol and a label policy."""

    protocol: str
    labels: str

    @property
    def rules(self) -> Protocol:
        """The protocol itself."""
        return named(self.protocol)


@dataclass(frozen=True)
class Counts:
    """Nodules tested, and the groups (patients, or blocks of images, joined by duplicates) that they come from."""

    n: int
    benign: int
    malignant: int
    groups: int


def condition_of(row: Row) -> Condition:
    """The protocol and labels of a row."""
    return Condition(row.entry.protocol, row.entry.labels)


def conditions(findings: Findings) -> tuple[Condition, ...]:
    """Every protocol and label policy of the study, the honest protocol first."""
    order, policies = list(PROTOCOLS), list(findings.ledger.data)
    every = {Condition(entry.protocol, entry.labels) for entry in findings.ledger.entries}

    def rank(one: Condition) -> tuple[int, int, str, str]:
        labels = policies.index(one.labels) if one.labels in policies else len(policies)
        return (order.index(one.protocol), labels, one.protocol, one.labels)

    return tuple(sorted(every, key=rank))


def protocols(findings: Findings) -> tuple[Protocol, ...]:
    """Every protocol of the study, the honest one first."""
    return tuple(findings.protocol(name) for name in dict.fromkeys(one.protocol for one in conditions(findings)))


def ordered(findings: Findings, table: str) -> tuple[Row, ...]:
    """A table's rows in the order of the grid, in whatever order they were run."""
    at = {tuple(cell.place[1:4]): number for number, cell in enumerate(cells(table, PAPER, ("",), ("",)))}
    return tuple(sorted(findings.tables.get(table, ()), key=lambda row: at.get(row.entry.place[1:4], len(at))))


def every_row(findings: Findings) -> tuple[Row, ...]:
    """All rows, Table 4's first."""
    return tuple(row for table in REPORTED for row in ordered(findings, table))


def counted(row: Row) -> Counts | None:
    """Who was tested in a row; None in an empty one."""
    if row.run is None:
        return None
    malignant = len({one.nodule for one in row.run.rows if one.label is Label.MALIGNANT})
    return Counts(row.n, row.n - malignant, malignant, len(set(row.run.groups)))


def most_tested(rows: Sequence[Row]) -> Counts | None:
    """The counts of the row with the most nodules; None where all rows are empty."""
    return max((counts for row in rows if (counts := counted(row))), key=lambda one: one.n, default=None)


def nodules_tested(findings: Findings) -> dict[str, Counts]:
    """The most nodules that any run tested, by label policy."""
    rows = every_row(findings)
    most = {labels: most_tested([row for row in rows if row.entry.labels == labels]) for labels in findings.ledger.data}
    return {labels: counts for labels, counts in most.items() if counts}


def headline(findings: Findings) -> dict[str, Row]:
    """The paper's best network under an honest protocol, the last of them, by label policy; where it is finished."""
    rows = [
        row for row in findings.tables.get("table4", ()) if row.run and row.entry.place[1:3] == (BFC, PAPERS_BACKBONE)
    ]
    return {row.entry.labels: row for one in HONEST for row in rows if row.entry.protocol == one.name}


def reference_rows(rows: Sequence[Row]) -> list[Row]:
    """The finished rows of the paper's backbone, whose settings are called usual; every finished row without one."""
    finished = [row for row in rows if row.run]
    return [row for row in finished if row.entry.backbone == PAPERS_BACKBONE] or finished


def base_recipe(findings: Findings) -> Recipe:
    """The commonest recipe of Table 4, with the paper's values in the fields that the table varies."""
    rows = reference_rows(findings.tables.get("table4", ())) or every_row(findings)
    recipes = [row.run.recipe for row in rows if row.run and row.run.recipe]
    papers = {field: PAPER.values[field] for field in ("crops", "backbone", "upsampling", "alpha", "omega")}
    every = Counter(one.changed(**papers) for one in recipes)
    return every.most_common(1)[0][0] if every else PAPER
