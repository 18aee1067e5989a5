"""``isthmus train``: a data set to a bundle."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar, epochs
from isthmus.cli.talk import note, warn
from isthmus.cli.targets import refuse_over
from isthmus.data.grouping import BY_PATIENT, parse


@click.command()
@options.data_set
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the bundle; must not exist yet.")
@options.beginning
@options.recipe
@options.assignments
@options.group_by
@options.device
@options.seed
@options.as_json
def train(
    source: options.Source,
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
    With --from and no --recipe the recipe is that of the model, too.
    """
    folder = options.model_folder(model) if model else None
    refuse_over(to, source.root, folder, options.recipe_file(recipe), beside=".training")
    beginning, chosen = options.begun(folder, recipe, assignments)
    grouping = parse(group_by) if group_by else BY_PATIENT
    with _only_the_first_process_writes():
        trained_on = work.ready.refuse_untrainable(work.beginning.without_pretrained(chosen, beginning), device)
        for remark in work.ready.remarks(chosen):
            warn(remark)
        with work.export_write.claimed(to, "training"), epochs(chosen) as report:
            data = source.open_labelled()
            note(f"Training on {trained_on}.")
            bundle = work.export_write.train_bundle(
                data,
                chosen,
                to,
                seed=seed,
                grouping=grouping,
                versions=work.run_folder.versions(),
                device=device,
                progress=bar,
                report=lambda epoch: report(0, epoch),
                note=warn,
                beginning=beginning,
            )
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
