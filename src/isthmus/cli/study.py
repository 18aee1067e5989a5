"""``isthmus study``: the paper's experiments, reproduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from isthmus.cli import options, work
from isthmus.cli.bars import bar, runs
from isthmus.cli.talk import note, warn
from isthmus.cli.targets import refuse_over
from isthmus.cross.protocols import FOLDS, HELP, PROTOCOLS, STUDIED, Protocol, named, with_parts
from isthmus.data.labels import GIVEN
from isthmus.data.sources import SOURCES

BOTH_POLICIES = ("benign-2-3-4a", "benign-2-3")
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
@options.group_by
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
    group_by: str | None,
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
    names = [one.name for one in STUDIED] if protocol is None else [protocol]
    protocols = tuple(named(name, group_by) for name in names)
    _tell_idle(ctx, protocols, as_is, assignments)
    question = work.study_question.Question(
        what,
        work.recipes.named(recipe).replaced(assignments),
        tuple(one.name for one in protocols),
        work.study_run.Design(folds, quarters, seed, repeats, group_by),
        only,
        as_is,
        assignments,
    )
    answer = work.study_question.answer(
        question,
        _policies(source),
        lambda policy: replace(source, policy=policy).open_labelled(),
        to,
        work.study_workers.Workers(jobs or work.threads.cores(), backend, address, device),
        runs,
        bar,
        warn,
    )
    drawn = work.study_files.write_study(answer, to, what == "cases", seed)
    if as_json:
        claims = work.verdict_words.claims_record
        options.print_json(claims(answer.findings) if what == "claims" else answer.findings.as_json(what))
    elif what == "claims":
        work.terminal_study.print_claims(answer.findings)
    elif what != "cases":
        work.terminal_study.print_table(answer.findings, what)
    note(f"Written to {to}: report.html, report.md, claims.json, predictions.csv.gz and a .csv a table.")
    if drawn:
        note(f"{', '.join(drawn)} and report.html show pictures of the data set: pass them on as its terms allow.")
    if empty := answer.empty:
        first = f"{len(empty)} of {len(answer.cells)} cells have no finished run, the first is {empty[0]}"
        note(f"isthmus: {first}." if answer.is_begun else "isthmus: nothing is finished in this study yet.")
        ctx.exit(1)


def _policies(source: options.Source) -> Sequence[str | None]:
    """The policy of the command line, else, where the data set has no labels of its own, the two usual ones."""
    both = source.policy is None and source.kind in SOURCES and SOURCES[source.kind].policy != GIVEN
    return BOTH_POLICIES if both else (source.policy,)


def _tell_idle(ctx: click.Context, protocols: Sequence[Protocol], as_is: bool, assignments: Sequence[str]) -> None:
    """Names, on stderr, options that change nothing here: one command line may serve for several tables."""
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    names = " and ".join(one.name for one in protocols)
    idle = {
        f"--{name}": f"protocol {names}"
        for name in ("folds", "quarters")
        if name in given and all(one.parts.name != name for one in protocols)
    }
    if "validation" in work.recipes.set_names(assignments) and not any(one.sets_aside for one in protocols):
        idle["--set validation"] = f"protocol {names}"
    if as_is:
        idle |= {f"--{name}": "--as-is" for name in ("jobs", "backend", "address", "device") if name in given}
    for option, beside in idle.items():
        warn(f"{option} changes nothing with {beside}")
