"""The calipers in a nodule's window, and no other pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.texture import boosted_trees
from isthmus.data.audit.calipers import coloured
from isthmus.data.audit.crosses import Cross, crosses
from isthmus.data.audit.roi_calipers import crosses_in, roi_of
from isthmus.data.prepare import each_frame
from isthmus.judge.metrics import Floats
from isthmus.nodule import Box, Nodule
from isthmus.progress import Progress, silent

CALIPER_FEATURES = ("upright", "diagonal", "coloured pixels", "left", "right", "top", "bottom")


def caliper_features(nodules: Sequence[Nodule], progress: Progress = silent) -> Floats:
    """The numbers of CALIPER_FEATURES, (n, 7), in the square window of 1.5 times the box's longer side.

    Counts of upright and diagonal white crosses, and of coloured pixels; then the outermost white crosses as shares of
    the box, 0 at its left or upper edge and 1 at the other, nan without one. Raises DataError.
    """
    features = np.empty((len(nodules), len(CALIPER_FEATURES)))
    places: tuple[Cross, ...] = ()
    last = strokes = None
    for index, frame in each_frame(nodules, "looking for calipers", progress):
        if frame is not last:
            last, places, strokes = frame, crosses(frame), coloured(frame)[0]
        box = nodules[index].box
        roi = roi_of(box, frame.width, frame.height)
        seen = crosses_in(roi, places)
        diagonal = sum(cross.diagonal for cross in seen)
        pixels = 0 if strokes is None else int(strokes[roi.y0 : roi.y1, roi.x0 : roi.x1].sum())
        features[index] = (len(seen) - diagonal, diagonal, pixels, *_extent(seen, box))
    return features


def _extent(seen: Sequence[Cross], box: Box) -> tuple[float, float, float, float]:
    if not seen:
        return np.nan, np.nan, np.nan, np.nan
    x = [(cross.x - box.x0) / box.width for cross in seen]
    y = [(cross.y - box.y0) / box.height for cross in seen]
    return min(x), max(x), min(y), max(y)


CALIPERS = Baseline(
    "Calipers only",
    "Sees the number, kind and place of the calipers about the nodule, white or coloured, and no tissue: "
    "gradient-boosted trees.",
    1,
    caliper_features,
    boosted_trees,
)
