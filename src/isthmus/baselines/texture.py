"""Texture without a network: grey levels, local binary patterns and co-occurrences of a nodule or around it.

T. Ojala et al., "Multiresolution gray-scale and rotation invariant texture classification with local binary patterns",
IEEE TPAMI 24 (2002) 971, doi 10.1109/TPAMI.2002.1017623. R. M. Haralick et al., "Textural features for image
classification", IEEE Trans. SMC 3 (1973) 610, doi 10.1109/TSMC.1973.4309314.

Pixels are taken as they are in the file. Scaling every RoI to one size would blur large nodules more than small ones,
and so write the box's size into the texture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import binary_dilation, binary_fill_holes

from isthmus.data.prepare import crop, each_frame, roi_box
from isthmus.errors import UsageError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Frame, Nodule, Pixels
from isthmus.progress import Progress, silent

Mask = npt.NDArray[np.bool_]

MARGIN = 0.5  # of the surroundings on each side, as a share of the box's side
HISTOGRAM_BINS = 16
PATTERNS = ((8, 1), (16, 2), (24, 3))  # (points, radius in pixels), Ojala's three
LEVELS = 32  # grey levels that the co-occurrences distinguish
DISTANCES = (1, 2, 4)  # pixels
ANGLES = (0.0, math.pi / 4, math.pi / 2, 3 * math.pi / 4)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
FEATURES = HISTOGRAM_BINS + sum(points + 2 for points, _ in PATTERNS) + len(DISTANCES) * len(PROPERTIES)


def texture_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The texture of every nodule's box, (n, 85); nan where a box is too small for a pattern.

    Each image file is decoded once. Raises DataError for a file that can't be read, UsageError without scikit-image.
    """
    features = _empty(nodules)
    for index, frame in each_frame(nodules, "measuring texture", progress):
        grey = _grey(frame, roi_box(nodules[index].box, frame))
        features[index] = texture(grey, np.ones(grey.shape, np.bool_))
    return features


def border_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The texture around every nodule, (n, 85), from no pixel inside its contour; nan where nothing is around it.

    Around is the box with MARGIN added on each side, as far as the image goes, less the filled contour, or less the
    box where there is no contour. Another nodule nearby counts as surroundings. Each image file is decoded once.
    Raises DataError for a file that can't be read, UsageError without scikit-image.
    """
    features = _empty(nodules)
    for index, frame in each_frame(nodules, "measuring texture", progress):
        around = roi_box(nodules[index].box, frame, MARGIN)
        features[index] = texture(_grey(frame, around), ~filled(nodules[index], around))
    return features


def texture(grey: Pixels, mask: Mask) -> Floats:
    """The texture of the pixels of ``grey`` (h, w) where ``mask`` (h, w) is True: (85,), from no other pixel.

    The histogram of grey levels; the histograms of rotation-invariant uniform local binary patterns (Ojala 2002); the
    properties of co-occurrence, the mean of four directions (Haralick 1973). The histograms' bins are shares, in
    0 .. 1. Raises UsageError without scikit-image.
    """
    return np.concatenate(
        [_shares(grey[mask] // (256 // HISTOGRAM_BINS), HISTOGRAM_BINS)]
        + [_pattern_shares(grey, mask, points, radius) for points, radius in PATTERNS]
        + [_co_occurrence(grey, mask)]
    )


def filled(nodule: Nodule, within: Box) -> Mask:
    """Which pixels of ``within`` lie in, on or next to the nodule's contour, or in its box if it has none: (h, w)."""
    inside = np.zeros((within.height, within.width), np.uint8)
    if not nodule.contour:
        box = nodule.box
        inside[box.y0 - within.y0 : box.y1 - within.y0, box.x0 - within.x0 : box.x1 - within.x0] = 1
        return inside.astype(np.bool_)
    points = np.floor(nodule.contour).astype(np.int32) - np.array([within.x0, within.y0], np.int32)
    cv2.fillPoly(inside, [points], (1,))
    # Where a contour drawn by hand crosses itself, the overlap would count as outside; and its points being brought to
    # whole pixels could leave one out that is inside.
    return np.asarray(binary_dilation(binary_fill_holes(inside), np.ones((3, 3))), dtype=np.bool_)


def _empty(nodules: Sequence[Nodule]) -> Floats:
    return np.full((len(nodules), FEATURES), np.nan)


def _grey(frame: Frame, box: Box) -> Pixels:
    return np.asarray(Image.fromarray(np.ascontiguousarray(crop(frame, box))).convert("L"))


def _pattern_shares(grey: Pixels, mask: Mask, points: int, radius: int) -> Floats:
    """The shares of the ``points`` + 2 patterns, over the pixels whose whole circle lies in the mask."""
    square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    inner = cv2.erode(mask.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) > 0
    patterns = _skimage().local_binary_pattern(grey, points, radius, method="uniform")
    return _shares(patterns[inner].astype(np.int64), points + 2)


def _co_occurrence(grey: Pixels, mask: Mask) -> Floats:
    """The PROPERTIES at each of the DISTANCES, over the pairs of pixels of which both lie in the mask."""
    levels = np.where(mask, grey // (256 // LEVELS), LEVELS).astype(np.uint8)  # masked pixels are one more level
    counts = _skimage().graycomatrix(levels, DISTANCES, ANGLES, LEVELS + 1, symmetric=True)[:LEVELS, :LEVELS]
    counts = counts.sum(axis=3, keepdims=True).astype(np.float64)
    properties = np.array([_skimage().graycoprops(counts, name)[:, 0] for name in PROPERTIES], dtype=np.float64)
    return np.where(counts.sum(axis=(0, 1))[:, 0] > 0, properties, np.nan).ravel()


def _shares(values: npt.NDArray[Any], bins: int) -> Floats:
    return np.bincount(values, minlength=bins) / len(values) if len(values) else np.full(bins, np.nan)


def _skimage() -> Any:
    """scikit-image's features. Raises UsageError if it isn't installed."""
    try:
        import skimage.feature
    except ModuleNotFoundError:
        remedy = "Install it: pip install 'isthmus[baselines]'."
        raise UsageError("the texture baselines need scikit-image, which is not installed", remedy=remedy) from None
    return skimage.feature
