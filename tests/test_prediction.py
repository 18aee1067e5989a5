"""The record of a reading: one in Python, in JSON and in the cells of a CSV."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.decision import Conformal, Decision
from isthmus.errors import DataError
from isthmus.nodule import Box, Label
from isthmus.prediction import Passage, Prediction, Probabilities

PROBABILITY = st.floats(0, 1)
BOX = Box(4, 5, 30, 40)
PREDICTION = Prediction("1_1-1", "1_1", 0.75, 1 / 3, 0.1 + 0.2, 0.4, BOX, (0.1, 0.5), page=2, pages=3)

predictions = st.builds(
    Prediction,
    nodule=st.text(),
    image=st.text(),
    probability=PROBABILITY,
    whole=PROBABILITY,
    crops=st.none() | PROBABILITY,
    threshold=PROBABILITY,
    box=st.none() | st.just(BOX),
    votes=st.lists(PROBABILITY, max_size=3).map(tuple),
    page=st.integers(1, 9),
    pages=st.integers(1, 9),
    label_set=st.sampled_from([None, (), (Label.BENIGN,), (Label.MALIGNANT,), tuple(Label)]),
    gate=st.none() | st.lists(st.text(), max_size=2).map(lambda reasons: Passage(tuple(reasons))),
)


@pytest.mark.parametrize(
    ("probability", "verdict"), [(0.39, Label.BENIGN), (0.4, Label.MALIGNANT), (1.0, Label.MALIGNANT)]
)
def test_malignant_from_the_threshold_on(probability: float, verdict: Label) -> None:
    assert replace(PREDICTION, probability=probability).verdict is verdict


def test_its_names_in_files() -> None:
    assert PREDICTION.as_json() == {
        "nodule": "1_1-1",
        "image": "1_1",
        "page": 2,
        "pages": 3,
        "box": [4, 5, 30, 40],
        "p_malignant": 0.75,
        "p_whole": 1 / 3,
        "p_crops": 0.1 + 0.2,
        "votes": [0.1, 0.5],
        "threshold": 0.4,
        "operating_point": "",
        "verdict": "malignant",
        "set": None,
        "gate": None,
    }


def test_where_the_gate_refuses_there_is_no_verdict_and_the_number_stays() -> None:
    refused = replace(PREDICTION, gate=Passage(("it is upside down", "it is coloured")))
    assert refused.verdict is None
    record = refused.as_json()
    assert (record["verdict"], record["p_malignant"]) == ("abstain", 0.75)
    assert record["gate"] == {"accepted": False, "reasons": ["it is upside down", "it is coloured"]}
    assert (refused.as_cells()["verdict"], refused.as_cells()["p_malignant"]) == ("abstain", "0.75")
    assert refused.as_cells()["gate"] == "it is upside down; it is coloured"


def test_where_the_gate_accepts_the_verdict_stands() -> None:
    accepted = replace(PREDICTION, gate=Passage())
    assert accepted.verdict is Label.MALIGNANT
    assert accepted.as_json()["gate"] == {"accepted": True, "reasons": []}
    assert accepted.as_cells()["gate"] == "accepted"


@given(predictions)
def test_it_reads_back_equal_from_json(prediction: Prediction) -> None:
    assert Prediction.from_json(json.loads(json.dumps(prediction.as_json()))) == prediction


@given(predictions)
def test_cells_are_the_json_record_with_the_box_by_its_sides(prediction: Prediction) -> None:
    record, cells = prediction.as_json(), prediction.as_cells()
    box = record.pop("box") or [""] * 4
    del record["votes"]
    names = record.pop("set")
    assert cells.pop("set") == ("" if names is None else " ".join(names) or "none")
    gate = record.pop("gate")
    assert cells.pop("gate") == ("" if gate is None else "; ".join(gate["reasons"]) or "accepted")
    assert [cells.pop(side) for side in ("x0", "y0", "x1", "y1")] == [str(side) for side in box]
    assert cells == {name: "" if value is None else str(value) for name, value in record.items()}
    assert float(cells["p_malignant"]) == prediction.probability


@pytest.mark.parametrize("name", ["probability", "whole", "crops"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_other_numbers_are_no_probability(name: str, value: float) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(DataError, match=r"nodule 1_1-1: p_\w+ = .* is not a probability"):
        replace(PREDICTION, **changed)


@pytest.mark.parametrize(
    "harm",
    [{"p_malignant": "0.5"}, {"box": [1, 2, 3]}, {"box": 7}, {"votes": None}, {"colour": "grey"}],
    ids=["text", "three sides", "no box", "no votes", "another key"],
)
def test_other_json_is_refused(harm: dict[str, object]) -> None:
    with pytest.raises((TypeError, DataError)):
        Prediction.from_json(PREDICTION.as_json() | harm)


def test_json_without_a_number_is_refused() -> None:
    record = PREDICTION.as_json()
    del record["p_malignant"]
    with pytest.raises(KeyError):
        Prediction.from_json(record)


def test_a_record_of_before_has_no_set() -> None:
    record = PREDICTION.as_json()
    del record["set"]
    assert Prediction.from_json(record) == PREDICTION


@pytest.mark.parametrize(
    ("fused", "names"), [(0.2, ["benign"]), (0.5, ["benign", "malignant"]), (0.6, ["malignant"]), (0.55, ["malignant"])]
)
def test_the_set_are_the_labels_within_the_limits(fused: float, names: list[str]) -> None:
    decision = replace(Decision.at(0.5), conformal=Conformal(0.9, benign=0.5, malignant=0.4))
    votes = np.array([fused])
    assert Probabilities(votes, votes, None).prediction(0, "n", "i", BOX, decision).as_json()["set"] == names


def test_a_set_may_be_empty() -> None:
    decision = replace(Decision.at(0.5), conformal=Conformal(0.5, benign=0.4, malignant=0.6))
    votes = np.array([0.5])
    prediction = Probabilities(votes, votes, None).prediction(0, "n", "i", BOX, decision)
    assert (prediction.as_json()["set"], prediction.as_cells()["set"]) == ([], "none")


def test_one_roi_of_a_batch() -> None:
    half = Decision.at(0.5)
    fused, crops = np.array([0.25, 0.75], np.float32), np.array([[0, 1, 0.5], [0.25, 0.5, 0.75]], np.float32)
    prediction = Probabilities(fused, fused[::-1], crops).prediction(1, "n", "i", BOX, half, page=2, pages=3)
    assert prediction == Prediction("n", "i", 0.75, 0.25, 0.5, 0.5, BOX, (0.25, 0.5, 0.75), 2, 3, "half")
    bare = Probabilities(fused, fused, None).prediction(0, "n", "i", BOX, half)
    assert (bare.crops, bare.votes, bare.page, bare.pages) == (None, (), 1, 1)
    assert all(type(number) is float for number in (prediction.probability, prediction.whole, *prediction.votes))
