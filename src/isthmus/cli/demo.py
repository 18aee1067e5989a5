"""``isthmus demo``: every step from data to a report, on simulated data."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path

import click

from isthmus import files
from isthmus.cli import options, work
from isthmus.cli.main import main
from isthmus.cli.talk import note, say
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER

# The recipe isthmus, made small enough for four minutes on two cores.
SMALL = ("--set", "size=64", "--set", "epochs=20", "--set", "learning_rate=2e-3")


@click.command()
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of everything that the demo makes.")
@click.option("--patients", default=90, show_default=True, help="Simulated patients, one to three images each.")
@options.device
@options.seed
@options.as_json
def demo(to: Path, patients: int, device: str, seed: int, as_json: bool) -> None:
    """Run every step on simulated nodules: phantom, look, cross, train, predict, report.html.

    Every step is a command that is shown and can be typed by hand. What is already there is not made again.
    """
    work.devices.device(device)  # before anything is made
    files.refuse_unwritable(to / "data")
    start = time.monotonic()
    data, crossed, model, report = to / "data", to / "cross", to / "model", to / "report.html"
    if report.exists() and not (crossed / "manifest.json").exists():
        raise UsageError("already holds a report.html of something else", where=str(to), remedy="Choose another --to.")
    learning = ("--as", "phantom", *SMALL, "--device", device, "--seed", str(seed))
    if not (data / "truth.csv").exists():
        _walk("phantom", "--to", str(data), "--patients", str(patients), "--seed", str(seed), "--faults")
    _walk("look", str(data), "--as", "phantom")
    _walk("cross", str(data), "--to", str(crossed), "--folds", "3", *learning)
    if not model.exists():
        _walk("train", str(data), "--to", str(model), *learning)
    nodule = open_source("phantom", data).labelled[0]
    _walk("predict", str(nodule.picture.path), "--model", str(model), "--box", str(nodule.box))
    files.write_text(report, (crossed / "report.html").read_text(encoding="utf-8"))
    scores = json.loads((crossed / "scorecard.json").read_text(encoding="utf-8"))
    seconds = time.monotonic() - start
    if as_json:
        metrics = {"report": str(report), "metrics": scores["metrics"], "n": scores["n"]}
        options.print_json({**metrics, "seconds": seconds, "disclaimer": DISCLAIMER})
        return
    area = scores["metrics"]["auc"]
    say(
        f"\nAUC {area['value']:.2f} (95 % interval {area['low']:.2f} to {area['high']:.2f}, n = {scores['n']} "
        f"simulated nodules) in {seconds:.0f} s. Open {report}.\n{DISCLAIMER}"
    )


def _walk(*arguments: str) -> None:
    note(f"\n$ isthmus {shlex.join(arguments)}")
    code = main.main(list(arguments), standalone_mode=False)
    if code:
        raise click.exceptions.Exit(code)
