"""A decision calibrates the network's output, and answers by its default threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from isthmus import decision as decisions
from isthmus.decision import CALIBRATIONS, Calibration, Conformal, Curve, Decision, Prevalence
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


RISING = {
    "none": (),
    "platt": (0.8, -0.3),
    "temperature": (2.0,),
    "beta": (0.5, 1.5, 0.2),
    "isotonic": (0.1, 0.05, 0.4, 0.3, 0.5, 0.3, 0.9, 0.95),
}


@pytest.mark.parametrize("kind", CALIBRATIONS)
def test_every_curve_rises_and_gives_probabilities(kind: str) -> None:
    p = np.concatenate([[0.0, 1e-300], np.linspace(0.001, 0.999, 999), [1.0]])
    calibration = Calibration(kind, RISING[kind])
    with np.errstate(all="raise", under="ignore"):
        calibrated = calibration.apply(p)
    assert calibrated.shape == p.shape
    assert ((calibrated >= 0) & (calibrated <= 1)).all()
    steps = np.diff(calibrated[2:-1])
    assert (steps > 0).all() if calibration.is_strict else (steps >= 0).all()


def test_temperature_and_beta_are_what_they_are_called() -> None:
    p = np.array([0.1, 0.5, 0.9])
    assert logit(Calibration("temperature", (2.0,)).apply(p)) == pytest.approx(logit(p) / 2)
    expected = 0.5 * np.log(p) - 1.5 * np.log(1 - p) + 0.2
    assert logit(Calibration("beta", (0.5, 1.5, 0.2)).apply(p)) == pytest.approx(expected)
    assert Calibration("beta", (1.0, 1.0, 0.0)).apply(p) == pytest.approx(p)


def test_isotonic_is_straight_between_knots_and_level_beyond() -> None:
    calibrated = Calibration("isotonic", RISING["isotonic"]).apply(np.array([0.0, 0.25, 0.45, 0.7, 1.0]))
    assert calibrated == pytest.approx([0.05, 0.175, 0.3, 0.625, 0.95])


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("temperature", (0.0,), "a parameter of calibration temperature is"),
        ("beta", (0.0, 0.0, 1.0), "calibration beta is level"),
        ("beta", (-0.1, 1.0, 0.0), "a parameter of calibration beta is"),
        ("isotonic", (), "takes 4 parameters, not 0"),
        ("isotonic", (0.1, 0.2), "takes 4 parameters, not 2"),
        ("isotonic", (0.1, 0.2, 0.3), "takes 4 parameters, not 3"),
        ("isotonic", (0.1, 0.2, 0.3, 0.4, 0.5), "takes 6 parameters, not 5"),
        ("isotonic", (0.1, 0.2, 0.1, 0.4), "knots of calibration isotonic don't rise"),
        ("isotonic", (0.1, 0.4, 0.2, 0.3), "knots of calibration isotonic don't rise"),
        ("isotonic", (0.1, 0.4, 0.2, 0.4), "knots of calibration isotonic don't rise"),
        ("isotonic", (0.1, 0.4, 1.2, 0.5), "a parameter of calibration isotonic is"),
        ("isotonic", (0.1, float("nan"), 0.2, 0.5), "a parameter of calibration isotonic is"),
        ("isotonic", tuple(np.linspace(0, 1, 1002).repeat(2)), "takes 2000 parameters, not 2004"),
    ],
)
def test_no_curve_that_falls_or_says_nothing(kind: str, parameters: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calibration(kind, parameters)


def test_the_prevalence_moves_the_calibrated_p_and_thresholds_lie_on_it() -> None:
    fused = np.array([0.2, 0.5, 0.8])
    plain = Decision({"half": 0.5}, "half", Calibration("platt", (1.0, 1.0)))
    decision = replace(plain, prevalence=Prevalence(0.5, 0.1))
    assert logit(decision.probability(fused)) == pytest.approx(logit(fused) + 1 + logit(0.1))
    assert plain.is_malignant(fused).tolist() == [False, True, True]
    assert decision.is_malignant(fused).tolist() == [False, False, True]


@pytest.mark.parametrize("shares", [(0.0, 0.5), (0.5, 1.0), (0.5, float("nan")), (-1.0, 0.5)])
def test_an_impossible_prevalence_is_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="a prevalence is"):
        Prevalence(*shares)


def test_a_conformal_set_holds_what_is_within_its_limits() -> None:
    benign, malignant = Conformal(0.9, benign=0.6, malignant=0.3).holds(np.array([0.2, 0.3, 0.6, 0.7]))
    assert (benign.tolist(), malignant.tolist()) == ([True, True, True, False], [False, True, True, True])


@pytest.mark.parametrize("wrong", [(0.0, 0.5, 0.5), (1.0, 0.5, 0.5), (0.9, 1.1, 0.5), (0.9, 0.5, float("nan"))])
def test_impossible_limits_are_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="a coverage or a limit"):
        Conformal(*wrong)


def test_another_operating_point_by_name_or_number() -> None:
    decision = Decision({"half": 0.5, "youden": 0.4}, "half")
    assert (decision.at_point("youden").threshold, decision.at_point("youden").default) == (0.4, "youden")
    given = decision.at_point("0.25")
    assert (given.threshold, given.default, given.at_point("half").threshold) == (0.25, "given", 0.5)
    with pytest.raises(
        UsageError, match=r"no threshold 'yuden'.*Did you mean 'youden'\? Use half, youden, or a number"
    ):
        decision.at_point("yuden")
