"""Whether a fast engine still says what torch says in fp32."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.infer.engines import EngineKind
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities

Floats = npt.NDArray[np.floating]
BATCH = 16


@dataclass(frozen=True)
class Parity:
    """How far an engine lies from torch in fp32 over n RoIs.

    ``max_difference`` is of the fused P(malignant), ``max_vote_difference`` of the whole RoI's and each crop's.
    ``verdicts_changed`` counts the RoIs called otherwise, ``changed_beyond`` those of them whose P(malignant) in torch
    lies farther than ``tolerance`` from the threshold.
    """

    precision: str
    n: int
    tolerance: float
    max_difference: float
    max_vote_difference: float
    verdicts_changed: int
    changed_beyond: int

    @property
    def holds(self) -> bool:
        """Whether the engine may be used: within the tolerance, and no verdict changed beyond it."""
        return self.max_difference <= self.tolerance and not self.changed_beyond


def read_all(read: Callable[[Pixels], Probabilities], rois: Pixels) -> Probabilities:
    """What an engine says of all RoIs, uint8 (n, size, size, 3), a batch at a time."""
    parts = [read(rois[start : start + BATCH]) for start in range(0, len(rois), BATCH)]
    crops = [part.crops for part in parts if part.crops is not None]
    return Probabilities(
        np.concatenate([part.fused for part in parts]),
        np.concatenate([part.whole for part in parts]),
        np.concatenate(crops) if crops else None,
    )


def compare(kind: EngineKind, found: Probabilities, expected: Probabilities, threshold: float) -> Parity:
    """Compares what an engine of that kind found with what torch in fp32 says of the same RoIs."""
    fused, reference = (np.asarray(said.fused, np.float64) for said in (found, expected))
    changed = (fused >= threshold) != (reference >= threshold)
    votes = [(found.whole, expected.whole)]
    if found.crops is not None and expected.crops is not None:
        votes.append((found.crops, expected.crops))
    return Parity(
        precision=kind.precision,
        n=len(reference),
        tolerance=kind.tolerance,
        max_difference=_largest(fused, reference),
        max_vote_difference=max(_largest(ours, theirs) for ours, theirs in votes),
        verdicts_changed=int(changed.sum()),
        changed_beyond=int((changed & (np.abs(reference - threshold) > kind.tolerance)).sum()),
    )


def _largest(found: Floats, expected: Floats) -> float:
    return float(np.abs(np.asarray(found, np.float64) - np.asarray(expected, np.float64)).max())
