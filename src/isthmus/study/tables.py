"""Finished runs as rows: ours beside the paper's, each metric with its interval; and the rows as CSV."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus import files
from isthmus.cross.protocols import named
from isthmus.cross.stored import Stored, load
from isthmus.errors import DataError
from isthmus.judge.delong import area_within, auc_within
from isthmus.judge.intervals import Estimate, mean_of_repeats
from isthmus.judge.metrics import Confusion, confusion
from isthmus.judge.scorecard import scorecard
from isthmus.study import paper
from isthmus.study.costs import Cost, network_name
from isthmus.study.ledger import RUNS, Entry, Ledger

WITHIN = "auc_within_folds"
METRICS = ("accuracy", "precision", "recall", "f1", "auc", WITHIN, "specificity")
PAPERS = ("accuracy", "precision", "recall", "f1")  # the four that the paper prints


@dataclass(frozen=True)
class Row:
    """A cell of a table, filled; ``run`` is None, and ``entry.why`` says why, where it stays empty.

    ``metrics`` are at each fold's operating point. ``auc`` is over all test nodules, ``auc_within_folds`` over the
    pairs read by one network: what networks are compared by. Over several repeats every other value and bound is the
    repeats' mean, ``n`` counts nodules, ``confusion`` readings, and ``within_repeats`` are the AUCs within folds of
    each. ``paper`` is the matrix behind the paper's figures in the same cell, None where it has none.
    """

    entry: Entry
    run: Stored | None
    metrics: Mapping[str, Estimate]
    confusion: Confusion | None
    paper: Confusion | None
    n: int
    within_repeats: tuple[float, ...] = ()

    @property
    def deviation(self) -> float:
        """Standard deviation of the AUC within folds from repeat to repeat; nan for fewer than two."""
        defined = len(self.within_repeats) > 1 and not any(map(math.isnan, self.within_repeats))
        return statistics.stdev(self.within_repeats) if defined else math.nan

    @property
    def epochs(self) -> float:
        """Epochs of a training, the folds' mean; nan for what isn't trained by epochs."""
        if self.run is None or not self.run.history:
            return math.nan
        return len(self.run.history) / len(self.run.folds)

    @property
    def kept(self) -> tuple[int, ...]:
        """The epoch that was chosen in each fold; empty for what isn't trained by epochs."""
        return tuple(fold.epoch for fold in self.run.folds) if self.run and self.run.history else ()

    @property
    def seconds_per_epoch(self) -> float:
        """Mean over all folds' epochs, validation included; nan for what isn't trained by epochs."""
        if self.run is None or not self.run.history:
            return math.nan
        return math.fsum(epoch.seconds for epoch in self.run.history) / len(self.run.history)


def rows(ledger: Ledger, table: str, to: Path) -> tuple[Row, ...]:
    """A row for every entry of the table. A run that can't be read whole leaves its cell empty, with the reason."""
    return tuple(_row(entry, to) for entry in ledger.of(table))


def _row(entry: Entry, to: Path) -> Row:
    try:
        run = load(to / RUNS / entry.run)
    except DataError as error:
        why = entry.why or str(error)
        printed = paper.confusion_of(entry.table, entry.model)
        return Row(replace(entry, why=why), None, {}, None, printed, 0)
    # A ledger of before may call by-image ``paper``; the run says which of the two it was.
    return filled(replace(entry, protocol=run.manifest["identity"]["protocol"]), run)


def filled(entry: Entry, run: Stored) -> Row:
    """The row of a run that is there."""
    each = [run.repeat(number) for number in range(run.repeats)]
    decided = [scorecard(one.labels, one.verdicts, one.groups) for one in each]
    ranked = [scorecard(one.labels, one.probabilities, one.groups).metrics["auc"] for one in each]
    values = {
        **{name: mean_of_repeats([card.metrics[name] for card in decided]) for name in decided[0].metrics},
        "auc": mean_of_repeats(ranked),
        WITHIN: auc_within(run.labels, run.probabilities, run.strata, run.groups),
    }
    return Row(
        entry=replace(entry, why=""),
        run=run,
        metrics={name: values[name] for name in METRICS},
        confusion=confusion(run.labels, run.verdicts),
        paper=paper.confusion_of(entry.table, entry.model),
        n=len({row.nodule for row in run.rows}),
        within_repeats=tuple(area_within(one.labels, one.probabilities, one.strata) for one in each),
    )


def write_csv(path: Path, every: Iterable[Row], costs: Mapping[str, Cost]) -> None:
    """Writes rows as CSV, whole or not at all; what is unknown is empty. Raises StorageError."""
    lines = [as_record(row, costs) for row in every]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    files.write_text(path, text.getvalue())


COLUMNS: Sequence[str] = (
    *("architecture", "backbone", "protocol", "labels"),
    *(name + end for name in METRICS for end in ("", "_low", "_high")),
    *(f"paper_{name}{end}" for name in PAPERS for end in ("", "_low", "_high")),
    *("parameters", "multiply_adds", "seconds_per_epoch", "ms_per_image", "n", "epochs"),
    *(
        "setting",
        "size",
        "epochs_kept",
        "groups",
        "repeats",
        f"{WITHIN}_deviation",
        "tp",
        "fp",
        "tn",
        "fn",
        "run",
        "why",
        "split_by",
        "chosen_on",
    ),
)


def as_record(row: Row, costs: Mapping[str, Cost]) -> dict[str, object]:
    """The row by column; floats with six digits, "" for what is unknown or undefined."""
    recipe = row.run.recipe if row.run else None
    cost = costs.get(network_name(recipe)) if recipe else None
    record: dict[str, object] = dict.fromkeys(COLUMNS, "")
    record |= {name: getattr(row.entry, name) for name in ("architecture", "backbone", "protocol", "labels", "setting")}
    record |= _estimates(row.metrics, "", METRICS)
    if row.paper:
        record |= _estimates(paper.metrics(row.paper), "paper_", PAPERS)
    if cost:
        record |= {name: getattr(cost, name) for name in ("parameters", "multiply_adds")}
        record["ms_per_image"] = _cell(cost.ms_per_image)
    if row.confusion:
        record |= {name: getattr(row.confusion, name) for name in ("tp", "fp", "tn", "fn")}
    protocol = named(row.entry.protocol)
    return record | {
        "split_by": protocol.unit.name,
        "chosen_on": protocol.chooses_on,
        "seconds_per_epoch": _cell(row.seconds_per_epoch),
        "epochs": _cell(row.epochs),
        "n": row.n or "",
        "epochs_kept": " ".join(map(str, row.kept)),
        "groups": len(set(row.run.groups)) if row.run else "",
        "repeats": row.run.repeats if row.run else "",
        f"{WITHIN}_deviation": _cell(row.deviation),
        "size": recipe.preparation.size if recipe else "",
        "run": row.entry.run,
        "why": row.entry.why,
    }


def _estimates(metrics: Mapping[str, Estimate], prefix: str, names: Iterable[str]) -> dict[str, object]:
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {
        f"{prefix}{name}{end}": _cell(getattr(metrics[name], part))
        for name in names
        if name in metrics
        for end, part in ends.items()
    }


def _cell(value: float) -> object:
    return "" if math.isnan(value) else float(f"{value:.6g}")
