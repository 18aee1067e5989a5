"""From a network's output to a probability and an answer: a calibration, then a threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:  # `--help` of a verb needs the nouns, and no numpy
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.floating]"


class Curve(NamedTuple):
    """A monotone map of P(malignant) to P(malignant), ``apply(p, *parameters)``, with so many ``parameters``."""

    parameters: int
    apply: Callable[..., Floats]


CALIBRATIONS: Mapping[str, Curve] = {"none": Curve(0, lambda p: p)}


@dataclass(frozen=True)
class Calibration:
    """A curve of CALIBRATIONS by name, with its parameters. Raises ValueError for an unknown name or another number."""

    kind: str = "none"
    parameters: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in CALIBRATIONS:
            raise ValueError(f"no calibration {self.kind!r}, but {', '.join(CALIBRATIONS)}")
        expected = CALIBRATIONS[self.kind].parameters
        if len(self.parameters) != expected:
            raise ValueError(f"calibration {self.kind} takes {expected} parameters, not {len(self.parameters)}")

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
