"""``isthmus look``: what a data set holds, and what in it can spoil a result."""

from __future__ import annotations

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.talk import note
from isthmus.data.sources import open_source


@click.command()
@options.data_set
@options.as_json
@click.option(
    "--strict", is_flag=True, help="Exit 1 if anything was found: fault, duplicate across cases, conflict, mark."
)
@click.pass_context
def look(ctx: click.Context, source: options.Source, as_json: bool, strict: bool) -> None:
    """Audit a data set: counts, faults, duplicates, marks, burnt-in text and the leak of order.

    Always reads on and lists what is wrong. Exit 1 where something could not be read at all (unless --skip-broken),
    or, with --strict, where anything was found.
    """
    with work.survey.Survey(work.audit.DETECTORS) as survey:
        data = open_source(source.kind, source.root, source.policy, bar, source.classes, survey.decode)
        audit = work.audit.audit(data, bar, survey)
    if as_json:
        options.print_json(audit.as_json())
    else:
        work.terminal_audit.print_audit(audit, source.root)
    options.list_left_out(data)
    if data.broken and not source.skip_broken:
        note("isthmus: something could not be read. Repair it, or pass --skip-broken.")
        ctx.exit(1)
    if strict and audit.trouble:
        ctx.exit(1)
