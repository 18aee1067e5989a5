"""An engine whose every failure is one of our errors, and whose every answer is a probability."""

from __future__ import annotations

import numpy as np

from isthmus.errors import EngineError, IsthmusError
from isthmus.nodule import Pixels
from isthmus.prediction import Floats, Probabilities
from isthmus.runtime.kinds import DEFAULT, Engine

ROUNDING = 1e-5  # how far a probability may lie outside 0 .. 1; it is clipped


class Checked:
    """Reads with another engine. Raises EngineError where that one fails, or gives anything but probabilities."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.name, self.precision = engine, engine.name, engine.precision

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3). Raises EngineError."""
        try:
            votes = self.engine.read(rois)
        except IsthmusError:
            raise
        except Exception as error:  # the engines' own errors share no base class
            what = " ".join(str(error).split())[:200] or type(error).__name__
            raise self._error(f"failed ({what})") from error
        n = len(rois)
        crops = None if votes.crops is None else self._probabilities("crops", votes.crops, n, 2)
        if votes.maps is not None and (np.ndim(votes.maps) != 4 or len(votes.maps) != n):
            raise self._error(f"gave a feature map of shape {np.shape(votes.maps)} for {n} RoIs")
        fused, whole = (self._probabilities(name, getattr(votes, name), n, 1) for name in ("fused", "whole"))
        return Probabilities(fused, whole, crops, votes.maps)

    def _probabilities(self, name: str, values: Floats, n: int, axes: int) -> Floats:
        shape = np.shape(values)
        if len(shape) != axes or shape[0] != n or 0 in shape[1:]:
            raise self._error(f"gave {name} of shape {shape} for {n} RoIs")
        if not ((values >= -ROUNDING) & (values <= 1 + ROUNDING)).all():  # nan is neither
            raise self._error(f"gave {name} that are no probabilities")
        clipped: Floats = np.clip(values, 0, 1)
        return clipped

    def _error(self, what: str) -> EngineError:
        return EngineError(f"engine {self.name} {what}", remedy=f"Use another --engine, {DEFAULT} for one.")
