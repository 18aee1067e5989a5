"""The work of ``isthmus train``. It needs torch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from isthmus.cli import options
from isthmus.cli.learning import open_labelled, watching
from isthmus.cli.talk import bar, note
from isthmus.data.labels import Classes
from isthmus.learn.bundling import train_bundle
from isthmus.recipe import Recipe
from isthmus.study.run_folder import versions


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
    data = open_labelled(kind, root, policy, classes, skip_broken)
    with watching(recipe) as report:
        bundle = train_bundle(
            data,
            recipe,
            to,
            seed=seed,
            versions=versions(),
            device=device,
            progress=bar,
            report=lambda epoch: report(0, epoch),
        )
    if as_json:
        options.print_json({"bundle": str(to), "threshold": bundle.threshold, **asdict(bundle.provenance)})
        return
    note(f"Written to {to}. Read with it: isthmus predict IMAGE --model {to} --box x0,y0,x1,y1")
