"""When ACR TI-RADS 2017 advises a biopsy: by level and largest diameter (Tessler et al., J Am Coll Radiol 14, 2017)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

NAME = "ACR TI-RADS 2017"
BIOPSY_FROM: Mapping[int, float] = {3: 25.0, 4: 15.0, 5: 10.0}  # millimetres, not rounded; never at levels 1 and 2
LEVELS = (1, 2, 3, 4, 5)


def biopsy(levels: npt.ArrayLike, millimetres: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether it advises a fine-needle biopsy, (n,), of levels 1 to 5 and sizes above 0, (n,) each. Raises ValueError.

    >>> biopsy([2, 3, 4, 5, 4], [60, 25, 14.9, 10, 15]).tolist()
    [False, True, False, True, True]
    """
    level, size = np.asarray(levels), np.asarray(millimetres, np.float64)
    if level.shape != size.shape or not np.isin(level, LEVELS).all():
        raise ValueError("levels are 1 to 5, one a size")
    if not (size > 0).all():
        raise ValueError("sizes are above 0")
    least = np.array([BIOPSY_FROM.get(int(one), np.inf) for one in level])
    return size >= least
