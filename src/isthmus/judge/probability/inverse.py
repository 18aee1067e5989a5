"""A rising curve undone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from isthmus.judge.metrics import Floats

HALVINGS = 60


def undone(p: npt.ArrayLike, curve: Callable[[Floats], npt.NDArray[np.floating]], near: float = 1e-6) -> Floats:
    """The x in 0 .. 1 with ``curve(x)`` = p, (n,), of a curve that rises throughout, by bisection.

    Raises ValueError where a p isn't on the curve, to within ``near``.
    """
    wanted = np.asarray(p, np.float64)
    low, high = np.zeros_like(wanted), np.ones_like(wanted)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = curve(middle) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    at_end = np.abs(curve(np.ones_like(wanted)) - wanted) < np.abs(curve(high) - wanted)
    found: Floats = np.where(wanted <= curve(np.zeros_like(wanted)), 0.0, np.where(at_end, 1.0, high))
    off = np.abs(curve(found) - wanted) > near
    if off.any():
        raise ValueError(f"{wanted[off][0]:g} is not on the curve")
    return found
