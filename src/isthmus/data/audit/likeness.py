"""Which pictures look alike as a whole: difference hashes, and the share of alike pairs by distance in file order.

The hash (N. Krawetz, "Kind of like that", 2013) compares each of 16 x 16 places of the shrunken picture with the next
one. It sees the same view of a patient where the speckle, which the duplicate search goes by, has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.data.audit.file_order import Indices, Series
from isthmus.judge.intervals import Estimate, wilson
from isthmus.nodule import Frame, Pixels

SIDE = 16  # places a side; SIDE * SIDE bits
ALIKE = 60  # bits at most that differ between pictures that look alike
DISTANCES = (1, 2, 5, 10, 25)
RANDOM_PAIRS = 200_000  # for chance; of fewer pairs, all

Hashes = npt.NDArray[np.uint8]  # (n, SIDE * SIDE / 8)


@dataclass(frozen=True)
class Likeness:
    """The share of pairs that look alike: by distance in file order, and of any two pictures (``chance``).

    Intervals are Wilson's, which take pairs for independent.
    """

    by_distance: Mapping[int, Estimate]
    chance: Estimate

    @property
    def up_to(self) -> int:
        """The distance up to which neighbours look alike more often than chance, their intervals apart; 0 if none."""
        reached = 0
        for distance, share in self.by_distance.items():
            if not share.low > self.chance.high:
                break
            reached = distance
        return reached


def difference_hash(frame: Frame) -> bytes:
    """256 bits, 32 bytes: where the picture gets brighter to the right."""
    grey = frame.pixels if frame.pixels.ndim == 2 else cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    small: Pixels = np.asarray(cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes()


def alike(hashes: Hashes, first: Indices, second: Indices) -> npt.NDArray[np.bool_]:
    """Whether the pictures of each pair look alike: (pairs,)."""
    return np.asarray(np.unpackbits(hashes[first] ^ hashes[second], axis=1).sum(axis=1) <= ALIKE, np.bool_)


def likeness(
    series: Sequence[Series], hash_of: Callable[[str], bytes], unit_of: Callable[[str], str] = str
) -> Likeness:
    """The likeness of pairs of images of different units (patients), by distance, and at random (random state 0)."""
    names = [name for one in series for name in one.names]
    hashes = hash_table(names, hash_of)
    units = np.unique([unit_of(name) for name in names], return_inverse=True)[1]

    def share(first: Indices, second: Indices) -> Estimate:
        apart = units[first] != units[second]
        same = alike(hashes, first[apart], second[apart])
        return replace(wilson(int(same.sum()), len(same)), n=len(same))

    starts = np.cumsum([0, *(len(one.names) for one in series)])
    shares = {}
    for distance in DISTANCES:
        pairs = [np.stack(one.pairs(distance)) + start for one, start in zip(series, starts[:-1], strict=True)]
        first, second = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
        shares[distance] = share(first, second)
    return Likeness(shares, share(*_any_pairs(len(names))))


def hash_table(names: Sequence[str], hash_of: Callable[[str], bytes]) -> Hashes:
    """The hashes of the images, a row each."""
    return np.frombuffer(b"".join(map(hash_of, names)), np.uint8).reshape(len(names), SIDE * SIDE // 8)


def _any_pairs(count: int) -> tuple[Indices, Indices]:
    if count * (count - 1) // 2 <= RANDOM_PAIRS:
        first, second = np.triu_indices(count, 1)
        return first.astype(np.int64), second.astype(np.int64)
    noise = np.random.default_rng(0)
    first = noise.integers(0, count, RANDOM_PAIRS)
    return first, (first + noise.integers(1, count, RANDOM_PAIRS)) % count
