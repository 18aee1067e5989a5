"""The texture around a nodule, the nodule itself masked out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy.ndimage import binary_dilation, binary_fill_holes

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.texture import Mask, boosted_trees, grey_levels, no_texture, texture
from isthmus.data.prepare import each_frame, window
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Nodule
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

WITH_MARGIN = Preparation(margin=0.5)
SQUARE = Preparation(margin=0.5, resize="square")


def border_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The texture around every nodule, (n, 85), from no pixel inside its contour; nan where nothing is around it.

    Around is the box with half its side added on each side, as far as the image goes, less the filled contour, or less
    the box where there is no contour. Another nodule nearby counts as surroundings. Each image file is decoded once.
    Raises DataError for a file that can't be read, UsageError without scikit-image.
    """
    return _around(nodules, WITH_MARGIN, progress)


def square_border_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """``border_features`` of a square window, twice the box's longer side, as far as the image goes."""
    return _around(nodules, SQUARE, progress)


def _around(nodules: Sequence[Nodule], preparation: Preparation, progress: Progress) -> Floats:
    features = no_texture(nodules)
    for index, frame in each_frame(nodules, "measuring texture", progress):
        around = window(nodules[index].box, frame, preparation).clipped(frame.width, frame.height)
        features[index] = texture(grey_levels(frame, around), ~nodule_mask(nodules[index], around))
    return features


def nodule_mask(nodule: Nodule, within: Box) -> Mask:
    """Which pixels of ``within`` lie in, on or next to the nodule's contour, or in its box if it has none: (h, w)."""
    inside = np.zeros((within.height, within.width), np.uint8)
    if not nodule.contour:
        box = nodule.box
        inside[box.y0 - within.y0 : box.y1 - within.y0, box.x0 - within.x0 : box.x1 - within.x0] = 1
        return inside.astype(np.bool_)
    points = np.floor(nodule.contour).astype(np.int32) - np.array([within.x0, within.y0], np.int32)
    cv2.fillPoly(inside, [points], (1,))
    # Where a contour drawn by hand crosses itself, the overlap would count as outside; and its points being rounded to
    # whole pixels could leave one out that is inside.
    return np.asarray(binary_dilation(binary_fill_holes(inside), np.ones((3, 3))), dtype=np.bool_)


BORDER = Baseline(
    "Border only (the nodule masked out)",
    "Sees the texture around the nodule, the nodule itself masked out; if it does well, the surroundings or "
    "something drawn into them tell the label: gradient-boosted trees.",
    1,
    border_features,
    boosted_trees,
    requires="skimage",
)

SQUARE_BORDER = Baseline(
    "Border only, of a square window",
    "Sees the texture around the nodule in a square of twice the box's longer side, the nodule itself masked out: "
    "gradient-boosted trees.",
    1,
    square_border_features,
    boosted_trees,
    requires="skimage",
)
