"""The results of a study so far, from its finished runs: rows, costs, comparisons, prices, claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from isthmus.cross.protocols import PROTOCOLS, Protocol, named, recorded
from isthmus.nodule import DISCLAIMER
from isthmus.progress import Progress, silent
from isthmus.recipe import Recipe
from isthmus.study.claims import Claim, claims
from isthmus.study.compare import Comparison, families
from isthmus.study.costs import Cost, costs, network_name
from isthmus.study.grid import TABLES
from isthmus.study.leak import Price, prices
from isthmus.study.ledger import Ledger
from isthmus.study.predictions import write_predictions
from isthmus.study.tables import Row, as_record, rows, write_csv


@dataclass(frozen=True)
class Findings:
    """A study as it stands. ``tables`` are rows by table, empty where the ledger has none; ``costs`` by network."""

    ledger: Ledger
    tables: Mapping[str, tuple[Row, ...]]
    costs: Mapping[str, Cost]
    comparisons: tuple[Comparison, ...]
    prices: tuple[Price, ...]
    claims: tuple[Claim, ...]

    def cost(self, row: Row) -> Cost | None:
        """What the row's network costs; None for a baseline or an empty cell."""
        recipe = row.run.recipe if row.run else None
        return self.costs.get(network_name(recipe)) if recipe else None

    @property
    def seconds(self) -> float:
        """Seconds of training in all finished runs, each counted once, whatever went on beside them."""
        runs = {row.run.name: row.run for table in self.tables.values() for row in table if row.run}
        return sum(float(run.manifest.get("seconds") or 0) for run in runs.values())

    @property
    def protocols(self) -> dict[str, str]:
        """What each protocol of the study does."""
        names = {entry.protocol for entry in self.ledger.entries}
        return {name: self.protocol(name).description for name in PROTOCOLS if name in names}

    def protocol(self, name: str) -> Protocol:
        """A protocol of the study, with the groups that its runs were split by, in the words of the data."""
        runs = (row.run for table in self.tables.values() for row in table if row.run and row.entry.protocol == name)
        protocol = next((one for run in runs if (one := recorded(run.manifest.get("identity", {})))), named(name))
        return protocol.among(self.patients) if self.patients else protocol

    @cached_property
    def patients(self) -> dict[str, str]:
        """The patient of every image that any run tested."""
        runs = {row.run.name: row.run for table in self.tables.values() for row in table if row.run}
        return {row.image: row.patient for run in runs.values() for fold in run.folds for row in fold.rows}

    def as_json(self, table: str) -> dict[str, Any]:
        """A table, or the rows of Table 4 for the cases, JSON-ready."""
        rows = self.tables.get("table4" if table == "cases" else table, ())
        records = [as_record(row, self.costs) for row in rows]
        return {"table": table, "rows": records, "protocols": self.protocols, "disclaimer": DISCLAIMER}


def find(ledger: Ledger, to: Path, progress: Progress = silent) -> Findings:
    """Reads every run that the ledger names. Raises StorageError where costs, measured here, can't be stored."""
    tables = {table: rows(ledger, table, to) for table in TABLES}
    every = [row for table in tables.values() for row in table]
    recipes: list[Recipe] = [row.run.recipe for row in every if row.run and row.run.recipe]
    by_network = costs(recipes, to, progress)
    return Findings(
        ledger=ledger,
        tables=tables,
        costs=by_network,
        comparisons=families(tables["table4"]),
        prices=prices(tables["table4"]),
        claims=claims(tables, by_network),
    )


def write_tables(findings: Findings, to: Path) -> None:
    """Writes ``<table>.csv`` for every table with a row, and the predictions of all. Raises StorageError."""
    for table, every in findings.tables.items():
        if every:
            write_csv(to / f"{table}.csv", every, findings.costs)
    write_predictions((row.run for every in findings.tables.values() for row in every if row.run), to)
