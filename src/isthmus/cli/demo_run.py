"""The work of ``isthmus demo``."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path

import click

from isthmus import files
from isthmus.cli import options, work
from isthmus.cli.main import main
from isthmus.cli.tables import stdout
from isthmus.cli.talk import note
from isthmus.data.sources import open_source
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER

# The recipe is isthmus' own, made small enough for four minutes on two cores.
SMALL = ("--set", "size=64", "--set", "epochs=20", "--set", "learning_rate=2e-3")


def run(to: Path, *, patients: int, device: str, seed: int, as_json: bool) -> None:
    """Takes every step as a command of its own, and says what came of it."""
    work.devices.device(device)  # before anything is made
    files.refuse_unwritable(to / "data")
    start = time.monotonic()
    if (to / "report.html").exists() and not (to / "cross" / "manifest.json").exists():
        raise UsageError("already holds a report.html of something else", where=str(to), remedy="Choose another --to.")
    data, crossed, model = to / "data", to / "cross", to / "model"
    options_of_learning = ("--as", "phantom", *SMALL, "--device", device, "--seed", str(seed))
    if not (data / "truth.csv").exists():
        _walk("phantom", "--to", str(data), "--patients", str(patients), "--seed", str(seed), "--faults")
    _walk("look", str(data), "--as", "phantom")
    _walk("cross", str(data), "--to", str(crossed), "--folds", "3", *options_of_learning)
    if not model.exists():
        _walk("train", str(data), "--to", str(model), *options_of_learning)
    nodule = open_source("phantom", data).labelled[0]
    _walk("predict", str(nodule.path), "--model", str(model), "--box", str(nodule.box))
    files.write_text(to / "report.html", (crossed / "report.html").read_text(encoding="utf-8"))
    scores = json.loads((crossed / "scorecard.json").read_text(encoding="utf-8"))
    seconds = time.monotonic() - start
    if as_json:
        told = {"report": str(to / "report.html"), "metrics": scores["metrics"], "n": scores["n"]}
        options.print_json({**told, "seconds": seconds, "disclaimer": DISCLAIMER})
        return
    area = scores["metrics"]["auc"]
    stdout.print(
        f"\nAUC {area['value']:.2f} (95 % interval {area['low']:.2f} to {area['high']:.2f}, n = {scores['n']} "
        f"simulated nodules) in {seconds:.0f} s. Open {to / 'report.html'}.\n{DISCLAIMER}",
        markup=False,
    )


def _walk(*arguments: str) -> None:
    note(f"\n$ isthmus {shlex.join(arguments)}")
    code = main.main(list(arguments), standalone_mode=False)
    if code:
        raise click.exceptions.Exit(code)
