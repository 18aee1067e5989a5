"""A question to a study, and its answer: the cells that it needs, the runs that are left, and what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from isthmus.cross.run_folder import command_line
from isthmus.data.dataset import DataSet
from isthmus.data.labels import GIVEN
from isthmus.errors import UsageError
from isthmus.progress import Note, Progress
from isthmus.recipe import Recipe
from isthmus.recipes import refuse_overruled
from isthmus.study import ledger as ledgers
from isthmus.study.compare import BFC
from isthmus.study.findings import Findings, find
from isthmus.study.grid import PAPERS_BACKBONE, TABLES, Cell, Knob, cells
from isthmus.study.jobs import Job
from isthmus.study.ready import refuse_late
from isthmus.study.run import Design, as_is, duplicates_of, pass_gate, planned, reproduce, unfinished
from isthmus.study.workers import Tell, Workers

Watch = Callable[[Sequence[Job], Mapping[str, str]], AbstractContextManager[Tell]]  # jobs, cells by run -> Tell


@dataclass(frozen=True)
class Question:
    """What a study is to answer: ``what`` is a table, "claims" or "cases"; ``only`` are texts in cells' names.

    ``assignments`` are the name=value texts that made the recipe; ``as_is`` trains nothing.
    """

    what: str
    recipe: Recipe
    protocols: Sequence[str]
    design: Design
    only: Sequence[str] = ()
    as_is: bool = False
    assignments: Sequence[str] = ()

    def cells(self, policies: Sequence[str]) -> list[Cell]:
        """The cells that answer it. Raises UsageError where ``only`` leaves none."""
        tables = {"claims": TABLES, "cases": ("table4",)}.get(self.what, (self.what,))
        every = [cell for table in tables for cell in cells(table, self.recipe, self.protocols, policies)]
        if self.what == "cases":  # the network of Fig. 9
            every = [cell for cell in every if (cell.architecture, cell.backbone) == (BFC, PAPERS_BACKBONE)]
        if self.what == "claims":
            every = [cell for cell in every if cell.table != "ablations" or cell.setting.startswith(Knob.WEIGHTS)]
        chosen = [cell for cell in every if all(text in str(cell) for text in self.only)]
        if not chosen:
            names = " and ".join(map(repr, self.only))
            raise UsageError(f"no cell's name holds {names}", where="--only", remedy=f"One is called {every[0]}.")
        return chosen


@dataclass(frozen=True, eq=False)
class Answer:
    """The findings of the study, its data sets by label policy, and the cells that the question needs."""

    findings: Findings
    sets: Mapping[str, DataSet]
    cells: Sequence[Cell]

    @property
    def empty(self) -> list[Cell]:
        """The cells without a finished run."""
        return [cell for cell in self.cells if cell.place not in self._filled]

    @property
    def is_begun(self) -> bool:
        """Whether any run of the study is finished."""
        return bool(self._filled)

    @property
    def _filled(self) -> set[tuple[str, ...]]:
        rows = [row for table in self.findings.tables.values() for row in table]
        return {row.entry.place for row in rows if row.run is not None}


def answer(
    question: Question,
    policies: Sequence[str | None],
    open_data: Callable[[str | None], DataSet],
    to: Path,
    workers: Workers,
    watch: Watch,
    progress: Progress,
    note: Note,
) -> Answer:
    """Does the runs that are left in the study's folder ``to`` and gathers its findings.

    ``open_data`` opens the data set under a label policy, None for its own labels. Raises UsageError, RecipeError,
    before anything is read, for what can't be done here; SplitError where a split leaks; StorageError.
    """
    ledgers.refuse_foreign(to)  # before a lock is laid in it
    expected = question.cells([policy or GIVEN for policy in policies])
    recipes = [cell.recipe for cell in expected if cell.recipe]
    if recipes:
        refuse_overruled(question.recipe, question.assignments, recipes, f"the cells of {question.what}")
    if not question.as_is:
        refuse_late(expected, workers, note)
    with ledgers.alone(to, question.as_is) as writes:
        sets = {data.policy: data for data in map(open_data, policies)}
        ledger = ledgers.open_ledger(to, sets.values(), command_line())
        if writes:
            ledgers.save(ledger, to)  # first of all, so that the folder can be recognised as a study's
        duplicates = duplicates_of(next(iter(sets.values())), to, progress, note)
        chosen = question.cells(tuple(sets))
        wanted = planned(chosen, sets, question.recipe, question.design, workers, to, duplicates, command_line())
        if not question.as_is:
            pass_gate(wanted, progress, note)
        if question.as_is:
            ledger = as_is(wanted, ledger, question.what in TABLES)
            if writes:
                ledgers.save(ledger, to)
        else:
            left, names = unfinished(wanted), {one.job.name: str(one.cell) for one in reversed(wanted)}
            note(f"{len(wanted)} cells are {len(names)} runs, {len(left)} of them to be done")
            with watch(left, names) as tell:
                ledger = reproduce(wanted, ledger, to, workers, tell)
    return Answer(find(ledger, to, progress), sets, [one.cell for one in wanted])
