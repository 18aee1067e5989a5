"""A box about the nodule that was clicked on, for the reader to correct.

A small network looks at windows of several sizes with the click in their middle, as it can't know how large the nodule
is. It gives the distances to the four sides, and the IoU that it expects, which picks one of the windows. Closer looks
at a window that fits the picked box cost twice the time and lose on small nodules (docs/results/click-to-box.md).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from isthmus.data.clicks import Sides, grey, window_about
from isthmus.errors import BundleError, DataError
from isthmus.nodule import Box, Frame, Pixels, Point

NETWORK = Path(__file__).parent / "network.onnx"
INPUT, OUTPUTS = "windows", ("distances", "quality")
SIZE = 96  # pixels, a side of what the network sees
SHARES = (0.2, 0.35, 0.6, 1.0)  # sides of the windows, as shares of the picture's longer side
LEAST_SIDE = 8.0  # pixels, of a window

Floats = npt.NDArray[np.float32]


class Proposer:
    """Proposes boxes; it may be kept, and asked by several threads. Raises BundleError where its network can't be
    loaded. It computes the same whatever the number of ``threads``, 0 for one a core."""

    def __init__(self, network: Path = NETWORK, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                network.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            what = " ".join(str(error).split())[:120]
            raise BundleError(
                f"the network of click-to-box can't be loaded ({what})",
                where=str(network),
                remedy="Install isthmus again, whole.",
            ) from None

    def propose(self, frame: Frame, click: Point) -> Box:
        """A box for the nodule at ``click``, x and y in pixels of the frame, 0 <= x < width and 0 <= y < height.

        It lies in the frame and holds the click. Raises DataError for a click outside the frame.
        """
        refuse_outside(frame, click)
        pixels = grey(frame.pixels)
        longest = max(frame.width, frame.height)
        boxes, qualities = self._look(pixels, click, [max(LEAST_SIDE, share * longest) for share in SHARES])
        return _whole(boxes[int(qualities.argmax())], click)

    def _look(self, pixels: Pixels, about: Point, sides: list[float]) -> tuple[list[Sides], Floats]:
        """What the network sees in square windows about a point: a box inside the picture for each, and logits."""
        windows = np.stack([window_about(pixels, about, side, side, SIZE) for side in sides])[:, None]
        distances, qualities = self._session.run(OUTPUTS, {INPUT: windows})
        return [_box(*one, pixels, about) for one in zip(distances, sides, strict=True)], qualities


def propose(frame: Frame, click: Point) -> Box:
    """The box that a fresh ``Proposer`` proposes. Keep a Proposer where there are many clicks. Raises DataError for a
    click outside the frame, BundleError.

    >>> frame = Frame(np.zeros((90, 120), np.uint8))
    >>> propose(frame, (60.0, 40.0)).fits(120, 90)
    True
    """
    return Proposer().propose(frame, click)


def refuse_outside(frame: Frame, click: Point) -> None:
    """Raises DataError for a click that isn't in the frame, as no number is."""
    x, y = click
    if 0 <= x < frame.width and 0 <= y < frame.height:
        return
    raise DataError(
        f"the click {x:.9g},{y:.9g} is outside the picture of {frame.width} x {frame.height} pixels",
        where=frame.origin,
        remedy="Click inside the nodule: x,y in pixels from the picture's upper left corner.",
    )


def _box(distances: Floats, side: float, pixels: Pixels, about: Point) -> Sides:
    (x, y), (height, width) = about, pixels.shape
    left, up, right, down = (float(distance) * side for distance in distances)
    return max(0.0, x - left), max(0.0, y - up), min(float(width), x + right), min(float(height), y + down)


def _whole(box: Sides, click: Point) -> Box:
    """The box in whole pixels, the one that was clicked on among them."""
    x, y = (math.floor(position) for position in click)
    x0, y0, x1, y1 = (round(side) for side in box)
    return Box(min(x0, x), min(y0, y), max(x1, x + 1), max(y1, y + 1))
