"""How far one reading of RoIs lies from another of the same RoIs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.nodule import Pixels
from isthmus.prediction import Floats, Probabilities
from isthmus.runtime.kinds import OUTPUTS, Engine, EngineKind

Indices = npt.NDArray[np.intp]
BATCH = 16
ROUNDINGS = 10


@dataclass(frozen=True)
class Difference:
    """The largest difference in P(malignant) over all RoIs: ``fused``, and ``whole`` and ``crops``, the votes.

    ``crops`` is 0 without a cropping branch. nan where a number is nan.
    """

    fused: float
    whole: float
    crops: float

    @property
    def votes(self) -> float:
        """The larger of the two votes'."""
        return float(np.maximum(self.whole, self.crops))  # nan stays nan

    def within(self, kind: EngineKind, rounding: Difference | None = None) -> bool:
        """Whether an engine of that kind may differ so far from torch in fp32: by its tolerance, or by ten times what
        ``rounding`` alone makes of the network, torch in fp32 less torch in fp64 (decision 67)."""
        fused, votes = (ROUNDINGS * rounding.fused, ROUNDINGS * rounding.votes) if rounding else (0.0, 0.0)
        return self.fused <= max(kind.tolerance, fused) and self.votes <= max(kind.vote_tolerance, votes)


def difference(actual: Probabilities, expected: Probabilities) -> Difference:
    """The difference of two readings of the same RoIs. Raises ValueError where their shapes differ."""
    return Difference(*(_largest(name, getattr(actual, name), getattr(expected, name)) for name in OUTPUTS))


def worst(actual: Probabilities, expected: Probabilities, n: int) -> Indices:
    """The ``n`` RoIs, or all, where two readings differ most in any vote."""
    pairs = [(getattr(actual, name), getattr(expected, name)) for name in OUTPUTS]
    apart = [np.abs(one - other).reshape(len(one), -1).max(1) for one, other in pairs if one is not None]
    return np.argsort(-np.max(apart, axis=0), kind="stable")[:n]


def read_all(engine: Engine, rois: Pixels) -> Probabilities:
    """An engine's probabilities for all RoIs, uint8 (n, size, size, 3), read in batches of 16. Raises EngineError."""
    parts = [engine.read(rois[start : start + BATCH]) for start in range(0, len(rois), BATCH)]
    crops = [part.crops for part in parts if part.crops is not None]
    return Probabilities(
        np.concatenate([part.fused for part in parts]),
        np.concatenate([part.whole for part in parts]),
        np.concatenate(crops) if crops else None,
    )


def _largest(name: str, actual: Floats | None, expected: Floats | None) -> float:
    shapes = [() if values is None else values.shape for values in (actual, expected)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{name} of shape {shapes[0]}, not {shapes[1]}")
    if actual is None or expected is None:
        return 0.0
    return float(np.abs(np.asarray(actual, np.float64) - np.asarray(expected, np.float64)).max())
