"""Texture without a network: grey levels, local binary patterns and co-occurrences.

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
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from isthmus.baselines.baseline import Baseline
from isthmus.data.prepare import crop, each_frame, roi_box
from isthmus.errors import UsageError
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Frame, Nodule, Pixels
from isthmus.progress import Progress, silent

Mask = npt.NDArray[np.bool_]

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
    features = no_texture(nodules)
    for index, frame in each_frame(nodules, "measuring texture", progress):
        grey = grey_levels(frame, roi_box(nodules[index].box, frame))
        features[index] = texture(grey, np.ones(grey.shape, np.bool_))
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


def grey_levels(frame: Frame, box: Box) -> Pixels:
    """The pixels of a box that lies in the frame, in grey: uint8 (h, w)."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(crop(frame, box))).convert("L"))


def no_texture(nodules: Sequence[Nodule]) -> Floats:
    """The features to be filled in: (n, 85), all nan."""
    return np.full((len(nodules), FEATURES), np.nan)


def boosted_trees(seed: int) -> Any:
    """Histogram gradient boosting, small trees; settings are for hundreds of nodules and were never tuned."""
    return make_pipeline(
        # The trees take nan, but not a feature that is nan throughout, as when every nodule fills its image.
        SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True),
        HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=8,
            min_samples_leaf=10,
            l2_regularization=1.0,
            max_features=0.3,
            early_stopping=False,
            random_state=seed,
        ),
    )


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


TEXTURE = Baseline(
    "Texture",
    "Sees the nodule's box as grey levels, local binary patterns and co-occurrences, without knowing where in the "
    "box they are: gradient-boosted trees.",
    1,
    texture_features,
    boosted_trees,
    requires="skimage",
)
