"""``isthmus deidentify``: DICOM pictures without their patients, for research."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over
from isthmus.errors import DataError, UsageError
from isthmus.files import make_folder, read_text, whole_file
from isthmus.nodule import DISCLAIMER, Box
from isthmus.text import printable

if TYPE_CHECKING:
    from isthmus.dicom.deidentify import Pseudonyms

LEAST_KEY = 16  # characters; a shorter one can be guessed


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option(
    "--area",
    "areas",
    multiple=True,
    metavar="X0,Y0,X1,Y1",
    help="Scan area to keep, of every FILE; several are kept all. [default: the file's regions, else round its echoes]",
)
@click.option("--key", type=click.Path(path_type=Path), help="File with a secret; the same one gives the same numbers.")
@click.option("--looked-at", is_flag=True, help="Somebody has looked at the text in these pictures: it names nobody.")
@options.as_json
@click.pass_context
def deidentify(
    ctx: click.Context,
    paths: tuple[Path, ...],
    to: Path,
    areas: tuple[str, ...],
    key: Path | None,
    looked_at: bool,
    as_json: bool,
) -> None:
    """Write DICOM pictures anew, without what tells their patients.

    Attributes stay that reading needs, with new numbers and UIDs, and dates moved back; all others go. Pixels outside
    the scan area become black. A picture with text in the scan area isn't written before somebody has looked at it.

    Give all files of a study together, or the same --key: only then do their numbers and UIDs agree. A file that can't
    be written is named, the others are written all the same; exit 1 then, or 2 where none could be.
    """
    refuse_over(to, *paths, key)
    boxes = tuple(Box.parse(area) for area in areas)
    pseudonyms = work.deidentify.Pseudonyms(_secret(key))
    make_folder(to)
    answers = [_write(path, to, pseudonyms, boxes, looked_at) for path in bar(paths, "writing pictures")]
    errors = [answer for answer in answers if isinstance(answer, DataError)]
    _tell(paths, answers, as_json)
    ctx.exit(0 if not errors else 1 if len(errors) < len(answers) else 2)


def _secret(key: Path | None) -> str:
    """The secret in a file. Raises UsageError for a short one."""
    if key is None:
        return ""
    secret = read_text(key, UsageError).strip()
    if len(secret) < LEAST_KEY:
        raise UsageError(
            f"has {len(secret)} characters, and a secret needs {LEAST_KEY}",
            where=f"--key {printable(key)}",
            remedy="Write a long random text into it, and keep it where nobody else reads it.",
        )
    return secret


def _write(path: Path, to: Path, pseudonyms: Pseudonyms, areas: Sequence[Box], looked_at: bool) -> Path | DataError:
    try:
        made = work.leaving.export(path, pseudonyms, printable(path), areas, looked_at)
    except DataError as error:
        note(f"isthmus: {error}")
        return error
    target = to / f"{made.uid}.dcm"
    with whole_file(target) as temporary:
        temporary.write_bytes(made.content)
    return target


def _tell(paths: Sequence[Path], answers: Sequence[Path | DataError], as_json: bool) -> None:
    if as_json:
        written = {
            printable(path): printable(answer)
            for path, answer in zip(paths, answers, strict=True)
            if isinstance(answer, Path)
        }
        errors = [str(answer) for answer in answers if isinstance(answer, DataError)]
        options.print_json({"written": written, "errors": errors, "disclaimer": DISCLAIMER})
        return
    for path, answer in zip(paths, answers, strict=True):
        if isinstance(answer, Path):
            say(f"{printable(path)} -> {printable(answer)}")
