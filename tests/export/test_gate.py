"""A training leaves a gate in its bundle where it has enough nodules for one, and says so where it hasn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.data.grouping import BY_PATIENT
from isthmus.data.sources import open_source
from isthmus.errors import SplitError
from isthmus.export import gate
from isthmus.export.learned import Training
from isthmus.export.write import export_bundle, train_bundle
from isthmus.infer.predictor import Predictor
from isthmus.progress import Note, silent
from make.training import TINY

RECIPE = TINY.changed(epochs=1, patience=0, precision="fp32")


def training(phantom: Path, note: Note) -> Training:
    return Training(open_source("phantom", phantom), 0, BY_PATIENT, "cpu", silent, note, None, {})


def test_too_few_nodules_give_none_and_a_note(phantom: Path, tmp_path: Path) -> None:
    notes: list[str] = []
    assert gate.gate_of(training(phantom, notes.append), RECIPE.preparation, tmp_path) is None
    assert "no input gate: it needs 300 nodules, and there are" in notes[0]


def test_nodules_that_cant_be_divided_give_none_and_a_note(
    phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SplitError("one group can't be divided")

    monkeypatch.setattr(gate, "FEWEST", 10)
    monkeypatch.setattr(Training, "parts", refuse)
    notes: list[str] = []
    assert gate.gate_of(training(phantom, notes.append), RECIPE.preparation, tmp_path) is None
    assert notes == ["no input gate: one group can't be divided"]


def test_the_bundle_of_a_training_and_its_export_carry_one_gate(
    phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "FEWEST", 10)
    data = open_source("phantom", phantom)
    bundle = train_bundle(data, RECIPE, tmp_path / "model", device="cpu")
    predictor = Predictor.load(bundle.folder)
    assert predictor.gate
    assert "nodules of phantom; limits by" in predictor.gate.about
    again = export_bundle(bundle, data, tmp_path / "again", int8=False)
    assert again.gate
    assert bundle.gate
    assert again.gate.read_bytes() == bundle.gate.read_bytes()
