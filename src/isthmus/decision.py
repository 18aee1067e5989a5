"""From a network's output to a probability and an answer: a calibration, then a threshold."""

from __future__ import annotations

import difflib
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from isthmus.errors import UsageError
from isthmus.judge.probability import prevalence

if TYPE_CHECKING:  # `--help` of a verb needs the nouns, and no numpy
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.floating]"


GIVEN = "given"  # the threshold that a user gives as a number


class Curve(NamedTuple):
    """A monotone map of P(malignant) to P(malignant), ``apply(p, *parameters)``, each parameter in its ``bounds``.

    A ``table`` has knots for parameters, x0, y0, x1, y1, ...: the bounds are those of one knot. ``is_strict`` where no
    two p get the same.
    """

    bounds: tuple[tuple[float, float], ...]
    apply: Callable[..., Floats]
    table: bool = False
    is_strict: bool = True


def _platt(p: Floats, slope: float, intercept: float) -> Floats:
    """A line in log-odds (Platt 1999), logit P' = slope logit P + intercept."""
    return _beta(p, slope, slope, intercept)


def _temperature(p: Floats, temperature: float) -> Floats:
    """Log-odds divided by a temperature (Guo et al., ICML 2017)."""
    return _beta(p, 1 / temperature, 1 / temperature, 0.0)


def _beta(p: Floats, a: float, b: float, c: float) -> Floats:
    """logit P' = a log P - b log(1 - P) + c (Kull et al., AISTATS 2017), written without a logarithm of 0."""
    p = p.astype("float64")
    malignant, benign = p**a, math.exp(-c) * (1 - p) ** b
    calibrated: Floats = malignant / (malignant + benign)
    return calibrated


def _isotonic(p: Floats, *knots: float) -> Floats:
    """Straight between knots, level beyond the first and the last (Zadrozny and Elkan, KDD 2002)."""
    import numpy as np  # here, since a help imports this module

    calibrated: Floats = np.interp(p, knots[::2], knots[1::2])
    return calibrated


MOST_KNOTS = 1000
POWER = (0.0, 100.0)

CALIBRATIONS: Mapping[str, Curve] = {
    "none": Curve((), lambda p: p),
    "platt": Curve(((0.01, 100.0), (-100.0, 100.0)), _platt),  # slope, intercept
    "temperature": Curve(((0.01, 100.0),), _temperature),
    "beta": Curve((POWER, POWER, (-100.0, 100.0)), _beta),  # a, b, c
    "isotonic": Curve(((0.0, 1.0), (0.0, 1.0)), _isotonic, table=True, is_strict=False),
}


@dataclass(frozen=True)
class Calibration:
    """A curve of CALIBRATIONS by name, with its parameters. Raises ValueError for an unknown name, another number of
    parameters, one out of bounds, and parameters of a curve that falls or is level throughout."""

    kind: str = "none"
    parameters: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CALIBRATIONS:
            raise ValueError(f"no calibration {self.kind!r}, but {', '.join(CALIBRATIONS)}")
        bounds = self._bounds()
        if len(self.parameters) != len(bounds):
            raise ValueError(f"calibration {self.kind} takes {len(bounds)} parameters, not {len(self.parameters)}")
        for value, (low, high) in zip(self.parameters, bounds, strict=True):
            if not low <= value <= high:
                raise ValueError(f"a parameter of calibration {self.kind} is {value}, not {low:g} to {high:g}")
        if CALIBRATIONS[self.kind].table:
            self._refuse_falling()
        elif self.kind == "beta" and not max(self.parameters[:2]) > 0:
            raise ValueError("calibration beta is level: a and b are both 0")

    def _bounds(self) -> tuple[tuple[float, float], ...]:
        curve = CALIBRATIONS[self.kind]
        if not curve.table:
            return curve.bounds
        return curve.bounds * min(max(2, math.ceil(len(self.parameters) / len(curve.bounds))), MOST_KNOTS)

    def _refuse_falling(self) -> None:
        x, y = self.parameters[::2], self.parameters[1::2]
        if not (all(map(operator.lt, x, x[1:])) and all(map(operator.le, y, y[1:])) and y[0] < y[-1]):
            raise ValueError(f"the knots of calibration {self.kind} don't rise")

    def apply(self, p: Floats) -> Floats:
        """The calibrated P(malignant), of the same shape."""
        return CALIBRATIONS[self.kind].apply(p, *self.parameters)

    @property
    def is_strict(self) -> bool:
        """Whether no two p get the same, so that it can be undone."""
        return CALIBRATIONS[self.kind].is_strict


@dataclass(frozen=True)
class Prevalence:
    """The move of P(malignant) from the share of malignant nodules that it was ``fitted`` at to the one ``here``.
    Raises ValueError unless both lie between 0 and 1."""

    fitted: float
    here: float

    def __post_init__(self) -> None:
        for share in (self.fitted, self.here):
            prevalence.odds(share)

    def apply(self, p: Floats) -> Floats:
        """The P(malignant) here, of the same shape."""
        return prevalence.moved(p, self.fitted, self.here)


COVERAGE = 0.9  # of sets of labels, for each class, where nobody states another


@dataclass(frozen=True)
class Conformal:
    """The labels that a reading doesn't rule out: benign where P(malignant) <= ``benign``, malignant where it is
    >= ``malignant``; of each class a share ``coverage`` has its label in the set, see ``judge.probability.conformal``.
    Raises ValueError for a coverage or a limit outside 0 .. 1."""

    coverage: float
    benign: float
    malignant: float

    def __post_init__(self) -> None:
        if not (0 < self.coverage < 1 and 0 <= self.benign <= 1 and 0 <= self.malignant <= 1):
            raise ValueError("a coverage or a limit of a conformal set isn't a number from 0 to 1")

    def holds(self, p: Floats) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Whether benign is in the set of each P(malignant), and whether malignant is."""
        return p <= self.benign, p >= self.malignant


@dataclass(frozen=True)
class Decision:
    """What turns a network's fused output into P(malignant) and a label.

    P(malignant) is calibrated, then moved to another ``prevalence`` where there is one. ``thresholds`` lie in 0 .. 1,
    on that P, by the name of the rule that chose them; malignant is P >= the one called ``default``. ``conformal``
    gives the set of labels, on the same P. Raises ValueError where there is no threshold ``default``, and for one
    outside 0 .. 1.
    """

    thresholds: Mapping[str, float]
    default: str
    calibration: Calibration = Calibration()
    prevalence: Prevalence | None = None
    conformal: Conformal | None = None

    def __post_init__(self) -> None:
        if self.default not in self.thresholds:
            raise ValueError(f"no threshold {self.default!r}, but {', '.join(self.thresholds) or 'none'}")
        if not all(0 <= threshold <= 1 for threshold in self.thresholds.values()):
            raise ValueError("a threshold isn't a number from 0 to 1")

    @classmethod
    def at(cls, threshold: float, name: str = "half") -> Decision:
        """One threshold, no calibration.

        >>> Decision.at(0.4, "youden").threshold
        0.4
        """
        return cls({name: threshold}, name)

    def at_point(self, point: str) -> Decision:
        """The decision with another default: one of its thresholds by name, or a number from 0 to 1, then named
        ``given``. Raises UsageError for anything else.

        >>> Decision({"youden": 0.4, "half": 0.5}, "half").at_point("youden").threshold
        0.4
        """
        if point in self.thresholds:
            return replace(self, default=point)
        try:
            return replace(self, thresholds={**self.thresholds, GIVEN: float(point)}, default=GIVEN)
        except ValueError:
            near = difflib.get_close_matches(point, self.thresholds, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise UsageError(
                f"no threshold {point!r}, and no number from 0 to 1",
                where="--threshold",
                remedy=f"{hint}Use {', '.join(self.thresholds)}, or a number.",
            ) from None

    @property
    def threshold(self) -> float:
        """The default threshold, which gives the label."""
        return self.thresholds[self.default]

    def probability(self, fused: Floats) -> Floats:
        """The calibrated P(malignant) of a network's fused output, at its prevalence, of the same shape."""
        calibrated = self.calibration.apply(fused)
        return calibrated if self.prevalence is None else self.prevalence.apply(calibrated)

    def is_malignant(self, fused: Floats) -> npt.NDArray[np.bool_]:
        """Whether each fused output of a network is called malignant."""
        return self.probability(fused) >= self.threshold
