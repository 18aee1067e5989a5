"""The move of P(malignant) to a place where another share of nodules is malignant."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Floats: TypeAlias = "npt.NDArray[np.floating]"

LEAST = 1e-6  # a prevalence is at least this far from 0 and from 1


def odds(share: float) -> float:
    """The odds of a share. Raises ValueError unless it is a prevalence, LEAST .. 1 - LEAST."""
    if not LEAST <= share <= 1 - LEAST:
        raise ValueError(f"a prevalence is {share}, not between 0 and 1")
    return share / (1 - share)


def moved(p: Floats, fitted: float, here: float) -> Floats:
    """P(malignant) where a share ``here`` of nodules is malignant, of p that is right where it is ``fitted``.

    Odds times a factor, by Bayes: it holds where malignant nodules look the same in both places, and benign ones too
    (prior shift; Saerens et al., Neural Comput 14, 2002). The order of nodules stays. Raises ValueError.

    >>> round(moved(0.5, fitted=0.5, here=0.1), 6)
    0.1
    """
    factor = odds(here) / odds(fitted)
    return p * factor / (p * factor + (1 - p))
