"""The work of ``isthmus train``. It needs torch."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from isthmus.cli import options
from isthmus.cli.learning import open_labelled, watching
from isthmus.cli.talk import bar, note, warn
from isthmus.cross.run_folder import versions
from isthmus.data.labels import Classes
from isthmus.export.write import claimed, train_bundle
from isthmus.learn.processes import is_first
from isthmus.learn.ready import refuse_untrainable, remarks
from isthmus.recipe import Recipe


def run(
    *,
    kind: str,
    root: Path,
    to: Path,
    recipe: Recipe,
    device: str,
    seed: int,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Trains, writes the bundle to ``to`` and says where it is."""
    with _first_process_speaks():
        trained_on = refuse_untrainable(recipe, device)
        for remark in remarks(recipe):
            warn(remark)
        with claimed(to, "training"), watching(recipe) as report:
            data = open_labelled(kind, root, policy, classes, skip_broken)
            note(f"Training on {trained_on}.")
            bundle = train_bundle(
                data,
                recipe,
                to,
                seed=seed,
                versions=versions(),
                device=device,
                progress=bar,
                report=lambda epoch: report(0, epoch),
                note=warn,
            )
        if as_json:
            options.print_json({"bundle": str(to), "threshold": bundle.decision.threshold, **asdict(bundle.provenance)})
            return
        note(f"Written to {to}. Read with it: isthmus predict IMAGE --model {to} --box x0,y0,x1,y1")


@contextlib.contextmanager
def _first_process_speaks() -> Iterator[None]:
    """Of the processes that torchrun started the others stay silent, but for an error."""
    if is_first():
        yield
        return
    with (
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield
