"""``isthmus bench``: speed on this machine. Rows that need torch are left out without it."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus import files
from isthmus.cli import options, talk, work
from isthmus.cli.bars import bar
from isthmus.cli.targets import refuse_over
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER, Nodule

if TYPE_CHECKING:
    from isthmus.bench.result import Result
    from isthmus.bench.run import Plan
    from isthmus.bundle import Bundle

PATIENTS, QUICK_PATIENTS = 40, 16
DISTURBED = 0.1  # share of all cores
# The options that a page shows -> their parameters.
PUBLISHED = {f"--{name}": name for name in ("model", "quick", "rounds", "threads", "to")} | {
    "--data": "root",
    "--as": "kind",
}


@click.command()
@options.model_option("A model that ships, or a bundle; without one, the paper's network at 224 pixels, untrained.")
@click.option("--data", "root", type=click.Path(path_type=Path), help="Data set; without one, simulated nodules.")
@click.option("--as", "kind", metavar="KIND", help="Kind of the data set at --data.")
@click.option("--quick", is_flag=True, help="In a minute or two: fewer rounds, without torch.compile.")
@click.option("--rounds", type=click.IntRange(min=1), help="Turns of every contender. [default: 15; quick: 5]")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of every contender. [default: as many as cores]")
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE.md", help="Write a page, and its chart beside it.")
@options.as_json
@click.pass_context
def bench(
    ctx: click.Context,
    model: str | None,
    root: Path | None,
    kind: str | None,
    quick: bool,
    rounds: int | None,
    threads: int | None,
    to: Path | None,
    as_json: bool,
) -> None:
    """Measure how fast reading, training and start-up are on this machine, side by side in one run.

    Engines against torch, and whether they still agree with it; the training loop against a plain one. Leave the
    machine alone meanwhile. A row that can't be measured here is named with its reason.
    """
    if (root is None) != (kind is None):
        raise UsageError("--data ROOT and --as KIND go together", remedy="Give both, or neither for simulated nodules.")
    folder = options.model_folder(model) if model else None
    if to is not None:
        refuse_over(to, root, folder)
        _refuse_target(to)
        _ = work.bench_chart  # raises UsageError where matplotlib, of the extra train, is not installed
    if folder is None:
        _refuse_without_torch()
    bundle = work.shipped.open_model(folder) if folder else None
    plan = work.bench_run.Plan(threads or work.threads.cores())
    plan = plan.quick if quick else plan
    with tempfile.TemporaryDirectory() as name:
        result = _measured(bundle, root, kind, replace(plan, rounds=rounds or plan.rounds), Path(name))
    if result.others is not None and result.others > DISTURBED:
        talk.note(f"isthmus: other programs took {100 * result.others:.0f} % of all cores: measure again without them.")
    if to:
        chart = to.with_suffix(".svg")
        files.write_text(chart, work.bench_chart.chart(result))
        files.write_text(to, work.bench_page.markdown(result, _command(ctx.params | {"model": folder}), chart.name))
        talk.note(f"isthmus: written to {to} and {chart}")
    if as_json:
        options.print_json(result.as_json())
    else:
        print_result(result)
    if result.engine is None:
        talk.note("isthmus: no engine could be measured, see what was left out.")
        ctx.exit(1)


def print_result(result: Result) -> None:
    """Prints rows, parity and ratios as tables on stdout, then what could not be measured and why."""
    rows = [*result.rows]
    if result.trainings:
        rows += [result.trainings.plain, result.trainings.ours]
    talk.print_table(
        ("contender", "precision", "at once", "ms per image", "quartiles", ""),
        [
            (
                row.name,
                row.precision,
                str(row.batch),
                f"{row.ms_per_image:.2f}",
                _quartiles(row.low, row.high),
                row.note,
            )
            for row in rows
        ],
    )
    if result.parity:
        talk.print_table(
            ("engine", "RoIs", "largest difference of P(malignant)", "tolerance", "verdicts changed", "beyond it"),
            [
                (
                    name,
                    str(parity.n),
                    f"{parity.max_difference:.1e}",
                    f"{parity.tolerance:g}",
                    str(parity.verdicts_changed),
                    str(parity.changed_beyond),
                )
                for name, parity in result.parity.items()
            ],
        )
    ratios = []
    for name, aim in work.bench_ratios.AIMS.items():
        ratio = result.ratios[name]
        cells = (f"{ratio.value:.2f}", _quartiles(ratio.low, ratio.high)) if ratio else ("-", "-")
        ratios.append((aim.what, *cells, f"{'at most' if aim.at_most else 'at least'} {aim.value:g}"))
    talk.print_table(("what", "measured", "quartiles", "aim"), ratios)
    for one in result.left_out:
        talk.say(f"left out: {one.name}: {one.why}")
    talk.say(
        f"Fastest engine that agrees with torch: {result.engine}.\n"
        f"{result.model}, {result.size} pixels; {result.data}; {result.threads} threads, {result.rounds} rounds.\n"
        f"{DISCLAIMER}"
    )


def _quartiles(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}"


def _measured(bundle: Bundle | None, root: Path | None, kind: str | None, plan: Plan, folder: Path) -> Result:
    """Measures the bundle, or recipe ``paper`` untrained, on the data set or on nodules simulated in ``folder``."""
    nodules, data = _nodules(root, kind, folder, PATIENTS if plan.compiled else QUICK_PATIENTS)
    recipe = bundle.recipe if bundle else work.recipe.PAPER
    rois = work.prepare.prepare_all(nodules, recipe.preparation, bar)
    model = f"the bundle given, recipe {recipe.name}" if bundle else f"recipe {recipe.name}, untrained"
    bundle = bundle or work.bench_networks.untrained_bundle(recipe, rois, folder / "untrained")
    torch = None
    try:
        torch = work.bench_networks.beside(bundle, rois, plan)
    except UsageError as error:
        talk.note(f"isthmus: rows that need torch are left out: {error}")
    subject = work.bench_run.Subject(bundle, rois, nodules, model, data)
    return work.bench_run.measure(subject, plan, torch, bar, talk.note)


def _nodules(root: Path | None, kind: str | None, folder: Path, patients: int) -> tuple[Sequence[Nodule], str]:
    """The nodules of the data set, or simulated ones, and a description."""
    if root is not None and kind is not None:
        data = open_source(kind, root, progress=bar)
        options.list_left_out(data)
        if not data.nodules:
            raise UsageError("holds no nodule", where=str(root), remedy="Give another data set.")
        return data.nodules, f"all {len(data.nodules)} nodules of a data set of kind {kind}"
    work.phantom_write.write_phantom(folder / "phantom", patients, progress=bar)
    data = open_source("phantom", folder / "phantom")
    return data.nodules, f"{len(data.nodules)} simulated nodules"


def _refuse_without_torch() -> None:
    """Raises UsageError where torch, which makes the network of a bench without a bundle, is not installed."""
    try:
        _ = work.bench_networks
    except UsageError as error:
        raise UsageError(
            "without --model, a network has to be made, which needs torch",
            remedy="Give --model BUNDLE, or install it: pip install 'isthmus[train]'.",
        ) from error


def _refuse_target(to: Path) -> None:
    """Raises UsageError where the page or its chart can't be written, or would replace a file other than an earlier
    page and its chart; StorageError."""
    if to.suffix.lower() == ".svg":
        raise UsageError("would be the page and its chart at once", where=f"--to {to.name}", remedy="Name a .md file.")
    paths = (to, to.with_suffix(".svg"))
    for path in paths:
        if path.is_dir():
            raise UsageError("is a folder", where=f"--to {path}", remedy="Name a .md file.")
    earlier = to.is_file() and files.read_text(to).startswith(work.bench_page.FIRST_LINE)
    for path in paths:
        if path.exists() and not earlier:
            what = "is there already, and is no page or chart that this command wrote"
            raise UsageError(what, where=str(path), remedy="Choose another --to, or move it away.")
        files.refuse_unwritable(path)


def _command(values: Mapping[str, object]) -> str:
    """The command line, with the names of files but not their folders: a page may be published."""
    words = ["isthmus", "bench"]
    for option, name in PUBLISHED.items():
        value = values[name]
        if value is True:
            words.append(option)
        elif value:
            words += [option, value.name if isinstance(value, Path) else str(value)]
    return shlex.join(words)
