"""``isthmus store``: what `isthmus serve --store` has kept: a copy of it, a case deleted whole, and who may sign in."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from isthmus.cli import options, work
from isthmus.cli.talk import print_table, say
from isthmus.errors import UsageError
from isthmus.text import printable

MOST = 10_000  # characters of a line that is to be a password


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--backup", "to", type=click.Path(path_type=Path), help="Copy all that is kept into this one file.")
@click.option("--restore", "archive", type=click.Path(path_type=Path), help="Make FOLDER of what --backup wrote.")
@click.option("--delete", "picture", metavar="SHA256", help="Delete the case of this picture whole.")
@click.option("--add-user", "added", metavar="NAME", help="Let NAME sign in, or give NAME another password.")
@click.option("--remove-user", "removed", metavar="NAME", help="Let NAME sign in no more; NAME's readings stay.")
@click.option("--users", is_flag=True, help="List who may sign in.")
@click.option("--log", is_flag=True, help="List who did what with which model.")
@options.as_json
def store(
    folder: Path,
    to: Path | None,
    archive: Path | None,
    picture: str | None,
    added: str | None,
    removed: str | None,
    users: bool,
    log: bool,
    as_json: bool,
) -> None:
    """Back up what `isthmus serve --store FOLDER` keeps, also while it runs, delete a case of it, say who may sign in.

    The copy is a zip archive of readings, changes, the log, users and pictures. A password is asked for, or read from
    the first line of the input.
    """
    given = [one is not None for one in (to, archive, picture, added, removed)]
    if sum([*given, users, log]) != 1:
        names = "--backup, --restore, --delete, --add-user, --remove-user, --users and --log"
        raise UsageError(f"one of {names} is needed", remedy="Give one of them.")
    if to is not None:
        count = work.serve_backup.backup(folder, to)
        say(f"{printable(to)}: a copy of {printable(folder)}, with {count} pictures.")
    elif archive is not None:
        work.serve_backup.restore(archive, folder)
        say(f"{printable(folder)}: what {printable(archive)} held. Users sign in anew.")
    elif added is not None:
        _add(folder, added)
    else:
        kept = work.serve_store.opened(folder)
        try:
            if picture is not None:
                count = kept.forget(picture, "isthmus store")
                say(f"{count} readings of the case deleted, and its picture.")
            elif log:
                _tell_log(kept.events(), as_json)
            elif removed is not None:
                work.serve_users.Users(kept.engine).remove(removed)
                kept.note("user removed", removed)
                say(f"{printable(removed)} signs in no more.")
            else:
                _users(work.serve_users.Users(kept.engine).names(), as_json)
        finally:
            kept.close()


def _add(folder: Path, name: str) -> None:
    kept = work.serve_store.Store(folder)
    try:
        users = work.serve_users.Users(kept.engine)
        name = work.serve_users.plain(name)
        is_new = users.add(name, _password(name))
        kept.note("user added" if is_new else "password changed", name)
    finally:
        kept.close()
    say(f"{printable(name)} may sign in." if is_new else f"{printable(name)} has another password.")


def _password(name: str) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline(MOST).rstrip("\r\n")
    password = getpass.getpass(f"Password of {printable(name)}: ")
    if getpass.getpass("The same again: ") != password:
        raise UsageError("the two passwords differ", remedy="Try again.")
    return password


def _users(names: Sequence[str], as_json: bool) -> None:
    if as_json:
        options.print_json({"users": list(names)})
    for name in () if as_json else names:
        say(printable(name))


def _tell_log(events: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        options.print_json({"events": list(events)})
        return
    fields = ("at", "reader", "action", "picture", "model", "checksum")
    print_table(fields, [[printable(str(event[field])) for field in fields] for event in events])
