"""isthmus: thyroid nodules in ultrasound, benign or malignant. For research only; not a medical device."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isthmus.bundle import Bundle, open_bundle
    from isthmus.data.pixels import read_frame
    from isthmus.data.sources import open_source
    from isthmus.errors import IsthmusError
    from isthmus.infer.predictor import Predictor
    from isthmus.judge.scorecard import Scorecard, scorecard
    from isthmus.nodule import Box, Frame, Label, Nodule
    from isthmus.prediction import Prediction
    from isthmus.recipe import Recipe

__all__ = [
    "Box",
    "Bundle",
    "Frame",
    "IsthmusError",
    "Label",
    "Nodule",
    "Prediction",
    "Predictor",
    "Recipe",
    "Scorecard",
    "open_bundle",
    "open_source",
    "read_frame",
    "scorecard",
]

_HOMES = {
    "isthmus.bundle": ("Bundle", "open_bundle"),
    "isthmus.data.pixels": ("read_frame",),
    "isthmus.data.sources": ("open_source",),
    "isthmus.errors": ("IsthmusError",),
    "isthmus.infer.predictor": ("Predictor",),
    "isthmus.judge.scorecard": ("Scorecard", "scorecard"),
    "isthmus.nodule": ("Box", "Frame", "Label", "Nodule"),
    "isthmus.prediction": ("Prediction",),
    "isthmus.recipe": ("Recipe",),
}


def __getattr__(name: str) -> object:
    """Loads a name when it is first used, so that the command starts with nothing that it doesn't need."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
