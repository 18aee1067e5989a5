"""``isthmus demo``: the whole road on simulated data."""

from __future__ import annotations

from pathlib import Path

import click

from isthmus.cli import options, work


@click.command()
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of everything that the demo makes.")
@click.option("--patients", default=90, show_default=True, help="Simulated patients, one to three images each.")
@options.device
@options.seed
@options.as_json
def demo(to: Path, patients: int, device: str, seed: int, as_json: bool) -> None:
    """Walk the whole road on simulated nodules: phantom, look, cross, train, predict, report.html.

    Every step is a command that is shown and can be typed by hand. What is already there is not made again.
    """
    work.demo.run(to, patients=patients, device=device, seed=seed, as_json=as_json)
