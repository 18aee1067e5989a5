"""``isthmus audit``: what leaks between the sides of a split."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cross.protocols import PROTOCOLS, Protocol, named
from isthmus.data.sources import open_source
from isthmus.errors import UsageError


@click.command()
@options.data_set
@click.option(
    "--split",
    "split_path",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help="A CSV with the columns image and split, or a folder ImageSets/Main. [default: each protocol in turn]",
)
@click.option(
    "--baselines",
    is_flag=True,
    help="Also judge what should be at chance: the border, the box, the file order and the calipers, without tissue.",
)
@click.option("--protocol", metavar="|".join(PROTOCOLS), help="Protocol of the baselines, where no split is given.")
@options.as_json
@click.pass_context
def audit(
    ctx: click.Context,
    source: options.Source,
    split_path: Path | None,
    baselines: bool,
    protocol: str | None,
    as_json: bool,
) -> None:
    """Find what leaks between the sides of a split: patients, duplicates, neighbours, nodules of a picture.

    With --split exit 1 if anything leaks, 0 if nothing does. Without it a table says what would leak under each
    protocol, and the exit code is 0.
    """
    judged_by = _protocol(protocol, baselines, split_path)
    with work.survey.Survey((work.likeness.difference_hash,)) as survey:
        data = open_source(source.kind, source.root, source.policy, bar, source.classes, survey.decode)
        if source.skip_broken:
            options.list_left_out(data)
        else:
            data.refuse_broken()
        split = work.split_file.read_split(split_path, data) if split_path else None
        relations = work.relations.Relations.surveyed(data, survey, bar)
        found = work.cross_gate.audit_leaks(data, relations, split, judged_by, baselines, bar)
    if as_json:
        options.print_json(found.as_json())
    else:
        work.terminal_leaks.print_leaks(found, source.root, split_path)
    if found.leaks:
        ctx.exit(1)


def _protocol(name: str | None, baselines: bool, split_path: Path | None) -> Protocol | None:
    """The protocol of the baselines. Raises UsageError where none is used, or a package is missing."""
    if name and (split_path or not baselines):
        given = "with --split" if split_path else "without --baselines"
        raise UsageError(f"changes nothing {given}", where="--protocol", remedy="Leave it out.")
    if baselines:
        work.cross_chance.refuse_missing()
    return named(name) if name else None
