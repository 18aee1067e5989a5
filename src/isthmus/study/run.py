"""From cells to finished runs: each cell's run is named, done unless it is finished, and noted in the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus import files
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import Protocol, named
from isthmus.cross.run import Run
from isthmus.cross.stored import is_finished
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.dataset import DataSet
from isthmus.errors import IsthmusError
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe
from isthmus.study import ledger as ledgers
from isthmus.study.grid import Cell
from isthmus.study.jobs import WORKING, Job, Outcome, run_name
from isthmus.study.ledger import RUNS, Entry, Ledger
from isthmus.study.workers import Workers, perform_all

NOT_DONE = "not done yet"
Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Design:
    """What the protocols leave open: folds, or quarters of a 3:1 split that are tested in turn, repeats, the seed."""

    folds: int = 5
    quarters: int = 1
    seed: int = 0
    repeats: int = 1
    group_by: str | None = None  # what a group is; None: the protocol's default

    def plan(self, protocol: Protocol, recipe: Recipe) -> Plan:
        """A recipe's plan. What counts for another protocol only makes no other run of this one."""
        number = protocol.parts.name
        plan = Plan(recipe, protocol, repeats=self.repeats, seed=self.seed)
        return plan if number == "lists" else replace(plan, **{number: getattr(self, number)})


@dataclass(frozen=True)
class PlannedCell:
    """A cell with the job that fills it."""

    cell: Cell
    job: Job

    def entry(self, why: str = "") -> Entry:
        """What the ledger says of it."""
        return Entry(*self.cell.place, self.job.name, why)


def planned(
    cells: Iterable[Cell],
    sets: Mapping[str, DataSet],
    base: Recipe,
    design: Design,
    workers: Workers,
    to: Path,
    duplicates: Duplicates,
    command: str,
) -> list[PlannedCell]:
    """The job of every cell; cells that are the same run share a folder. ``sets`` are by label policy."""
    to, result = to.absolute(), list[PlannedCell]()  # as a cluster's workers start elsewhere
    for cell in cells:
        data, plan = sets[cell.labels], design.plan(named(cell.protocol, design.group_by), cell.recipe or base)
        baseline = "" if cell.recipe else cell.backbone
        job = Job(
            folder=to / RUNS / run_name(data, plan, baseline),
            data=data,
            plan=plan,
            baseline=baseline,
            duplicates=duplicates,
            rois=to / "rois",
            threads=workers.threads,
            parent=os.getpid() if workers.backend == "loky" else 0,
            command=command,
            device=workers.device,
        )
        result.append(PlannedCell(cell, job))
    return result


def duplicates_of(data: DataSet, to: Path, progress: Progress = silent, note: Note = unsaid) -> Duplicates:
    """The data set's duplicates, searched for once in a study's life. Raises StorageError."""
    path = to / "duplicates.json"
    duplicates = known_duplicates.load_or_find(path, data.images, progress, note)
    known_duplicates.save(duplicates, data.images, path)
    return duplicates


def pass_gate(cells: Iterable[PlannedCell], progress: Progress = silent, note: Note = unsaid) -> None:
    """Raises SplitError where a protocol's split of the data leaks; ``note`` gets what leaks where that is its point.

    A split that can't be made is left to the cells, which stay empty and say why.
    """
    for job in {(one.cell.labels, one.cell.protocol): one.job for one in cells}.values():
        try:
            run = Run.of(job.data, job.plan, job.duplicates, job.folder)
        except IsthmusError:
            continue
        if leaks := run.pass_gate(progress):
            note(leaks)


def unfinished(cells: Iterable[PlannedCell]) -> list[Job]:
    """The jobs that are left, each once."""
    jobs = {one.job.name: one.job for one in cells}
    return [job for job in jobs.values() if not is_finished(job.folder, job.plan.parts)]


def reproduce(
    cells: Sequence[PlannedCell],
    ledger: Ledger,
    to: Path,
    workers: Workers,
    tell: Tell = lambda outcome: None,
) -> Ledger:
    """Does what isn't finished, and notes in the ledger what fills each cell; the ledger is in ``to`` at any time.

    Raises UsageError where the workers can't be had, StorageError where the ledger can't be written.
    """
    files.make_folder(to / RUNS / WORKING)
    left = unfinished(cells)
    why = _reasons(ledger, left)
    ledger = _noted(ledger, cells, why, to)

    def done(outcome: Outcome) -> None:
        why[outcome.name] = outcome.why
        _noted(ledger, cells, why, to)
        tell(outcome)

    if left:
        perform_all(left, workers, done)
    return _noted(ledger, cells, why, to)


def as_is(cells: Sequence[PlannedCell], ledger: Ledger, note_gaps: bool) -> Ledger:
    """The ledger with the cells that are finished, and with ``note_gaps`` those that nothing was known of; unsaved."""
    left = unfinished(cells)
    missing, before = {job.name for job in left}, {entry.place for entry in ledger.entries}
    entries = [one for one in cells if one.job.name not in missing or (note_gaps and one.cell.place not in before)]
    why = _reasons(ledger, left)
    return ledger.with_entries(one.entry(why.get(one.job.name, "")) for one in entries)


def _reasons(ledger: Ledger, left: Iterable[Job]) -> dict[str, str]:
    """Why each job that is left isn't finished, as far as it is known."""
    earlier = {entry.run: entry.why for entry in ledger.entries}
    return {job.name: earlier.get(job.name) or NOT_DONE for job in left}


def _noted(ledger: Ledger, cells: Iterable[PlannedCell], why: Mapping[str, str], to: Path) -> Ledger:
    noted = ledger.with_entries(one.entry(why.get(one.job.name, "")) for one in cells)
    ledgers.save(noted, to)
    return noted
