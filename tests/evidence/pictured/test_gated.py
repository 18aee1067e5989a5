"""The model's gate in the report: shares of nodules refused, with their reasons."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.evidence.pictured.gated import NO_GATE, gated
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.infer.gate.gate import REASONS
from isthmus.infer.predictor import Predictor
from isthmus.report.evidence.pictured.gated import section
from make.bundle import make
from make.gated import gate


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


def pictures(data: DataSet, model: Predictor, count: int) -> Pictures:
    nodules = data.labelled[:count]
    labels = np.array([int(one.label) for one in nodules])
    groups = np.array([one.patient for one in nodules])
    return Pictures(model, data, count, np.arange(count), tuple(nodules), labels, groups)


def test_shares_are_those_of_the_reader(tmp_path: Path, data: DataSet) -> None:
    model = Predictor.load(make(tmp_path / "b", gate=gate()))
    some = pictures(data, model, 20)
    one = gated(some)
    alone = {
        position: model.predict(frame, some.nodules[position].box) for position, frame in some.frames("reading alone")
    }
    passages = [alone[position].gate for position in range(20)]
    refused = np.array([passage is not None and not passage.accepted for passage in passages])
    assert one.refused["all"].value == pytest.approx(refused.mean())
    assert one.refused["malignant"].value == pytest.approx(refused[some.labels == 1].mean())
    for name, text in REASONS.items():
        assert one.reasons[name].value == pytest.approx(np.mean([p and text in p.reasons for p in passages]))
    assert one.auc["all"].n == 20
    accepted = int((~refused).sum())
    assert one.auc["accepted"].n == (accepted or None)
    record = one.as_json()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["about"] == "made"
    (listing,) = section(one).listings
    assert len(listing.table.blocks[""]) == 3 + len(REASONS) + 2


def test_a_model_without_a_gate_says_so(tmp_path: Path, data: DataSet) -> None:
    one = gated(pictures(data, Predictor.load(make(tmp_path / "b")), 4))
    assert one.as_json() == {"value": None, "reason": NO_GATE}
    assert NO_GATE in section(one).paragraphs[0]
