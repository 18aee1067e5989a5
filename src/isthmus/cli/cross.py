"""``isthmus cross``: cross-validate a recipe."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from isthmus.cli import options, work
from isthmus.cli.targets import refuse_over
from isthmus.cross.protocols import FOLDS, HELP, PROTOCOLS, Protocol, named, with_parts
from isthmus.data.labels import Classes
from isthmus.errors import UsageError


@click.command()
@options.root
@options.kind
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the results; resumes by fold.")
@click.option("--folds", default=5, show_default=True, help=f"Folds of the protocol {with_parts(FOLDS)}.")
@click.option(
    "--quarters", default=1, show_default=True, help="Quarters of a 3:1 split that are tested in turn: 1 to 4."
)
@click.option("--repeats", default=1, show_default=True, help="Times to split anew.")
@options.recipe
@options.assignments
@options.labels
@options.classes
@click.option(
    "--protocol",
    default="grouped",
    show_default=True,
    metavar="|".join(PROTOCOLS),
    help=HELP,
)
@options.device
@options.seed
@options.skip_broken
@options.as_json
@click.pass_context
def cross(
    ctx: click.Context,
    root: Path,
    kind: str,
    to: Path,
    folds: int,
    quarters: int,
    repeats: int,
    recipe: str,
    assignments: tuple[str, ...],
    policy: str | None,
    classes: Classes,
    protocol: str,
    device: str,
    seed: int,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Cross-validate a recipe on the data set at ROOT.

    Writes predictions.csv, scorecard.json, recipe.toml, manifest.json and report.html. Interrupted, the same command
    goes on where it was.
    """
    refuse_over(to, root, options.recipe_file(recipe))
    own = _counted(ctx, named(protocol))
    unused = {"validation": f"protocol = {own.name}"} if own.chooses_on_test else {}
    work.cross.run(
        kind=kind,
        root=root,
        to=to,
        recipe=work.choosing.chosen_recipe(recipe, assignments, unused),
        protocol=own,
        folds=folds,
        quarters=quarters,
        repeats=repeats,
        device=device,
        seed=seed,
        policy=policy,
        classes=classes,
        skip_broken=skip_broken,
        as_json=as_json,
    )


def _counted(ctx: click.Context, protocol: Protocol) -> Protocol:
    """The protocol. Raises UsageError where a number was given that doesn't count for it."""
    for name in ("folds", "quarters"):
        if name != protocol.parts.name and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"the protocol {protocol.name!r} has no {name}",
                where=f"--{name}",
                remedy=f"Leave it out, or give --{protocol.parts.name}.",
            )
    return protocol
