"""What an answer depends on: the votes of the crops and where they lie, and a map of the RoI.

The map is by occlusion, which asks nothing of an export but P: the same for every engine, and for ensembles. Whether it
may be shown is in the bundle (``infer.map_check``); a map that didn't pass its check, or had none, should not be shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus import recipes
from isthmus.bundle import Bundle
from isthmus.data.prepare import placed, prepare
from isthmus.infer.map_check import check_of, shown_or_why
from isthmus.infer.occlusion import BLUR, CELLS, PATCH, log_odds, occlusion, shown
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame
from isthmus.prediction import Prediction
from isthmus.recipe import Preparation
from isthmus.runtime.parity import read_all

METHOD = f"occlusion of {PATCH} x {PATCH} of {CELLS} x {CELLS} cells by blur {BLUR:g}"

Rectangle = tuple[float, float, float, float]  # x0, y0, x1, y1
Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """Where a RoI lies in its image: image pixel ``x`` is RoI pixel ``offset[0] + scale[0] x``, likewise ``y``."""

    offset: tuple[float, float]
    scale: tuple[float, float]
    width: int
    height: int

    def in_image(self, one: Rectangle) -> Rectangle:
        """A rectangle of the RoI in image pixels; it may leave the image where the RoI does."""
        x0, y0, x1, y1 = ((value - self.offset[at % 2]) / self.scale[at % 2] for at, value in enumerate(one))
        return x0, y0, x1, y1

    def on_image(self, values: Map) -> Map:
        """A map of the RoI, (size, size), on its image: (height, width), 0 outside the RoI."""
        terms = (self.scale[0], 0.0, self.offset[0], 0.0, self.scale[1], self.offset[1])
        image = Image.fromarray(values)
        laid = image.transform((self.width, self.height), Image.Transform.AFFINE, terms, Image.Resampling.BILINEAR)
        return np.asarray(laid, np.float32)


@dataclass(frozen=True)
class CropVote:
    """P(malignant) by a crop alone, as the network gives it, and the crop in the pixels of RoI and image.

    The crop is of the feature map, whose cells see somewhat more than their place; its edges are right to a cell.
    """

    probability: float
    in_roi: Rectangle
    in_image: Rectangle


@dataclass(frozen=True, eq=False)
class Explanation:
    """What the answer ``prediction`` depends on.

    ``map`` is float32 (size, size), in the pixels of the RoI: how far the log-odds of malignant, before calibration,
    fall where a place is covered; above 0 it speaks for malignant, below for benign. ``placement.on_image(map)`` lays
    it on the image. ``crops`` are () without a cropping branch, and for random crops, whose places no export names.
    ``may_be_shown`` is whether maps of this ``method`` passed their check with this bundle and the input gate lets the
    picture through, and ``why`` says so.
    """

    prediction: Prediction
    method: str
    map: Map
    crops: tuple[CropVote, ...]
    placement: Placement
    may_be_shown: bool
    why: str


def explain(predictor: Predictor, frame: Frame, box: Box | None = None) -> Explanation:
    """Explains the reading of the nodule in ``box``, or of the whole frame, by 82 more readings. Raises DataError,
    EngineError, BundleError."""
    box = box or Box(0, 0, frame.width, frame.height)
    preparation = predictor.bundle.recipe.preparation
    prediction = predictor.predict(frame, box)
    cells = occlusion(lambda rois: log_odds(read_all(predictor.engine, rois).fused), prepare(frame, box, preparation))
    placement = placement_of(frame, box, preparation)
    crops = crop_votes(predictor.bundle, prediction, placement)
    allowed, why = shown_or_why(check_of(predictor.bundle), METHOD)
    if prediction.gate and not prediction.gate.accepted:
        allowed, why = False, f"the input gate refuses this picture: {'; '.join(prediction.gate.reasons)}"
    return Explanation(prediction, METHOD, shown(cells, preparation.size), crops, placement, allowed, why)


def placement_of(frame: Frame, box: Box, preparation: Preparation) -> Placement:
    """Where the RoI of a box lies in its frame. Raises DataError for a box that leaves it."""
    (x0, y0), (x1, y1) = placed([(0, 0), (1, 1)], box, frame, preparation).tolist()
    return Placement((x0, y0), (x1 - x0, y1 - y0), frame.width, frame.height)


def crop_votes(bundle: Bundle, prediction: Prediction, placement: Placement) -> tuple[CropVote, ...]:
    """The votes of a reading's crops with their places; () where the places aren't known."""
    places = crop_places(bundle)
    if len(places) != len(prediction.votes):  # a map so small that windows fell on the same cells
        return ()
    return tuple(
        CropVote(vote, place, placement.in_image(place)) for vote, place in zip(prediction.votes, places, strict=True)
    )


def crop_places(bundle: Bundle) -> tuple[Rectangle, ...]:
    """Where each crop of the boundary lies in the RoI (Fig. 6b), in the order of ``Prediction.votes``; () without."""
    network, whole = bundle.recipe.network, bundle.recipe.preparation
    if network.crops != "boundary":
        return ()
    share = 1.0
    if bundle.members:
        own = bundle.members[recipes.shown(bundle.members)].preparation
        share = (1 + 2 * own.margin) / (1 + 2 * whole.margin)
    side, steps, free = network.alpha, network.steps, 1 - network.alpha
    slides = range(steps + 1)
    edge = [(r, c) for r in slides for c in slides if r in (0, steps) or c in (0, steps)]
    starts = [(free * c / steps, free * r / steps) for r, c in edge] + [(free / 2, free / 2)]
    if network.mirror == "both":  # those of the mirror image, behind
        starts += [(free - x, y) for x, y in starts]
    scale, first = whole.size * share, whole.size * (1 - share) / 2
    return tuple(
        (first + scale * x, first + scale * y, first + scale * (x + side), first + scale * (y + side))
        for x, y in starts
    )
