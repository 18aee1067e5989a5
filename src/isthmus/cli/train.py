"""``isthmus train``: a data set to a bundle."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar, epochs
from isthmus.cli.talk import note, warn
from isthmus.cli.targets import refuse_over
from isthmus.data.grouping import BY_PATIENT, parse


@click.command()
@options.data_set
@options.second_data_set
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@options.beginning
@options.recipe_of_any
@options.assignments
@options.group_by
@options.device
@options.seed
@options.as_json
def train(
    source: options.Source,
    beside: options.Source | None,
    to: Path,
    model: str | None,
    recipe: str,
    assignments: tuple[str, ...],
    group_by: str | None,
    device: str,
    seed: int,
    as_json: bool,
) -> None:
    """Train a model on the data set at ROOT and write it as a bundle.

    Whole groups are set aside to choose epoch and threshold by. Interrupted, the same command goes on where it was.
    With --from and no --recipe the recipe is that of the model, too. A recipe of several networks, such as quick, is
    one bundle all the same. With --beside the nodules of a second data set teach the recipe's second loss.
    """
    folder = options.model_folder(model) if model else None
    second = beside.root if beside else None
    refuse_over(to, source.root, second, folder, options.recipe_file(recipe), beside=".training")
    beginning, chosen = options.begun_each(folder, recipe, assignments)
    grouping = parse(group_by) if group_by else BY_PATIENT
    with _only_the_first_process_writes():
        for one in chosen:
            trained_on = work.ready.refuse_untrainable(work.beginning.without_pretrained(one, beginning), device)
            for remark in work.ready.remarks(one):
                warn(remark)
        with work.export_write.claimed(to, "training"), epochs(chosen) as report:
            second_set = options.second_set(beside, source, *chosen)
            data = source.open_labelled()
            note(f"Training on {trained_on}.")
            how: Any = {
                "seed": seed,
                "grouping": grouping,
                "versions": work.run_folder.versions(),
                "device": device,
                "progress": bar,
                "note": warn,
            }
            if len(chosen) > 1:
                bundle = work.export_ensemble.train_ensemble(data, chosen, to, report=report, **how)
            else:
                how |= {"report": partial(report, 0), "beginning": beginning, "beside": second_set}
                bundle = work.export_write.train_bundle(data, chosen[0], to, **how)
        if as_json:
            options.print_json({"bundle": str(to), "threshold": bundle.decision.threshold, **asdict(bundle.provenance)})
            return
        note(f"Written to {to}. Read with it: isthmus predict IMAGE --model {to} --box x0,y0,x1,y1")


@contextlib.contextmanager
def _only_the_first_process_writes() -> Iterator[None]:
    """Silences all processes that torchrun started but the first, except for errors."""
    if work.processes.is_first():
        yield
        return
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield
