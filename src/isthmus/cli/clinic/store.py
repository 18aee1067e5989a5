"""``isthmus store``: what `isthmus serve --store` has kept: a copy of it, or a case deleted whole."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import work
from isthmus.cli.talk import say
from isthmus.errors import UsageError


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--backup", "to", type=click.Path(path_type=Path), help="Copy the readings into this one file.")
@click.option("--delete", "picture", metavar="SHA256", help="Delete the case of this picture whole.")
def store(folder: Path, to: Path | None, picture: str | None) -> None:
    """Back up what `isthmus serve --store FOLDER` keeps, also while it runs, or delete a case of it.

    The copy is an SQLite file with readings, changes and the log. Pictures lie in FOLDER/pictures.
    """
    if (to is None) == (picture is None):
        raise UsageError("one of --backup and --delete is needed", remedy="Give one of them.")
    if to is not None:
        work.serve_store.backup(folder, to)
        say(f"{to}: a copy of the readings in {folder}.")
        return
    kept = work.serve_store.opened(folder)
    count = kept.forget(str(picture), "isthmus store")
    kept.close()
    say(f"{count} readings of the case deleted, and its picture.")
