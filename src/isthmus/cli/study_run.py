"""The work of ``isthmus study``. It needs torch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from isthmus.cli import options
from isthmus.cli.learning import open_labelled
from isthmus.cli.talk import bar, note, stderr
from isthmus.data.labels import GIVEN, Classes
from isthmus.data.reading import DataSet
from isthmus.data.sources import SOURCES
from isthmus.errors import UsageError
from isthmus.recipe import Recipe
from isthmus.study import ledger as ledgers
from isthmus.study.findings import find, write_tables
from isthmus.study.grid import Cell, cells
from isthmus.study.jobs import Job, Outcome
from isthmus.study.reproduce import Design, asked, duplicates_of, reproduce, unfinished
from isthmus.study.run_folder import typed
from isthmus.study.workers import Tell, Workers, cores

BOTH_POLICIES = ("benign-2-3-4a", "benign-2-3")
POLL = 2.0  # seconds between two looks at the runs' folders


def run(
    *,
    what: str,
    root: Path,
    kind: str,
    to: Path,
    protocols: Sequence[str],
    policy: str | None,
    classes: Classes,
    recipe: Recipe,
    folds: int,
    quarters: int,
    only: tuple[str, ...],
    as_is: bool,
    jobs: int | None,
    backend: str,
    address: str,
    seed: int,
    skip_broken: bool,
    as_json: bool,
) -> int:
    """Does the runs that are left and writes tables and report; the exit code says whether a cell stays empty."""
    workers = Workers(jobs or cores(), backend, address)
    sets = _sets(kind, root, policy, classes, skip_broken)
    command = typed()
    ledger = ledgers.opened(to, sets.values(), command)
    wanted = asked(
        _chosen(what, recipe, protocols, sets, only),
        sets,
        recipe,
        Design(folds, quarters, seed),
        workers,
        to,
        duplicates_of(next(iter(sets.values())), to, bar),
        command,
    )
    left = unfinished(wanted)
    note(f"{len(wanted)} cells, {len({one.job.name for one in wanted})} runs, {len(left)} of them left to do.")
    with _watching([] if as_is else left) as tell:
        ledger = reproduce(wanted, ledger, to, workers, tell, train=not as_is)
    found = find(ledger, to, bar)
    write_tables(found, to)
    if as_json:
        options.print_json(found.as_json(what))
    return 1 if any(entry.why for entry in ledger.entries) else 0


def _sets(kind: str, root: Path, policy: str | None, classes: Classes, skip: bool) -> dict[str, DataSet]:
    policies: Sequence[str | None] = (policy,)
    if policy is None and kind in SOURCES and SOURCES[kind].policy != GIVEN:
        policies = BOTH_POLICIES
    sets = [open_labelled(kind, root, own, classes, skip) for own in policies]
    return {data.policy: data for data in sets}


def _chosen(
    what: str, recipe: Recipe, protocols: Sequence[str], sets: dict[str, DataSet], only: tuple[str, ...]
) -> list[Cell]:
    tables = {"claims": ("table3", "table4", "ablations"), "cases": ("table4",)}.get(what, (what,))
    chosen = [cell for table in tables for cell in cells(table, recipe, protocols, sets)]
    chosen = [cell for cell in chosen if all(text in str(cell) for text in only)]
    if not chosen:
        raise UsageError(f"no cell's name holds {' and '.join(map(repr, only))}", where="--only")
    return chosen


@contextlib.contextmanager
def _watching(jobs: Sequence[Job]) -> Iterator[Tell]:
    """Shows how many trainings are done, from what lies in the runs' folders: so it is the same for every backend."""
    total = sum(job.plan.parts for job in jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    stop, failed = threading.Event(), list[Outcome]()
    with Progress(*columns, console=stderr(), transient=True, disable=not stderr().is_terminal) as progress:
        task = progress.add_task("runs", total=total)

        def look() -> None:
            while not stop.wait(POLL):
                done = sum(len(list(job.folder.glob("folds/*/fold.json"))) for job in jobs)
                progress.update(task, completed=done, description=f"{done} of {total} trainings, {len(failed)} failed")

        def tell(outcome: Outcome) -> None:
            if outcome.why:
                failed.append(outcome)
            note(f"{outcome.name}: {outcome.why or 'finished'}")

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield tell
        finally:
            stop.set()
            watcher.join()
