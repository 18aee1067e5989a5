"""A seed is any whole number from 0 on. Libraries that take fewer bits get it from here."""

from __future__ import annotations

import numpy as np

from isthmus.errors import UsageError


def of_32_bits(seed: int) -> int:
    """``seed`` for scikit-learn: itself below 2**32, else 32 derived bits. Raises UsageError below 0.

    >>> of_32_bits(7), of_32_bits(2**32) < 2**32
    (7, True)
    """
    return _of(seed, 32)


def of_64_bits(seed: int) -> int:
    """``seed`` for torch: itself below 2**64, else 64 derived bits. Raises UsageError below 0."""
    return _of(seed, 64)


def _of(seed: int, bits: int) -> int:
    if seed < 0:
        raise UsageError(f"{seed} is no seed", where="seed", remedy="Give a whole number from 0 on.")
    if seed < 1 << bits:
        return seed
    words = np.random.SeedSequence(seed).generate_state(bits // 32, np.uint32)
    return sum(int(word) << (32 * place) for place, word in enumerate(words))
