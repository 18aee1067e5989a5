"""Makes a model of the package: `python shipping/ship.py NAME --run RUN --bundle BUNDLE --data ROOT`.

RUN is a finished `isthmus cross` of the recipe, whose predictions fit the calibration and the thresholds; BUNDLE a
training of the same recipe on all nodules of the data set at ROOT. Of an ensemble give both for each member, in one
order. shipping/NAME.toml says what can't be measured. The model becomes src/isthmus/models/NAME, and tests/golden gets
its scores.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from isthmus.bench.machine import describe
from isthmus.bundle import ABOUT, Bundle, open_bundle
from isthmus.cross import stored
from isthmus.cross.decide import Readings, judged, readings
from isthmus.cross.decisions.fitted import decide
from isthmus.data.dataset import DataSet
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.decision import COVERAGE
from isthmus.errors import DataError, IsthmusError
from isthmus.export.write import export_bundle, export_ensemble, with_facts
from isthmus.infer.predictor import Predictor
from isthmus.judge.scorecard import scorecard
from isthmus.models import names
from isthmus.models.facts import Elsewhere, Facts, Figure, megabytes
from isthmus.runtime.parity import read_all

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "golden" / "make_shipped_scores.py"
FREE = ("validation", "precision")  # a run may have set nodules aside, and computed on another processor
LARGEST = 40.0  # megabytes of all models together
ROUNDS = 50


@dataclass(frozen=True)
class Declared:
    """What NAME.toml says: what can't be measured, and the data sets by kind, with their label policy and words."""

    about: str
    data: str
    citation: str
    reads: str
    kind: str
    failures: tuple[str, ...]
    elsewhere: Mapping[str, Mapping[str, str]]
    policy: str | None = None

    @classmethod
    def read(cls, path: Path) -> Declared:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(**values | {"failures": tuple(values["failures"]), "elsewhere": values.get("elsewhere", {})})


@click.command()
@click.argument("name")
@click.option("--run", "runs", multiple=True, required=True, type=click.Path(path_type=Path), help="Once a member.")
@click.option("--bundle", "trained", multiple=True, required=True, type=click.Path(path_type=Path), help="Likewise.")
@click.option("--data", "root", required=True, type=click.Path(path_type=Path), help="What the bundles learned from.")
@click.option("--elsewhere", multiple=True, metavar="KIND=ROOT", help="A data set that they never saw.")
@click.option("--int8/--no-int8", default=False, show_default=True, help="Ship the int8 export, too.")
@click.option("--room", default=names.ROOM, type=click.Path(path_type=Path), help="Where models lie.")
@click.option("--golden/--no-golden", default=True, help="Remake the scores of tests/golden.")
def ship(
    name: str,
    runs: Sequence[Path],
    trained: Sequence[Path],
    root: Path,
    elsewhere: Sequence[str],
    int8: bool,
    room: Path,
    golden: bool,
) -> None:
    declared = Declared.read(HERE / f"{name}.toml")
    members = [open_bundle(folder) for folder in trained]
    crossed = [stored.load(folder) for folder in runs]
    _refuse_other_recipes(crossed, members)
    read = readings(crossed)
    data = open_source(declared.kind, root, declared.policy)
    _refuse_other_nodules(read, members, data)
    with tempfile.TemporaryDirectory(prefix="isthmus-ship-") as scratch:
        decision = decide(read.labels, read.p, coverage=COVERAGE)
        if len(members) > 1:
            plain = export_ensemble(members, data, Path(scratch) / "plain", decision, half=True)
        else:
            plain = export_bundle(members[0], data, Path(scratch) / "plain", decision=decision, half=True, int8=int8)
        facts = _facts(declared, read, plain, data, dict(one.partition("=")[::2] for one in elsewhere))
        made = with_facts(plain, facts, Path(scratch) / name)
        _refuse_heavy(room, made)
        shutil.rmtree(room / name, ignore_errors=True)
        shutil.copytree(made.folder, room / name)
    if golden:
        subprocess.run([sys.executable, str(GOLDEN)], check=True)


def _refuse_other_recipes(runs: Sequence[stored.Stored], members: Sequence[Bundle]) -> None:
    """Raises DataError unless each bundle has its run's recipe, but for the share set aside for validation, and began
    from the same weights."""
    for run, bundle in zip(runs, members, strict=True):
        ours, theirs = (one.values for one in (bundle.recipe, run.recipe or bundle.recipe))
        differing = [field for field in ours if ours[field] != theirs[field] and field not in FREE]
        if run.recipe is None or differing:
            raise DataError(f"its recipe is not that of {bundle.folder}: {', '.join(differing)}", where=run.name)
        begun = str(run.manifest["identity"].get("beginning", ""))
        if begun.split()[-1:] != bundle.provenance.beginning.split()[-1:]:  # digests
            raise DataError(f"it began from other weights than {bundle.folder}", where=run.name)


def _refuse_other_nodules(read: Readings, members: Sequence[Bundle], data: DataSet) -> None:
    """Raises DataError unless run and bundles are of the labelled nodules of ``data``."""
    if set(read.nodules) != {nodule.id for nodule in data.labelled}:
        raise DataError("the run is of other nodules", where=str(data.root))
    for bundle in members:
        if bundle.provenance.fingerprint != data.fingerprint():
            raise DataError(f"{bundle.folder} learned from other data", where=str(data.root))


def _facts(declared: Declared, read: Readings, bundle: Bundle, data: DataSet, elsewhere: Mapping[str, str]) -> Facts:
    predictor = Predictor(bundle)
    roi = prepare_all(data.labelled[:1], bundle.recipe.preparation)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        predictor.engine.read(roi)
        taken.append(time.perf_counter() - begun)
    machine = describe()
    return Facts(
        about=declared.about,
        data=declared.data,
        citation=declared.citation,
        reads=declared.reads,
        out_of_fold=judged(read),
        elsewhere=tuple(
            _elsewhere(predictor, Path(root), kind, declared.elsewhere[kind]) for kind, root in elsewhere.items()
        ),
        failures=declared.failures,
        milliseconds=float(np.median(taken)) * 1000,
        threads=int(str(machine["cores"])),
        processor=str(machine["processor"]),
    )


def _elsewhere(predictor: Predictor, root: Path, kind: str, words: Mapping[str, str]) -> Elsewhere:
    """The AUC on a data set as it is, its interval by patient."""
    data = open_source(kind, root, words.get("policy"))
    if data.fingerprint() in [one.fingerprint for one in predictor.bundle.provenance.before]:
        raise DataError("the weights that the bundle began from had learned from it", where=str(root))
    rois = prepare_all(data.labelled, predictor.bundle.recipe.preparation)
    p = predictor.bundle.decision.probability(read_all(predictor.engine, rois).fused)
    labels, patients = (
        [int(nodule.label or 0) for nodule in data.labelled],
        [nodule.patient for nodule in data.labelled],
    )
    auc = scorecard(labels, p, patients).metrics["auc"]
    return Elsewhere(words["data"], words["labels"], Figure(auc.value, auc.low, auc.high, len(labels)))


def _refuse_heavy(room: Path, made: Bundle) -> None:
    """Says what each model weighs. Raises DataError where all of them weigh too much."""
    others = [path for path in room.iterdir() if (path / ABOUT).exists() and path.name != made.name]
    sizes = {bundle.name: megabytes(bundle) for bundle in (*map(open_bundle, sorted(others)), made)}
    for name, size in sizes.items():
        click.echo(f"{name}: {size:.1f} MB")
    if sum(sizes.values()) > LARGEST:
        raise DataError(
            f"the models weigh {sum(sizes.values()):.1f} MB together, more than {LARGEST:g}", where=made.name
        )


if __name__ == "__main__":
    try:
        ship()
    except IsthmusError as error:
        sys.exit(f"ship: {error}")
