"""``isthmus look``: what a data set holds, and what in it can spoil a result."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.data.labels import Classes


@click.command()
@options.root
@options.kind
@options.labels
@options.classes
@options.as_json
@click.option(
    "--strict", is_flag=True, help="Exit 1 if anything was found: fault, duplicate across cases, conflict, mark."
)
@options.skip_broken
@click.pass_context
def look(
    ctx: click.Context,
    root: Path,
    kind: str,
    policy: str | None,
    classes: Classes,
    as_json: bool,
    strict: bool,
    skip_broken: bool,
) -> None:
    """Audit a data set: counts, faults, duplicates, marks and burnt-in text.

    Always reads on and lists what is wrong. Exit 1 where something could not be read at all (unless --skip-broken),
    or, with --strict, where anything was found.
    """
    code = work.look.run(
        kind=kind,
        root=root,
        policy=policy,
        classes=classes,
        strict=strict,
        skip_broken=skip_broken,
        as_json=as_json,
    )
    ctx.exit(code)
