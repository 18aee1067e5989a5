"""The input gate: whether a RoI looks like those that a model learned from, and why not."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isthmus.bundle_files import LARGEST
from isthmus.errors import BundleError
from isthmus.infer.gate.features import COUNT, VERSION, Values, coloured, empty, features, grey_of
from isthmus.nodule import Box, Pixels
from isthmus.prediction import Passage

FARTHEST = 6.0  # deviations from the centre that a feature counts as, at most

# What is measured of a RoI, and what is said where it lies beyond its limit. All but ``side`` speak against a RoI where
# they are large.
REASONS: Mapping[str, str] = {
    "side": "the box is too small",
    "colour": "it is coloured, as a photograph or Doppler",
    "empty": "most of it lies outside the scan, or is blank",
    "inverted": "black and white are inverted",
    "upside_down": "it is upside down",
    "distance": "it is unlike the nodules that the model learned from",
}


@dataclass(frozen=True, eq=False)
class Gate:
    """What is known of a model's training nodules: ``centre``, ``scale`` (d,) and ``whitening`` (d, d) of their
    features, directions (d,) that tell a RoI from its negative and from one upside down, and ``limits`` by name of
    REASONS. ``about`` says what it was fitted on."""

    centre: Values
    scale: Values
    whitening: Values
    inverted: Values
    upside_down: Values
    limits: Mapping[str, float]
    about: str = ""

    def measures(self, rois: Pixels, boxes: Sequence[Box]) -> dict[str, Values]:
        """What is measured of RoIs, uint8 (n, s, s, 3), and of their boxes in image pixels: (n,) by name of REASONS."""
        grey = np.stack([grey_of(roi) for roi in rois])
        z = self.standardised(features(grey))
        return {
            "side": np.array([max(box.width, box.height) for box in boxes], np.float64),
            "colour": coloured(rois),
            "empty": empty(grey),
            "inverted": z @ self.inverted,
            "upside_down": z @ self.upside_down,
            "distance": self.distance(z),
        }

    def judge(self, roi: Pixels, box: Box) -> Passage:
        """Whether a RoI, uint8 (s, s, 3), of a box in image pixels passes."""
        return self.judge_all(roi[None], [box])[0]

    def judge_all(self, rois: Pixels, boxes: Sequence[Box]) -> list[Passage]:
        """Whether each of one or more RoIs, uint8 (n, s, s, 3), of boxes in image pixels passes: less work than one by
        one."""
        refused = {REASONS[name]: self._refused(name, values) for name, values in self.measures(rois, boxes).items()}
        return [Passage(tuple(why for why, ones in refused.items() if ones[at])) for at in range(len(rois))]

    def _refused(self, name: str, values: Values) -> npt.NDArray[np.bool_]:
        """Which values of a measure lie beyond its limit."""
        limit = self.limits[name]
        return values < limit if name == "side" else values > limit

    def standardised(self, values: Values) -> Values:
        """Features (..., d) in deviations from the centre, none beyond six."""
        z: Values = np.clip((values - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return z

    def distance(self, z: Values) -> Values:
        """Mahalanobis's, of standardised features (..., d), over the root of d: about 1 for a training nodule."""
        distance: Values = np.sqrt(np.square(z @ self.whitening.T).mean(-1))
        return distance

    def to_json(self) -> str:
        """The text of gate.json: numbers to six digits."""
        arrays = {name: _rounded(getattr(self, name)) for name in SHAPES}
        return json.dumps({"version": VERSION, "about": self.about, "limits": _rounded(self.limits), **arrays}) + "\n"

    @classmethod
    def load(cls, path: Path) -> Gate:
        """The gate in a bundle's gate.json. Raises BundleError for damage of any kind, and for another version."""
        try:
            return _parsed(json.loads(path.read_bytes()[: LARGEST + 1]))
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            what = f"is no gate of this isthmus ({' '.join(str(error).split())[:120]})"
            raise BundleError(what, where=str(path), remedy="Copy the whole bundle anew.") from None


SHAPES = {
    "centre": (COUNT,),
    "scale": (COUNT,),
    "whitening": (COUNT, COUNT),
    "inverted": (COUNT,),
    "upside_down": (COUNT,),
}


def _parsed(record: Mapping[str, object]) -> Gate:
    """Raises ValueError, TypeError or KeyError for anything but what ``to_json`` wrote."""
    if record["version"] != VERSION:
        raise ValueError(f"version {record['version']!r}, not {VERSION}")
    arrays = {name: np.array(record[name], np.float64) for name in SHAPES}
    for name, values in arrays.items():
        if values.shape != SHAPES[name] or not np.isfinite(values).all():
            raise ValueError(f"{name} of shape {values.shape}, or not finite")
    if not (arrays["scale"] > 0).all():
        raise ValueError("a scale of 0 or less")
    given = record["limits"]
    if not isinstance(given, dict) or given.keys() != REASONS.keys():
        raise ValueError(f"limits other than {', '.join(REASONS)}")
    limits = {name: float(value) for name, value in given.items()}
    if not all(map(math.isfinite, limits.values())):
        raise ValueError("a limit that isn't finite")
    return Gate(**arrays, limits=limits, about=str(record["about"]))


def _rounded(values: object) -> object:
    if isinstance(values, Mapping):
        return {name: _rounded(value) for name, value in values.items()}
    if isinstance(values, np.ndarray):
        return [_rounded(value) for value in values]
    return float(f"{values:.6g}")
