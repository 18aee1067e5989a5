"""The work of ``isthmus bench``."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from isthmus import files
from isthmus.bench.chart import chart
from isthmus.bench.page import FIRST_LINE, markdown
from isthmus.bench.run import Plan, Subject, measure
from isthmus.bundle import Bundle, open_bundle
from isthmus.cli import options, work
from isthmus.cli.bench_table import print_result
from isthmus.cli.talk import bar, list_left_out, note
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.data.threads import cores
from isthmus.errors import UsageError
from isthmus.nodule import Nodule
from isthmus.phantom.write import write_phantom
from isthmus.recipe import PAPER

PATIENTS, QUICK_PATIENTS = 40, 16
DISTURBED = 0.1  # share of all cores
# What a page says was typed: option -> parameter.
OPTIONS = {f"--{name}": name for name in ("model", "quick", "rounds", "threads", "against", "to")} | {
    "--data": "root",
    "--as": "kind",
}


def run(
    given: Mapping[str, object],
    *,
    model: Path | None,
    root: Path | None,
    kind: str | None,
    quick: bool,
    rounds: int | None,
    threads: int | None,
    against: str | None,
    to: Path | None,
    as_json: bool,
) -> int:
    """Measures, prints the result, writes the page to ``to``, and returns the exit code.

    ``given`` are the parameters as typed.
    """
    if to:
        _refuse_target(to)
    opened = open_bundle(model) if model else None
    plan = _plan(quick, rounds, threads, against)
    side = _torch_side(model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nodules, data = _nodules(root, kind, quick, folder)
        subject = _subject(opened, nodules, data, side, folder)
        result = measure(subject, plan, side, folder, bar, note)
    if result.others is not None and result.others > DISTURBED:
        note(f"isthmus: other programs took {100 * result.others:.0f} % of all cores: measure again without them.")
    if to:
        drawn = to.with_suffix(".svg")
        files.write_text(drawn, chart(result))
        files.write_text(to, markdown(result, _command(given), drawn.name))
        note(f"isthmus: written to {to} and {drawn}")
    if as_json:
        options.print_json(result.as_json())
    else:
        print_result(result)
    if result.engine is None:
        note("isthmus: no engine could be measured, see what was left out.")
        return 1
    return 0


def _command(given: Mapping[str, object]) -> str:
    """What was typed, files by their names only: a page may be published."""
    words = ["isthmus", "bench"]
    for option, name in OPTIONS.items():
        value = given[name]
        if value is True:
            words.append(option)
        elif value:
            words += [option, value.name if isinstance(value, Path) else str(value)]
    return shlex.join(words)


def _plan(quick: bool, rounds: int | None, threads: int | None, against: str | None) -> Plan:
    plan = Plan(threads or cores())
    plan = plan.quick if quick else plan
    if against is not None:
        if not against.replace(",", " ").strip():
            raise UsageError(f"{against!r} names no network", where="--against", remedy="Name some, or leave it out.")
        plan = replace(plan, others=tuple(name.strip() for name in against.split(",") if name.strip()))
    return replace(plan, rounds=rounds or plan.rounds)


def _torch_side(model: Path | None) -> ModuleType | None:
    try:
        return work.bench_torch
    except UsageError as error:
        if model is None:
            raise UsageError(
                "without --model, a network has to be made, which needs torch",
                remedy="Give --model BUNDLE, or install it: pip install 'isthmus[train]'.",
            ) from error
        note(f"isthmus: rows that need torch are left out: {error}")
        return None


def _nodules(root: Path | None, kind: str | None, quick: bool, folder: Path) -> tuple[tuple[Nodule, ...], str]:
    if root is not None and kind is not None:
        data = open_source(kind, root, progress=bar)
        list_left_out(data)
        about = f"all {len(data.nodules)} nodules of a data set of kind {kind}"
    else:
        simulated = folder / "phantom"
        write_phantom(simulated, QUICK_PATIENTS if quick else PATIENTS, progress=bar)
        data = open_source("phantom", simulated)
        about = f"{len(data.nodules)} simulated nodules"
    if not data.nodules:
        raise UsageError("holds no nodule", where=str(root), remedy="Give another data set.")
    return data.nodules, about


def _refuse_target(to: Path) -> None:
    """Raises, before anything is measured, where the page or its chart can't be written, or would replace another file.

    An earlier page may be replaced, with its chart.
    """
    if to.suffix.lower() == ".svg":
        raise UsageError("would be the page and its chart at once", where=f"--to {to.name}", remedy="Name a .md file.")
    for path in (to, to.with_suffix(".svg")):
        if path.is_dir():
            raise UsageError("is a folder", where=f"--to {path}", remedy="Name a .md file.")
    earlier = to.is_file() and files.read_text(to).startswith(FIRST_LINE)
    for path in (to, to.with_suffix(".svg")):
        if path.exists() and not earlier:
            what = "is there already, and is no page or chart that this command wrote"
            raise UsageError(what, where=str(path), remedy="Choose another --to, or move it away.")
        files.refuse_unwritable(path)


def _subject(
    opened: Bundle | None, nodules: tuple[Nodule, ...], data: str, side: ModuleType | None, folder: Path
) -> Subject:
    recipe = opened.recipe if opened else PAPER
    rois = prepare_all(nodules, recipe.preparation, bar)
    if opened:
        return Subject(opened, rois, nodules, f"the bundle given, recipe {recipe.name}", data)
    assert side is not None
    made = side.fresh_bundle(recipe, rois, folder / "fresh")
    return Subject(made, rois, nodules, f"recipe {recipe.name} with fresh weights", data)
