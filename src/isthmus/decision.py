"""From a network's output to a probability and an answer: a calibration, then a threshold."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from isthmus.errors import UsageError

if TYPE_CHECKING:  # `--help` of a verb needs the nouns, and no numpy
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.floating]"


GIVEN = "given"  # the threshold that a user gives as a number


class Curve(NamedTuple):
    """A monotone map of P(malignant) to P(malignant), ``apply(p, *parameters)``, each parameter in its ``bounds``."""

    bounds: tuple[tuple[float, float], ...]
    apply: Callable[..., Floats]


def _platt(p: Floats, slope: float, intercept: float) -> Floats:
    """A line in log-odds (Platt 1999), logit P' = slope logit P + intercept, written without a logarithm of 0."""
    p = p.astype("float64")
    malignant, benign = p**slope, math.exp(-intercept) * (1 - p) ** slope
    calibrated: Floats = malignant / (malignant + benign)
    return calibrated


CALIBRATIONS: Mapping[str, Curve] = {
    "none": Curve((), lambda p: p),
    "platt": Curve(((0.01, 100.0), (-100.0, 100.0)), _platt),  # slope, intercept
}


@dataclass(frozen=True)
class Calibration:
    """A curve of CALIBRATIONS by name, with its parameters. Raises ValueError for an unknown name, another number of
    parameters, and one out of bounds."""

    kind: str = "none"
    parameters: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CALIBRATIONS:
            raise ValueError(f"no calibration {self.kind!r}, but {', '.join(CALIBRATIONS)}")
        bounds = CALIBRATIONS[self.kind].bounds
        if len(self.parameters) != len(bounds):
            raise ValueError(f"calibration {self.kind} takes {len(bounds)} parameters, not {len(self.parameters)}")
        for value, (low, high) in zip(self.parameters, bounds, strict=True):
            if not low <= value <= high:
                raise ValueError(f"a parameter of calibration {self.kind} is {value}, not {low:g} to {high:g}")

    def apply(self, p: Floats) -> Floats:
        """The calibrated P(malignant), of the same shape."""
        return CALIBRATIONS[self.kind].apply(p, *self.parameters)


@dataclass(frozen=True)
class Decision:
    """What turns a network's fused output into P(malignant) and a label.

    ``thresholds`` lie in 0 .. 1, on the calibrated P(malignant), by the name of the rule that chose them; malignant is
    P >= the one called ``default``. Raises ValueError where there is none of that name, and for one outside 0 .. 1.
    """

    thresholds: Mapping[str, float]
    default: str
    calibration: Calibration = Calibration()

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
        """The calibrated P(malignant) of a network's fused output, of the same shape."""
        return self.calibration.apply(fused)

    def is_malignant(self, fused: Floats) -> npt.NDArray[np.bool_]:
        """Whether each fused output of a network is called malignant."""
        return self.probability(fused) >= self.threshold
