"""``isthmus pretrain``: windows without labels to the weights of a trunk."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar, epochs
from isthmus.cli.talk import note, warn
from isthmus.cli.targets import refuse_over
from isthmus.data.labels import Classes
from isthmus.data.sources import SOURCES
from isthmus.errors import UsageError


@click.command()
@click.argument("roots", metavar="ROOT [ROOT ...]", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "kinds",
    multiple=True,
    required=True,
    metavar="KIND",
    help=f"Kind of data set, once for all or once for each ROOT: {', '.join(SOURCES)}.",
)
@options.classes
@options.skip_broken
@click.option("--to", required=True, type=click.Path(path_type=Path), help="File of the trunk; must not exist yet.")
@options.recipe
@options.assignments
@options.device
@options.seed
@options.as_json
def pretrain(
    roots: tuple[Path, ...],
    kinds: tuple[str, ...],
    classes: Classes,
    skip_broken: bool,
    to: Path,
    recipe: str,
    assignments: tuple[str, ...],
    device: str,
    seed: int,
    as_json: bool,
) -> None:
    """Train a recipe's trunk on the windows of data sets, whose labels it doesn't see.

    `isthmus train --from FILE` and `isthmus cross --from FILE` begin with its weights. Interrupted, the same command
    goes on where it was. Learning and augmentation are those of VICReg on 100 epochs, unless --set changes them.
    """
    sources = [
        options.Source(root, kind, None, classes, skip_broken)
        for root, kind in zip(roots, _of_each(kinds, roots), strict=True)
    ]
    refuse_over(to, *roots, options.recipe_file(recipe), beside=".pretraining")
    base = work.recipes.named(recipe)
    learned_by = work.recipes.unlabelled(base, assignments)
    kept = base.changed(preparation=learned_by.preparation.model_dump(), network=learned_by.network.model_dump())
    trained_on = work.ready.refuse_untrainable(learned_by, device)
    with work.trunk.claimed(to), epochs([learned_by]) as report:
        sets = [source.open() for source in sources]
        windows = sum(len(data.nodules) for data in sets)
        note(f"Learning from {windows} windows without labels, on {trained_on}.")
        trunk = work.trunk.pretrain_trunk(
            sets,
            kept,
            learned_by,
            to,
            seed=seed,
            versions=work.run_folder.versions(),
            device=device,
            progress=bar,
            report=lambda epoch: report(0, epoch),
            note=warn,
        )
    if as_json:
        options.print_json({"trunk": str(to), "windows": windows, "pictures": len(trunk.seen), "digest": trunk.digest})
        return
    note(f"Written to {to}. Begin with it: isthmus train ROOT --as KIND --from {to}")
    note("It has seen the pixels of these windows: a cross-validation on them that begins with it says so.")


def _of_each(kinds: tuple[str, ...], roots: tuple[Path, ...]) -> tuple[str, ...]:
    """The kind of each root. Raises UsageError."""
    if len(kinds) not in (1, len(roots)):
        raise UsageError(
            f"{len(kinds)} kinds for {len(roots)} data sets", where="--as", remedy="Give one, or one for each ROOT."
        )
    return kinds * len(roots) if len(kinds) == 1 else kinds
