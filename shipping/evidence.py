"""Makes the evidence folders of the models that ship: `python shipping/evidence.py --tn5000 ROOT --ddti ROOT`.

docs/results/evidence/NAME/ gets one folder a set of nodules: out of fold on those that the model's networks learned
from, from the committed predictions, and as it ships on DDTI under both label policies. No picture is put into them.
The figures out of fold become evidence.json of the bundle.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from added import added
from isthmus.bundle import EVIDENCE
from isthmus.models.shipped import open_model
from isthmus.report.evidence.files import METRICS

RESULTS = Path(__file__).parents[1] / "docs" / "results"
PREDICTIONS = RESULTS / "tn5000" / "out_of_fold.csv.gz"
MODELS = ("tn5000", "tn5000-hfcn")
OUT_OF_FOLD = "tn5000"
POLICIES = {"benign-2-3-4a": 600, "benign-2-3": 60}  # nodules that are read again: the pictures are the same in both


@click.command()
@click.option("--tn5000", type=click.Path(path_type=Path), required=True, help="Folder of TN5000.")
@click.option("--ddti", type=click.Path(path_type=Path), required=True, help="Folder of DDTI.")
@click.option("--model", "models", type=click.Choice(MODELS), multiple=True, help="Only this one; may be repeated.")
@click.option("--to", type=click.Path(path_type=Path), default=RESULTS / "evidence", show_default=True)
def main(tn5000: Path, ddti: Path, models: Sequence[str], to: Path) -> None:
    for model in models or MODELS:
        for name, command in commands(model, tn5000, ddti):
            click.echo(f"{model}: {name}")
            _isthmus("report", *command, "--no-pictures", "--to", to / model / name)
        metrics = json.loads((to / model / OUT_OF_FOLD / METRICS).read_text(encoding="utf-8"))
        added(open_model(model), EVIDENCE, json.dumps(metrics, separators=(",", ":")) + "\n")


def commands(model: str, tn5000: Path, ddti: Path) -> Iterator[tuple[str, list[object]]]:
    """Each folder's name and what `isthmus report` is given for it."""
    common = ["--model", model, "--skip-broken"]
    yield OUT_OF_FOLD, [PREDICTIONS, "--p", model, "--data", tn5000, "--as", "tn5000", *common]
    with tempfile.TemporaryDirectory() as scratch:
        for policy, sample in POLICIES.items():
            csv = Path(scratch) / f"ddti-{policy}.csv"
            data = ["--as", "ddti", "--labels", policy, *common]
            _isthmus("predict", ddti, "--to", csv, *data)
            yield csv.stem, [csv, "--skip-unlabelled", "--data", ddti, *data, "--sample", sample]


def _isthmus(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "isthmus", *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
