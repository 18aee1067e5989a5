"""A run and a training of the same recipe become a model of the package, by one command."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

import ship
from isthmus.bundle import INT8, WEIGHTS, open_bundle
from isthmus.cross import stored
from isthmus.errors import DataError
from isthmus.infer.predictor import Predictor
from isthmus.models import names
from isthmus.models.facts import facts_of
from make.bundle import TINY, make
from make.commands import SMALL, isthmus
from make.runs import write_run

DECLARED = sorted((Path(ship.__file__).parent).glob("*.toml"))
LEARNING = (*SMALL, *(f"--set={text}" for text in ("choose_by=last", "threshold=half", "patience=0", "precision=fp32")))


@pytest.mark.parametrize("path", DECLARED, ids=lambda path: path.stem)
def test_what_is_declared_can_be_read(path: Path) -> None:
    declared = ship.Declared.read(path)
    assert len(declared.failures) >= 2
    assert declared.citation
    assert "licence" not in path.read_text(encoding="utf-8").lower()
    if path.stem == "ddti":
        assert declared.reads == "a reading of TI-RADS, not pathology"


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """shipping/ with one model, of simulated nodules."""
    values = tomllib.loads(DECLARED[0].read_text(encoding="utf-8"))
    lines = [f"{name} = {json.dumps(values[name])}" for name in ("about", "data", "citation", "reads", "failures")]
    elsewhere = '[elsewhere.phantom]\ndata = "the same"\nlabels = "simulated"'
    (tmp_path / "tn5000.toml").write_text("\n".join([*lines, 'kind = "phantom"', elsewhere]), encoding="utf-8")
    monkeypatch.setattr(ship, "HERE", tmp_path)


def skilled(run: Path) -> None:
    """Gives the predictions of a run the skill that two epochs don't: a decision can be fitted on them."""
    for path in run.glob("folds/*/fold.json"):
        fold = json.loads(path.read_text(encoding="utf-8"))
        for at, row in enumerate(fold["rows"]):
            row["p_malignant"] = 0.3 + 0.2 * (row["label"] == "malignant") + 0.05 * (at % 7)
        path.write_text(json.dumps(fold), encoding="utf-8")


def test_a_run_that_began_elsewhere_than_the_bundle_is_refused(tmp_path: Path) -> None:
    folder, bundle = write_run(tmp_path, "run", [0.1, 0.9], [0, 1], TINY), open_bundle(make(tmp_path / "bundle"))
    begun = replace(bundle, provenance=replace(bundle.provenance, beginning="other 0123"))
    ship._refuse_other_recipes([stored.load(folder)], [bundle])
    with pytest.raises(DataError, match="began from other weights"):
        ship._refuse_other_recipes([stored.load(folder)], [begun])


@pytest.mark.slow
@pytest.mark.usefixtures("declared")
def test_the_road_of_a_model(phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, bundle, room = tmp_path / "run", tmp_path / "bundle", tmp_path / "room"
    room.mkdir()
    learning = ("--as", "phantom", *LEARNING, "--set", "epochs=2")
    assert isthmus("cross", phantom, *learning, "--folds", 2, "--to", run).exit_code == 0
    skilled(run)
    assert isthmus("train", phantom, *learning, "--set", "validation=0", "--to", bundle).exit_code == 0
    assert open_bundle(bundle).provenance.nodules["validation"] == {"benign": 0, "malignant": 0}
    command = ["tn5000", "--run", run, "--bundle", bundle, "--data", phantom, "--room", room, "--no-golden"]
    result = CliRunner().invoke(ship.ship, [*map(str, command), "--elsewhere", f"phantom={phantom}"])
    assert result.exit_code == 0, result.exception
    assert "tn5000: " in result.stdout

    monkeypatch.setattr(names, "ROOM", room)
    predictor = Predictor.load()
    made, decision = predictor.bundle, predictor.bundle.decision
    assert (decision.default, decision.calibration.kind) == ("sensitivity-95", "platt")
    assert INT8 not in made.files
    facts = facts_of(made)
    assert facts is not None
    assert facts.out_of_fold.thresholds.keys() == decision.thresholds.keys()
    assert facts.elsewhere[0].auc.n == facts.out_of_fold.benign + facts.out_of_fold.malignant
    assert facts.milliseconds > 0
    weights = load_file(made.folder / WEIGHTS)
    assert weights["classifier.hidden.weight"].dtype == torch.float16
    assert "Known failures" in (made.folder / "card.md").read_text(encoding="utf-8")
    assert "AUC" in isthmus("models").stdout

    other = tmp_path / "other"
    assert isthmus("train", phantom, *learning, "--set", "flip=0.1", "--to", other).exit_code == 0
    command[command.index(bundle)] = other
    refused = CliRunner().invoke(ship.ship, [*map(str, command)])
    assert isinstance(refused.exception, DataError)
    assert "its recipe is not that of" in str(refused.exception)
    assert "flip" in str(refused.exception)
