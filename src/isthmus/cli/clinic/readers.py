"""``isthmus readers``: the statistics of a reader study."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.talk import note
from isthmus.cli.targets import refuse_over
from isthmus.errors import UsageError
from isthmus.files import same
from isthmus.text import printable

SQLITE = b"SQLite format 3\0"
STUDIES = "study-*.sqlite"


@click.command()
@click.argument("file", metavar="GRADES.csv|STUDY", type=click.Path(path_type=Path))
@click.option(
    "--positive", metavar="VALUE", help="Label that means malignant. [default: malignant; 1 where labels are 0 and 1]"
)
@click.option(
    "--threshold",
    metavar="SCORE",
    help="Malignant is what lies at or above it: a number or a level, such as TR4. [default: by the scale alone: 0.5 "
    "of probabilities, TR4, 4B, 4 of 5, 50 of 100]",
)
@click.option(
    "--modes",
    metavar="FIRST,SECOND",
    help="The modes to compare, the second less the first. [default: the two there are, the one without a model first]",
)
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Write readers.html and readers.json there."
)
@click.option(
    "--export", "csv", type=click.Path(path_type=Path), metavar="OUT.csv", help="Of a STUDY: write its reads there."
)
@options.as_json
@click.pass_context
def readers(
    ctx: click.Context,
    file: Path,
    positive: str | None,
    threshold: str | None,
    modes: str | None,
    to: Path | None,
    csv: Path | None,
    as_json: bool,
) -> None:
    """Judge a reader study: AUC, sensitivity and specificity by reader and pooled, kappa, and the test of two modes.

    GRADES.csv has a row a read, with columns reader, nodule, label, score (a number or a TI-RADS level, higher for
    malignant), and if there are any mode, experience, patient, seconds, first_score, changed, model (what the model
    said), wrong_model (yes where the study made that wrong on purpose). STUDY is what `isthmus serve --study` keeps:
    the folder of its --store, or in it the database of the study.
    Two modes are compared by the test of Obuchowski and Rockette with Hillis' degrees of freedom.
    Exit 1 where all nodules are of one class, so that some of it is undefined.
    """
    if to is not None:
        refuse_over(to, file)
    file = _study_in(file) if file.is_dir() else file
    if to is not None:
        _ = work.readers_page  # raises UsageError before anything is judged where what draws it is missing
    if csv is not None and same(csv, file):
        raise UsageError("is what this command reads", where="--export", remedy="Choose another name.")
    with _grades(file, csv) as grades_file:
        study = work.readers_judged.judge(grades_file, positive, threshold, modes)
    grades = study.grades
    note(
        f"isthmus: grouped by column {grades.patient_column!r}."
        if grades.patient_column
        else "isthmus: no column patient: every nodule counts as its own, so intervals may be too narrow."
    )
    if positive is None and grades.positive == "1":
        note("isthmus: label 1 is taken as malignant, 0 as benign; --positive names another.")
    if len(study.modes_compared) == 2 and modes is None:
        note("isthmus: the second less the first: {1} less {0}; --modes names them.".format(*study.modes_compared))
    for one in study.pooled:
        if one.left_out and not one.experience:
            where = f" in mode {one.mode!r}" if one.mode else ""
            note(f"isthmus: {one.left_out} nodules were not read by every reader{where}; means are over {one.n}.")
    if as_json:
        options.print_json(study.as_json())
    else:
        work.terminal_readers.print_readers(study)
    if to is not None:
        for path in work.readers_page.write(study, to):
            note(f"isthmus: {path}")
    if not study.is_whole:
        kind = "malignant" if grades.labels.max() else "benign"
        note(f"isthmus: every nodule is {kind}, so that AUCs are undefined.")
        ctx.exit(1)


@contextlib.contextmanager
def _grades(file: Path, csv: Path | None) -> Iterator[Path]:
    """The file itself, or that of a study's reads, which goes when it has been read unless it is written to ``csv``."""
    if not _is_study(file):
        if csv is not None:
            raise UsageError("is for a study's database", where="--export", remedy=f"{file.name} is the CSV already.")
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        path = csv or Path(folder) / f"{file.stem}.csv"
        work.study_grades.export(file, path)
        yield path


def _study_in(folder: Path) -> Path:
    """The database of the one study in a store. Raises UsageError where there is none, or several."""
    where, found = printable(folder), sorted(folder.glob(STUDIES))
    if not found:
        remedy = "Name the folder of `isthmus serve --study PLAN --store FOLDER`, or a CSV."
        raise UsageError("holds no reads of a study", where=where, remedy=remedy)
    if len(found) > 1:
        names = ", ".join(printable(path.name) for path in found)
        raise UsageError(f"holds the reads of {len(found)} studies", where=where, remedy=f"Name one: {names}.")
    return found[0]


def _is_study(file: Path) -> bool:
    """Whether it is a database of SQLite, by its first bytes."""
    try:
        with file.open("rb") as opened:
            return opened.read(len(SQLITE)) == SQLITE
    except OSError:
        return False
