"""White calipers: small upright and diagonal crosses burnt into a picture, detected by their shape.

A cross has four arms, all bright and of one brightness, and dark wedges between them. One of the wedges may hold the
caliper's digit. Neither dotted lines nor digits alone are looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.nodule import Frame, Pixels

ARMS = (4, 6)  # pixels from the centre to the end of what is measured of an arm; machines draw 9 to 19 pixels in all
LEAST = 140  # grey level of the centre
FEWEST = 2  # crosses of a picture
BRIGHT = 160  # grey level that each arm's mean reaches
CONTRAST = 50  # of the darkest arm to the third darkest wedge, in grey levels
UNLIKE = 45  # most difference of the brightest and the darkest arm, in grey levels
TURN = ((0, 1), (1, 0), (0, -1), (-1, 0))

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
Offsets = list[tuple[int, int]]


@dataclass(frozen=True, order=True)
class Cross:
    """The centre of a cross in pixels, whether it is ``diagonal``, and its half width ``arm`` in pixels."""

    y: int
    x: int
    arm: int
    diagonal: bool = False


def strongest(frame: Frame) -> Pixels:
    """The strongest channel of a frame, (height, width)."""
    if frame.pixels.ndim == 2:
        return frame.pixels
    red, green, blue = cv2.split(frame.pixels)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def crosses(frame: Frame) -> tuple[Cross, ...]:
    """The crosses of a frame, from the top; none where there are fewer than two, since a caliper measures between two.

    A bright fleck that happens to be a cross is taken for one.
    """
    grey, reach = strongest(frame), max(ARMS)
    standing_out = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, np.ones((7, 7), np.uint8))
    bright = (grey >= LEAST) & (np.asarray(standing_out) >= CONTRAST)
    y, x = np.nonzero(bright[reach:-reach, reach:-reach])
    y, x = y + reach, x + reach
    hits: list[tuple[float, Cross]] = []
    for arm in ARMS:
        for diagonal in (False, True):
            response = _response(grey, y, x, arm, diagonal)
            clear = np.flatnonzero(response >= CONTRAST).tolist()
            hits += [(float(response[i]), Cross(int(y[i]), int(x[i]), arm, diagonal)) for i in clear]
    apart = _apart(hits)
    return tuple(sorted(apart)) if len(apart) >= FEWEST else ()


def _response(grey: Pixels, y: Places, x: Places, arm: int, diagonal: bool) -> Floats:
    """The contrast of a cross at each place, (n,), 0 where the arms are not bright or unlike."""
    straight, wedges = (_diagonals(arm), _gaps(arm)) if diagonal else (_rays(arm), _wedges(arm))
    arms = np.stack([_means(grey, y, x, places) for places in straight])
    ground = np.sort(np.stack([_means(grey, y, x, places) for places in wedges]), axis=0)[2]
    dark = arms.min(axis=0)
    fits = (dark >= BRIGHT) & (arms.max(axis=0) - dark <= UNLIKE)
    return np.where(fits, dark - ground, 0).astype(np.float32)


def _means(grey: Pixels, y: Places, x: Places, places: Offsets) -> Floats:
    return np.asarray(np.mean([grey[y + dy, x + dx] for dy, dx in places], axis=0, dtype=np.float32), np.float32)


def _rays(arm: int) -> list[Offsets]:
    return [[(y * r, x * r) for r in range(1, arm + 1)] for y, x in TURN]


def _diagonals(arm: int) -> list[Offsets]:
    return [[(y * r, x * r) for r in range(1, arm)] for y in (-1, 1) for x in (-1, 1)]


def _wedges(arm: int) -> list[Offsets]:
    reach = range(3, arm + 1)
    return [[(y * a, x * b) for a in reach for b in reach] for y in (-1, 1) for x in (-1, 1)]


def _gaps(arm: int) -> list[Offsets]:
    return [[(y * r + x * s, x * r + y * s) for r in range(3, arm + 1) for s in (-1, 0, 1)] for y, x in TURN]


def _apart(hits: Sequence[tuple[float, Cross]]) -> list[Cross]:
    """The strongest of hits nearer to each other than a cross is wide."""
    chosen: list[Cross] = []
    for _, cross in sorted(hits, key=lambda hit: (-hit[0], hit[1])):
        if all(max(abs(cross.y - c.y), abs(cross.x - c.x)) > max(ARMS) for c in chosen):
            chosen.append(cross)
    return chosen
