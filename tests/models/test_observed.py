"""The interval beside a reading: how many nodules with a similar P(malignant) were malignant."""

from __future__ import annotations

import json

import pytest

from isthmus.bundle import open_bundle
from isthmus.decision import Prevalence
from isthmus.models.names import find
from isthmus.models.observed import Observed, Reliability, Share

LOW, HIGH = Share(0.1, 0.05, 0.2), Share(0.8, 0.7, 0.9)
BINS = Reliability((Observed(0.0, 0.3, 50, LOW, LOW), Observed(0.4, 0.9, 70, HIGH, HIGH)))


@pytest.mark.parametrize(("p", "n"), [(0.0, 50), (0.3, 50), (0.35, 70), (0.9, 70), (0.99, 70)])
def test_the_bin_is_the_first_that_reaches_p(p: float, n: int) -> None:
    found = BINS.near(p)
    assert found is not None
    assert found.n == n
    assert found.here == found.share


def test_without_figures_there_is_none() -> None:
    assert Reliability(()).near(0.5) is None


def test_at_another_prevalence_the_bin_is_that_of_the_original_and_its_share_is_moved() -> None:
    found = BINS.near(0.1, Prevalence(fitted=0.5, here=0.1))  # 0.1 is 0.5 there
    assert found is not None
    assert (found.n, found.share) == (70, HIGH)
    assert found.here.value == pytest.approx(0.8 / (0.8 + 9 * 0.2))
    assert found.here.low < found.here.value < found.here.high


def test_a_model_that_ships_says_what_its_evidence_says() -> None:
    bundle = open_bundle(find())
    assert bundle.evidence is not None
    first = json.loads(bundle.evidence.read_bytes())["calibration"]["after"]["bins"][0]
    found = Reliability.of(bundle).near(first["high"])
    assert found is not None
    assert (found.p_high, found.n, found.share.high) == (first["high"], first["n"], first["observed"]["high"])
