"""Changes of a picture and of a nodule's box, as machines, operators and archives make them.

Each takes the picture as decoded and the box in it, before any preparation, and gives both back: the same picture size,
the box inside. Random ones draw from a generator of the nodule and the change, so that neither the order of nodules nor
the strength changes what is drawn: a box moves the same way, only farther.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.audit.painted import USUAL_ARM
from isthmus.data.prepare import PAINT, one_if_equal
from isthmus.nodule import Box, Frame, Nodule, Pixels

GRAIN = 1.0  # pixels: sigma of the speckle's grain
WHITE = 255

Pair = tuple[Frame, Box]
Make = Callable[[Frame, Box, float, np.random.Generator], Pair]


@dataclass(frozen=True)
class Change:
    """A change by name, the strengths at which it is tried, and the strength ``none`` that changes nothing, None where
    every strength does. ``make`` takes picture, box, strength and random numbers."""

    name: str
    strengths: tuple[float, ...]
    none: float | None
    make: Make


def shift(frame: Frame, box: Box, by: float, random: np.random.Generator) -> Pair:
    """The box moved in a random direction by a share of its sides, as far as the picture goes."""
    angle = random.uniform(0, 2 * math.pi)
    across, down = round(by * box.width * math.cos(angle)), round(by * box.height * math.sin(angle))
    x0 = min(max(box.x0 + across, 0), frame.width - box.width)
    y0 = min(max(box.y0 + down, 0), frame.height - box.height)
    return frame, Box(x0, y0, x0 + box.width, y0 + box.height)


def scale(frame: Frame, box: Box, times: float, random: np.random.Generator) -> Pair:
    """The box with sides so many times as long about its centre, clipped to the picture."""
    width, height = max(1, round(times * box.width)), max(1, round(times * box.height))
    x0, y0 = box.x0 + (box.width - width) // 2, box.y0 + (box.height - height) // 2
    return frame, Box(x0, y0, x0 + width, y0 + height).clipped(frame.width, frame.height)


def brightness(frame: Frame, box: Box, levels: float, random: np.random.Generator) -> Pair:
    """Grey levels added to every pixel."""
    return _by_table(frame, np.arange(256) + levels), box


def contrast(frame: Frame, box: Box, times: float, random: np.random.Generator) -> Pair:
    """Grey levels so many times as far from the mean grey of a sonogram."""
    return _by_table(frame, PAINT + times * (np.arange(256) - PAINT)), box


def speckle(frame: Frame, box: Box, deviation: float, random: np.random.Generator) -> Pair:
    """Every pixel times 1 + noise of that standard deviation, whose grain is about two pixels wide."""
    noise = random.standard_normal((frame.height, frame.width), np.float32)
    grain = cv2.GaussianBlur(noise, (0, 0), GRAIN) * (2 * GRAIN * math.sqrt(math.pi))
    factor = np.maximum(np.asarray(grain) * np.float32(deviation) + 1, 0)
    return _of(frame, frame.pixels * (factor if frame.pixels.ndim == 2 else factor[..., None])), box


def blur(frame: Frame, box: Box, sigma: float, random: np.random.Generator) -> Pair:
    """A Gaussian blur with a sigma in pixels."""
    return _of(frame, cv2.GaussianBlur(frame.pixels, (0, 0), sigma) if sigma else frame.pixels), box


def jpeg(frame: Frame, box: Box, quality: float, random: np.random.Generator) -> Pair:
    """The picture saved as JPEG at that quality, 1 to 100, once more."""
    file = io.BytesIO()
    Image.fromarray(frame.pixels).save(file, "JPEG", quality=round(quality))
    return _of(frame, np.asarray(Image.open(file))), box


def resolution(frame: Frame, box: Box, share: float, random: np.random.Generator) -> Pair:
    """The picture made smaller to a share of its sides, and as large as before again."""
    small = max(1, round(share * frame.width)), max(1, round(share * frame.height))
    shrunk = cv2.resize(frame.pixels, small, interpolation=cv2.INTER_AREA)
    return _of(frame, cv2.resize(shrunk, (frame.width, frame.height), interpolation=cv2.INTER_LINEAR)), box


def flip(frame: Frame, box: Box, mirrored: float, random: np.random.Generator) -> Pair:
    """Left and right exchanged where ``mirrored`` is 1, in the picture and its box."""
    if not mirrored:
        return frame, box
    return _of(frame, frame.pixels[:, ::-1]), Box(frame.width - box.x1, box.y0, frame.width - box.x0, box.y1)


def calipers(frame: Frame, box: Box, crosses: float, random: np.random.Generator) -> Pair:
    """White crosses painted in: at the left and right end of the box, from four on at its top and bottom, too."""
    pixels = frame.pixels.copy()
    middle = (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2
    ends = [(box.x0, middle[1]), (box.x1 - 1, middle[1]), (middle[0], box.y0), (middle[0], box.y1 - 1)]
    white = WHITE if pixels.ndim == 2 else (WHITE, WHITE, WHITE)
    for place in ends[: round(crosses)]:
        cv2.drawMarker(pixels, place, white, cv2.MARKER_CROSS, 2 * USUAL_ARM)
    return _of(frame, pixels), box


CHANGES = (
    Change("shift", (0.05, 0.1, 0.2), 0, shift),  # of the box's sides
    Change("scale", (0.8, 0.9, 1.1, 1.25), 1, scale),  # times
    Change("brightness", (-40, -20, 20, 40), 0, brightness),  # grey levels of 256
    Change("contrast", (0.6, 0.8, 1.25, 1.6), 1, contrast),  # times
    Change("speckle", (0.1, 0.2, 0.4), 0, speckle),  # standard deviation
    Change("blur", (1, 2, 4), 0, blur),  # sigma in pixels
    Change("jpeg", (90, 70, 40, 20), None, jpeg),  # quality
    Change("resolution", (0.75, 0.5, 0.25), 1, resolution),  # of the sides
    Change("flip", (1,), 0, flip),
    Change("calipers", (2, 4), 0, calipers),  # crosses
)
VARIANTS = tuple((change, strength) for change in CHANGES for strength in change.strengths)


def variants(frame: Frame, nodule: Nodule, seed: int = 0) -> Iterator[Pair]:
    """Picture and box under each of VARIANTS; a grey picture that is saved in colour becomes grey."""
    frame = replace(frame, pixels=one_if_equal(frame.pixels))
    for change, strength in VARIANTS:
        yield change.make(frame, nodule.box, strength, random_of(nodule, change, seed))


def random_of(nodule: Nodule, change: Change, seed: int) -> np.random.Generator:
    """Random numbers of a nodule and a change, by their names."""
    digest = hashlib.sha256(f"{change.name} {nodule.id}".encode(errors="surrogateescape")).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8])])


def _by_table(frame: Frame, values: npt.NDArray[np.floating[Any]]) -> Frame:
    table = np.clip(np.round(values), 0, WHITE).astype(np.uint8)
    return replace(frame, pixels=np.asarray(cv2.LUT(frame.pixels, table), np.uint8))


def _of(frame: Frame, pixels: npt.NDArray[np.integer[Any] | np.floating[Any]]) -> Frame:
    """The frame with other pixels, rounded into 0 .. 255."""
    made: Pixels = np.ascontiguousarray(pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels), np.uint8)
    return replace(frame, pixels=made)
