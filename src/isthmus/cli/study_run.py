"""The work of ``isthmus study``. It needs torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus import files
from isthmus.cli import options
from isthmus.cli.bars import bar, runs
from isthmus.cli.talk import note, warn
from isthmus.cross.run_folder import command_line
from isthmus.data.dataset import DataSet
from isthmus.data.labels import GIVEN
from isthmus.data.sources import SOURCES
from isthmus.data.threads import cores
from isthmus.errors import UsageError
from isthmus.recipe import Recipe
from isthmus.recipes import refuse_overruled
from isthmus.report.case_sheet import png_data_uri, write_sheet
from isthmus.report.study_cases import Sheet, is_shown, sheets
from isthmus.report.study_page import markdown, page
from isthmus.report.terminal_study import print_claims, print_table
from isthmus.report.verdict_words import claims_record
from isthmus.report.words import DATA_SETS
from isthmus.study import ledger as ledgers
from isthmus.study.findings import Findings, find, write_tables
from isthmus.study.grid import TABLES, Cell, Knob, cells
from isthmus.study.ledger import Ledger
from isthmus.study.ready import refuse_late
from isthmus.study.run import Design, PlannedCell, as_is, duplicates_of, planned, reproduce, unfinished
from isthmus.study.workers import Workers

__all__ = ["Design", "Question", "Workers", "cores", "run"]  # what the verb needs of this side

BOTH_POLICIES = ("benign-2-3-4a", "benign-2-3")
SHEETS = "cases-*.png"  # where some were drawn once, they are drawn anew with every report


@dataclass(frozen=True)
class Question:
    """What is asked of a study: ``what`` is a table, "claims" or "cases"; ``only`` are texts that cells' names hold."""

    what: str
    recipe: Recipe
    protocols: Sequence[str]
    design: Design
    only: Sequence[str] = ()
    as_is: bool = False
    assignments: Sequence[str] = ()

    def cells(self, policies: Sequence[str]) -> list[Cell]:
        """The cells that are asked for. Raises UsageError where ``only`` leaves none."""
        tables = {"claims": TABLES, "cases": ("table4",)}.get(self.what, (self.what,))
        every = [cell for table in tables for cell in cells(table, self.recipe, self.protocols, policies)]
        if self.what == "cases":
            every = [cell for cell in every if is_shown(cell)]
        if self.what == "claims":
            every = [cell for cell in every if cell.table != "ablations" or cell.setting.startswith(Knob.WEIGHTS)]
        chosen = [cell for cell in every if all(text in str(cell) for text in self.only)]
        if not chosen:
            names = " and ".join(map(repr, self.only))
            raise UsageError(f"no cell's name holds {names}", where="--only", remedy=f"One is called {every[0]}.")
        return chosen


def run(
    question: Question,
    *,
    source: options.Source,
    to: Path,
    workers: Workers,
    as_json: bool,
) -> int:
    """Does the runs that are left and writes tables and report; 1 where a cell that was asked for stays empty."""
    ledgers.refuse_foreign(to)  # before a lock is laid in it
    asked_for = question.cells([own or GIVEN for own in _policies(source)])
    recipes = [cell.recipe for cell in asked_for if cell.recipe]
    if recipes:
        refuse_overruled(question.recipe, question.assignments, recipes, f"the cells of {question.what}")
    if not question.as_is:
        refuse_late(asked_for, workers, warn)
    with ledgers.alone(to, question.as_is) as own:
        sets = _sets(source)
        chosen = question.cells(tuple(sets))
        ledger = ledgers.opened(to, sets.values(), command_line())
        if own:
            ledgers.save(ledger, to)  # before anything else lies there, so that the folder is known for a study
        duplicates = duplicates_of(next(iter(sets.values())), to, bar, warn)
        wanted = planned(chosen, sets, question.recipe, question.design, workers, to, duplicates, command_line())
        if question.as_is:
            ledger = as_is(wanted, ledger, question.what in TABLES)
            if own:
                ledgers.save(ledger, to)
        else:
            ledger = _train(wanted, ledger, to, workers)
    found = find(ledger, to, bar)
    shown = question.what == "cases" or any(to.glob(SHEETS))
    drawn = sheets(found.tables["table4"], sets, question.design.seed) if shown else []
    _write(found, drawn, to)
    _say(question.what, found, to, as_json)
    filled = {row.entry.place for table in found.tables.values() for row in table if row.run is not None}
    return _exit_code([one.cell for one in wanted], filled)


def _exit_code(wanted: Sequence[Cell], filled: Collection[tuple[str, ...]]) -> int:
    """1, saying so, where a cell that was asked for is empty; else 0."""
    empty = [cell for cell in wanted if cell.place not in filled]
    if not empty:
        return 0
    told = f"{len(empty)} of {len(wanted)} cells have no finished run, the first is {empty[0]}"
    note(f"isthmus: {told}." if filled else "isthmus: nothing is finished in this study yet.")
    return 1


def _train(wanted: Sequence[PlannedCell], ledger: Ledger, to: Path, workers: Workers) -> Ledger:
    left = unfinished(wanted)
    note(f"{len(wanted)} cells are {len({one.job.name for one in wanted})} runs, {len(left)} of them to be done.")
    with runs(left, {one.job.name: str(one.cell) for one in reversed(wanted)}) as tell:
        return reproduce(wanted, ledger, to, workers, tell)


def _sets(source: options.Source) -> dict[str, DataSet]:
    """The data set under the policy of the command line, else, without labels of its own, under the two usual ones."""
    sets = [replace(source, policy=policy).open_labelled() for policy in _policies(source)]
    return {data.policy: data for data in sets}


def _policies(source: options.Source) -> Sequence[str | None]:
    both = source.policy is None and source.kind in SOURCES and SOURCES[source.kind].policy != GIVEN
    return BOTH_POLICIES if both else (source.policy,)


def _write(found: Findings, drawn: Sequence[Sheet], to: Path) -> None:
    data_set = DATA_SETS.get(found.ledger.kind, found.ledger.kind)
    write_tables(found, to)
    files.write_text(to / "claims.json", files.json_text(claims_record(found), indent=1) + "\n")
    for sheet in drawn:
        write_sheet(sheet.figure, to / f"{sheet.name}.png")
    shown = {sheet.title: png_data_uri(sheet.figure) for sheet in drawn}
    files.write_text(to / "report.html", page(found, shown, data_set))
    files.write_text(to / "report.md", markdown(found, data_set))


def _say(what: str, found: Findings, to: Path, as_json: bool) -> None:
    if as_json:
        options.print_json(claims_record(found) if what == "claims" else found.as_json(what))
    elif what == "claims":
        print_claims(found)
    elif what in TABLES:
        print_table(found, what)
    note(f"Written to {to}: report.html, report.md, claims.json, predictions.csv.gz and a .csv a table.")
