"""``isthmus tirads``: points, level and advice from what a reader sees, for one nodule or a file of gradings."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.bars import count
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over
from isthmus.errors import DataError, UsageError
from isthmus.nodule import DISCLAIMER
from isthmus.tirads.descriptors import COLUMNS, DESCRIPTORS
from isthmus.tirads.names import DEFAULT, SYSTEMS

if TYPE_CHECKING:
    from isthmus.data.tables import Row, Table
    from isthmus.tirads.assessment import Assessment

ADDED = ("system", "points", "level", "advice", "inconsistent")


def _of(name: str) -> str:
    return f"One of {', '.join(DESCRIPTORS[name])}."


@click.command()
@click.argument("grades", metavar="[GRADES.csv]", required=False, type=click.Path(path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), help=f"Write GRADES.csv with the columns {', '.join(ADDED)}.")
@click.option(
    "--system",
    type=click.Choice(list(SYSTEMS), case_sensitive=False),
    default=DEFAULT,
    show_default=True,
    help="The system and its year.",
)
@click.option("--composition", metavar="WORD", help=_of("composition"))
@click.option("--echogenicity", metavar="WORD", help=_of("echogenicity"))
@click.option("--shape", metavar="WORD", help=_of("shape"))
@click.option("--margin", metavar="WORD", help=_of("margin"))
@click.option("--foci", metavar="WORD", multiple=True, help=f"{_of('foci')} Repeat it for several.")
@click.option("--size-cm", metavar="CM", help="Largest diameter in cm, for the advice; it is not rounded.")
@options.as_json
def tirads(
    grades: Path | None,
    to: Path | None,
    system: str,
    composition: str | None,
    echogenicity: str | None,
    shape: str | None,
    margin: str | None,
    foci: tuple[str, ...],
    size_cm: str | None,
    as_json: bool,
) -> None:
    """Say points, level and advice of TI-RADS for a nodule, or for each row of GRADES.csv.

    GRADES.csv has the columns composition, echogenicity, shape, margin, foci (several parted by ;) and, for the advice,
    size_cm. A row whose answers don't fit together is flagged in the column inconsistent.

    A level needs all five answers. What doesn't fit together is said.
    """
    answers = dict(zip(COLUMNS, (composition, echogenicity, shape, margin, ";".join(foci), size_cm), strict=True))
    given = {name: text for name, text in answers.items() if text}
    if grades is None:
        if to is not None or not given:
            raise UsageError("names no nodule", remedy="Give --composition and the others, or GRADES.csv with --to.")
        findings, unknown = work.tirads_descriptors.read(given)
        if unknown:
            raise UsageError("; ".join(unknown).rstrip("?"), remedy="See `isthmus tirads --help`.")
        _tell(work.tirads_systems.assess(findings, system), as_json)
        return
    if given:
        raise UsageError("GRADES.csv goes without --composition and the others", remedy="Give one or the other.")
    if to is None:
        raise UsageError("GRADES.csv needs --to", remedy="Name the CSV to write.")
    refuse_over(to, grades)
    _write(grades, to, system, as_json)


def _tell(assessment: Assessment, as_json: bool) -> None:
    if as_json:
        options.print_json(assessment.as_json() | {"disclaimer": DISCLAIMER})
        return
    points = "" if assessment.points is None else f", {assessment.points} point{'' if assessment.points == 1 else 's'}"
    risk = f" ({assessment.risk} of such were malignant)" if assessment.risk else ""
    say(f"{SYSTEMS[assessment.system]}: {assessment.level or 'no level'}{points}{risk}. {assessment.advice}")
    for sentence in assessment.inconsistent:
        say(f"  {sentence}.")
    say(f"{assessment.source}. {DISCLAIMER}")


def _write(grades: Path, to: Path, system: str, as_json: bool) -> None:
    table = work.tables.open_table(grades)
    places = _places(table)
    flagged = []
    rows = [(*table.columns, *ADDED)]
    for row in count(table.rows, "grading nodules"):
        added = _added(row, table, places, system)
        rows.append((*row.cells, *added))
        if added[-1]:
            flagged.append(row.line)
    work.files.write_text(to, work.tables.as_csv(rows))
    if as_json:
        counts = {"rows": len(rows) - 1, "flagged": len(flagged)}
        options.print_json({"system": system, **counts, "to": str(to), "disclaimer": DISCLAIMER})
        return
    say(f"{len(rows) - 1} nodules by {SYSTEMS[system]} written to {to}. {DISCLAIMER}")
    if flagged:
        note(f"isthmus: {len(flagged)} rows are flagged, see column inconsistent; first line {flagged[0]}")


def _places(table: Table) -> dict[str, int]:
    """Where the columns of the descriptors are. Raises DataError where one is missing, or one of ours is there."""
    places = work.tables.places(table.columns, COLUMNS, table.where)
    if missing := [name for name in DESCRIPTORS if name not in places]:
        remedy = f"Give the columns {', '.join(DESCRIPTORS)}, and size_cm for the advice."
        raise DataError(f"has no column {', '.join(missing)}", where=table.where, remedy=remedy)
    if there := list(work.tables.places(table.columns, ADDED, table.where)):
        raise DataError(f"has a column {', '.join(there)} already", where=table.where, remedy="Rename or remove it.")
    return places


def _added(row: Row, table: Table, places: dict[str, int], system: str) -> tuple[str, ...]:
    """The cells that a row gets."""
    if row.problem:
        return (system, "", "", "", f"the row {row.problem}")
    cells = {name: row.cells[at] for name, at in places.items()}
    if "size_cm" in cells:
        cells["size_cm"] = table.number(cells["size_cm"])
    return _cells(tuple(cells.items()), system)


@functools.lru_cache(maxsize=10_000)
def _cells(cells: tuple[tuple[str, str], ...], system: str) -> tuple[str, ...]:
    findings, unknown = work.tirads_descriptors.read(dict(cells))
    assessment = work.tirads_systems.assess(findings, system)
    points = "" if assessment.points is None else str(assessment.points)
    inconsistent = "; ".join((*unknown, *assessment.inconsistent))
    return (system, points, assessment.level or "", assessment.advice, inconsistent)
