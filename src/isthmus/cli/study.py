"""``isthmus study``: the paper's experiments, reproduced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from isthmus.cli import options, work
from isthmus.cli.targets import refuse_over
from isthmus.cross.protocols import FOLDS, HELP, PROTOCOLS, STUDIED, Protocol, named, with_parts

WHAT = ("table3", "table4", "ablations", "claims", "cases")


@click.command()
@click.argument("what", metavar="|".join(WHAT), type=click.Choice(WHAT))
@options.data_set
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the study; resumes by run.")
@click.option(
    "--protocol",
    metavar="|".join(PROTOCOLS),
    help=f"One protocol only. {HELP} [default: {' and '.join(one.name for one in STUDIED)}]",
)
@click.option(
    "--recipe",
    default="paper",
    show_default=True,
    metavar="paper|isthmus|FILE",
    help="What every cell starts from.",
)
@options.assignments
@click.option(
    "--folds",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help=f"Folds of the protocol {with_parts(FOLDS)}.",
)
@click.option(
    "--quarters",
    type=click.IntRange(1, 4),
    default=1,
    show_default=True,
    help="Quarters of a 3:1 split that are tested in turn; the paper tests one.",
)
@click.option(
    "--repeats",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Times to split and train anew; a difference is shown only where no repeat has it the other way round.",
)
@click.option("--only", multiple=True, metavar="TEXT", help="Only cells whose name holds TEXT; given twice, both.")
@click.option("--as-is", is_flag=True, help="Train nothing: tables of what is finished.")
@click.option("--jobs", type=click.IntRange(1), help="Runs at once. [default: one a core]")
@click.option("--backend", default="loky", show_default=True, metavar="loky|dask|ray", help="What does the runs.")
@click.option("--address", default="local", show_default=True, help="Cluster of dask or ray; 'local' starts one.")
@options.device
@options.seed
@options.as_json
@click.pass_context
def study(
    ctx: click.Context,
    what: str,
    source: options.Source,
    to: Path,
    protocol: str | None,
    recipe: str,
    assignments: tuple[str, ...],
    folds: int,
    quarters: int,
    repeats: int,
    only: tuple[str, ...],
    as_is: bool,
    jobs: int | None,
    backend: str,
    address: str,
    device: str,
    seed: int,
    as_json: bool,
) -> None:
    """Reproduce the paper's experiments (Section IV) on the labelled data set at ROOT.

    table3: the cropping ratio alpha. table4: five backbones by three architectures, and baselines. ablations: one knob
    at a time. claims: what the paper says, each with a verdict. cases: its Fig. 9.

    Without --protocol 'grouped' and 'paper' are run, without --labels the two usual policies. Writes the table as
    .csv, and report.html and report.md of all that is finished. Interrupted, the same command goes on where it was.
    Exit 1 where a cell that was asked for stays empty.
    """
    refuse_over(to, source.root, options.recipe_file(recipe))
    protocols = STUDIED if protocol is None else (named(protocol),)
    _tell_idle(ctx, protocols, as_is, assignments)
    question = work.study.Question(
        what,
        work.recipes.named(recipe).replaced(assignments),
        tuple(one.name for one in protocols),
        work.study.Design(folds, quarters, seed, repeats),
        only,
        as_is,
        assignments,
    )
    code = work.study.run(
        question,
        source=source,
        to=to,
        workers=work.study.Workers(jobs or work.study.cores(), backend, address, device),
        as_json=as_json,
    )
    ctx.exit(code)


def _tell_idle(ctx: click.Context, protocols: Sequence[Protocol], as_is: bool, assignments: Sequence[str]) -> None:
    """Names, on stderr, what was given and changes nothing here: one command is typed for several tables."""
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    names = " and ".join(one.name for one in protocols)
    idle = {
        f"--{name}": f"protocol {names}"
        for name in ("folds", "quarters")
        if name in given and all(one.parts.name != name for one in protocols)
    }
    if "validation" in work.recipes.set_names(assignments) and all(one.chooses_on_test for one in protocols):
        idle["--set validation"] = f"protocol {names}"
    if as_is:
        idle |= {f"--{name}": "--as-is" for name in ("jobs", "backend", "address", "device") if name in given}
    for option, beside in idle.items():
        click.echo(f"isthmus: {option} changes nothing with {beside}.", err=True)
