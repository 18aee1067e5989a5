"""How far two readings of the same RoIs lie apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import ENGINES
from isthmus.runtime.parity import BATCH, Difference, difference, read_all, worst

FP32 = ENGINES["onnxruntime"]


def reading(*fused: float, crops: float | None = None) -> Probabilities:
    p = np.array(fused, np.float32)
    return Probabilities(p, p / 2, None if crops is None else np.full((len(p), 2), crops, np.float32))


def test_the_largest_difference_of_each_output() -> None:
    apart = difference(reading(0.25, 0.75, crops=0.5), reading(0.25, 0.5, crops=0.25))
    assert apart == Difference(fused=0.25, whole=0.125, crops=0.25)
    assert apart.votes == 0.25
    assert difference(reading(0.5), reading(0.25)) == Difference(0.25, 0.125, 0)


def test_not_a_number_is_within_no_tolerance() -> None:
    apart = difference(reading(math.nan), reading(0.5))
    assert math.isnan(apart.fused)
    assert math.isnan(apart.votes)
    assert not apart.within(FP32)
    assert not Difference(0, math.nan, 0).within(FP32)
    assert not Difference(0, 0, math.nan).within(FP32)


def test_fused_and_votes_have_each_their_tolerance() -> None:
    int8 = ENGINES["onnxruntime-int8"]
    assert Difference(int8.tolerance, int8.vote_tolerance, int8.vote_tolerance).within(int8)
    assert not Difference(int8.tolerance * 1.01, 0, 0).within(int8)
    assert not Difference(0, int8.vote_tolerance * 1.01, 0).within(int8)
    assert not Difference(0, 0, int8.vote_tolerance * 1.01).within(int8)


@pytest.mark.parametrize("other", [reading(0.5, 0.5), reading(0.5, crops=0.5)])
def test_other_shapes_are_refused(other: Probabilities) -> None:
    with pytest.raises(ValueError, match="of shape"):
        difference(reading(0.5), other)
    with pytest.raises(ValueError, match="of shape"):
        difference(other, reading(0.5))


@dataclass
class Counting:
    """An engine that takes bright for malignant, with ``crops`` as every crop's vote."""

    crops: float | None
    name: str = "counting"
    precision: str = "fp32"

    def read(self, rois: Pixels) -> Probabilities:
        assert len(rois) <= BATCH
        return reading(*(rois[:, 0, 0, 0] / 255), crops=self.crops)


@pytest.mark.parametrize("crops", [None, 0.5])
def test_all_are_read_in_order(crops: float | None) -> None:
    rois = np.arange(40, dtype=np.uint8).reshape(40, 1, 1, 1).repeat(3, axis=3)
    votes = read_all(Counting(crops), rois)
    assert np.allclose(votes.fused, np.arange(40) / 255)
    assert len(votes.whole) == 40
    assert (votes.crops is None) == (crops is None)


def test_what_rounding_makes_of_the_network_is_let_through_tenfold() -> None:
    rounding = Difference(3e-6, 3e-6, 0)
    assert Difference(2.9e-5, 2.9e-5, 0).within(FP32, rounding)
    assert not Difference(3.1e-5, 0, 0).within(FP32, rounding)
    assert not Difference(0, 3.1e-5, 0).within(FP32, rounding)
    assert Difference(FP32.tolerance, FP32.vote_tolerance, 0).within(FP32, Difference(0, 0, 0))
    assert not Difference(2e-5, 0, 0).within(FP32, Difference(math.nan, math.nan, math.nan))


def test_the_worst_rois_are_those_that_differ_most_in_any_vote() -> None:
    there = Probabilities(np.zeros(4), np.zeros(4), np.zeros((4, 2)))
    here = Probabilities(np.array([0, 0.1, 0, 0]), np.zeros(4), np.array([[0, 0], [0, 0], [0, 0.3], [0.2, 0]]))
    assert worst(here, there, 2).tolist() == [2, 3]
    assert worst(here, there, 9).tolist() == [2, 3, 1, 0]
