"""A decision calibrates the network's output, and answers by its default threshold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from isthmus import decision as decisions
from isthmus.decision import Calibration, Curve, Decision
from isthmus.errors import UsageError
from isthmus.nodule import Box, Label
from isthmus.prediction import Probabilities


def test_without_a_calibration_the_output_is_the_probability() -> None:
    fused = np.array([0.25, 0.4, 0.75], np.float32)
    decision = Decision({"half": 0.5, "youden": 0.4}, "half")
    assert decision.probability(fused) is fused
    assert decision.is_malignant(fused).tolist() == [False, False, True]
    assert Decision(decision.thresholds, "youden").is_malignant(fused.astype(float)).tolist() == [False, True, True]


def test_a_calibration_reaches_probability_and_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = Curve(((1.0, 9.0),), lambda p, power: p**power)
    monkeypatch.setattr(decisions, "CALIBRATIONS", {**decisions.CALIBRATIONS, "power": curve})
    decision = Decision({"half": 0.5}, "half", Calibration("power", (2.0,)))
    fused = np.array([0.6, 0.8])
    assert decision.is_malignant(fused).tolist() == [False, True]
    predictions = [
        Probabilities(fused, fused, None).prediction(at, "n", "i", Box(0, 0, 1, 1), decision) for at in (0, 1)
    ]
    assert [prediction.probability for prediction in predictions] == pytest.approx([0.36, 0.64])
    assert [prediction.whole for prediction in predictions] == [0.6, 0.8]
    assert [prediction.verdict for prediction in predictions] == [Label.BENIGN, Label.MALIGNANT]


def test_what_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no threshold 'half', but youden"):
        Decision({"youden": 0.4}, "half")
    with pytest.raises(ValueError, match="no calibration 'magic', but none"):
        Calibration("magic")
    with pytest.raises(ValueError, match="calibration none takes 0 parameters, not 1"):
        Calibration("none", (1.0,))


def test_platt_is_a_line_in_log_odds_and_takes_0_and_1() -> None:
    p = np.array([0.0, 1e-300, 0.1, 0.5, 0.9, 1.0])
    with np.errstate(all="raise", under="ignore"):
        calibrated = Calibration("platt", (2.0, -0.5)).apply(p)
    assert calibrated[[0, -1]].tolist() == [0, 1]
    assert logit(calibrated[2:5]) == pytest.approx(2 * logit(p[2:5]) - 0.5)
    assert Calibration("platt", (1.0, 0.0)).apply(p) == pytest.approx(p)
    assert (np.diff(calibrated[2:]) > 0).all()


@pytest.mark.parametrize("parameters", [(0.0, 0.0), (-1.0, 0.0), (1.0, 1e9), (float("nan"), 0.0)])
def test_a_curve_that_does_not_rise_is_refused(parameters: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="a parameter of calibration platt is"):
        Calibration("platt", parameters)


def test_another_operating_point_by_name_or_number() -> None:
    decision = Decision({"half": 0.5, "youden": 0.4}, "half")
    assert (decision.at_point("youden").threshold, decision.at_point("youden").default) == (0.4, "youden")
    given = decision.at_point("0.25")
    assert (given.threshold, given.default, given.at_point("half").threshold) == (0.25, "given", 0.5)
    with pytest.raises(
        UsageError, match=r"no threshold 'yuden'.*Did you mean 'youden'\? Use half, youden, or a number"
    ):
        decision.at_point("yuden")
