"""``isthmus bench``: how fast it is on this machine. Rows that need torch are left out where there's none."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work
from isthmus.cli.targets import refuse_over
from isthmus.errors import UsageError


@click.command()
@click.option("--model", type=click.Path(path_type=Path), help="Bundle; without one, recipe paper with fresh weights.")
@click.option("--data", "root", type=click.Path(path_type=Path), help="Data set; without one, simulated nodules.")
@click.option("--as", "kind", metavar="KIND", help="Kind of the data set at --data.")
@click.option("--quick", is_flag=True, help="In a minute or two: fewer rounds, without the heaviest rivals.")
@click.option("--rounds", type=click.IntRange(min=1), help="Turns that every contender has. [default: 15; quick: 5]")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of every contender. [default: as many as cores]")
@click.option("--against", metavar="NAME,...", help="timm's networks to compare with. [default: the paper's four]")
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE.md", help="Write a page, and its chart beside it.")
@options.as_json
@click.pass_context
def bench(
    ctx: click.Context,
    model: Path | None,
    root: Path | None,
    kind: str | None,
    quick: bool,
    rounds: int | None,
    threads: int | None,
    against: str | None,
    to: Path | None,
    as_json: bool,
) -> None:
    """Measure how fast reading, training and start-up are on this machine, side by side in one run.

    Engines against torch, the trunk without crops, crops of the image, timm's networks and a matrix product as the
    ceiling; the training loop against a plain one; and whether the engines still agree with torch. Leave the machine
    alone meanwhile. A row that can't be measured here is named with its reason.
    """
    if (root is None) != (kind is None):
        raise UsageError("--data ROOT and --as KIND go together", remedy="Give both, or neither for simulated nodules.")
    if to is not None:
        refuse_over(to, root, model)
    code = work.bench.run(
        ctx.params,
        model=model,
        root=root,
        kind=kind,
        quick=quick,
        rounds=rounds,
        threads=threads,
        against=against,
        to=to,
        as_json=as_json,
    )
    ctx.exit(code)
