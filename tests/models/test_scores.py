"""What the models that ship read of stored frames doesn't move, on any engine; together they stay small."""

from __future__ import annotations

import json

import pytest

from golden.make_shipped_scores import SCORES, frames
from isthmus.data.pixels import read_frame
from isthmus.data.prepare import prepare
from isthmus.errors import EngineError
from isthmus.infer.engines import carried
from isthmus.infer.predictor import Predictor
from isthmus.models import names
from isthmus.models.facts import facts_of, megabytes
from isthmus.models.shipped import open_model
from isthmus.runtime.kinds import DEFAULT
from isthmus.runtime.start import is_installed, kind

GOLDEN = json.loads(SCORES.read_text(encoding="utf-8"))
LARGEST = 40.0  # megabytes


def test_every_model_that_ships_has_its_scores() -> None:
    assert sorted(GOLDEN) == sorted(names.names())
    assert all(scores.keys() == frames().keys() for scores in GOLDEN.values())


@pytest.mark.parametrize("name", names.names())
def test_every_engine_gives_its_scores(name: str) -> None:
    """Before calibration, within what the engine's kind may differ by."""
    bundle = open_model(name)
    for engine in filter(is_installed, carried(bundle)):
        try:
            predictor = Predictor.load(name, engine)
        except EngineError:
            assert engine != DEFAULT  # another may need a processor with bf16
            continue
        for frame, (path, box) in frames().items():
            roi = prepare(read_frame(path), box, bundle.recipe.preparation)
            fused = float(predictor.engine.read(roi[None]).fused[0])
            assert fused == pytest.approx(GOLDEN[name][frame]["fused"], abs=kind(engine).tolerance), (engine, frame)


@pytest.mark.parametrize("name", names.names())
def test_every_model_gives_its_probabilities(name: str) -> None:
    predictor = Predictor.load(name)
    for frame, (path, box) in frames().items():
        found = predictor.predict(read_frame(path), box)
        assert found.probability == pytest.approx(GOLDEN[name][frame]["p_malignant"], abs=1e-4), frame


@pytest.mark.parametrize("name", names.names())
def test_every_model_has_its_facts_and_thresholds(name: str) -> None:
    bundle = open_model(name)
    facts = facts_of(bundle)
    assert facts is not None
    assert bundle.decision.default == "sensitivity-95"
    assert {at: one.threshold for at, one in facts.out_of_fold.thresholds.items()} == bundle.decision.thresholds
    assert (name == "ddti") == ("not pathology" in facts.reads)


@pytest.mark.skipif(not names.names(), reason="no model ships")
def test_together_they_fit_into_a_wheel() -> None:
    assert sum(megabytes(open_model(name)) for name in names.names()) <= LARGEST
