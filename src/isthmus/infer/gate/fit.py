"""A gate from a model's training nodules: no outsider is needed, and none is used."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression

from isthmus.infer.gate.features import COUNT, TINY, Values, features
from isthmus.infer.gate.gate import FARTHEST, Gate
from isthmus.nodule import Pixels
from isthmus.progress import Progress, silent

COPIES = 1  # of each RoI, as other scanners and settings might show it
STRENGTH = 0.01  # inverse, of the penalty on a direction
# The share of validation nodules that each limit refuses. Blocks differ, so that twice as many may be refused of
# others, yet of all limits together less than one in twenty.
ALARMS = {"inverted": 0.002, "upside_down": 0.015, "distance": 0.005}
COLOUR = 0.03  # share of the RoI; calipers and marks in colour are less
MOST = 0.5  # of a RoI, empty: fluid may be black, too
SMALLEST = 16.0  # pixels


@dataclass(frozen=True, eq=False)
class Measured:
    """The features of n RoIs, (n, 107): as they are, of copies, inverted, and upside down."""

    plain: Values
    copies: Values  # (n, COPIES, 107)
    inverted: Values
    upside_down: Values

    def of(self, which: npt.NDArray[np.bool_]) -> Measured:
        """Those of some RoIs."""
        return Measured(*(values[which] for values in vars(self).values()))


def measure(grey: Pixels, seed: int = 0, progress: Progress = silent) -> Measured:
    """Measures grey RoIs, uint8 (n, 96, 96)."""
    rng = np.random.default_rng(seed)
    rows: list[Values] = []
    for one in progress(list(grey), "measuring RoIs for the gate"):
        copies = [other_scanner(one, rng) for _ in range(COPIES)]
        rows.append(features(np.stack([one, 255 - one, one[::-1], *copies])))
    values = np.stack(rows)
    return Measured(values[:, 0], values[:, 3:], values[:, 1], values[:, 2])


def other_scanner(grey: Pixels, rng: np.random.Generator) -> Pixels:
    """A grey RoI with another gain, dynamic range, black level, sharpness and noise, and mirrored left to right or
    not."""
    g = grey.astype(np.float32) / 255
    g = np.clip((g - rng.uniform(-0.04, 0.1)) * rng.uniform(0.75, 1.35), 0, 1) ** rng.uniform(0.7, 1.5)
    blur = rng.uniform(-0.8, 1.0)
    g = ndimage.gaussian_filter(g, blur) if blur > 0 else g - 0.8 * blur * (g - ndimage.gaussian_filter(g, 0.8))
    g = g * (1 + rng.uniform(0, 0.12) * rng.normal(0, 1, g.shape))
    shown: Pixels = np.clip(np.rint(g * 255), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        shown = shown[:, ::-1]
    return shown


def fitted(training: Measured, validation: Measured, about: str = "") -> Gate:
    """A gate with centre, covariance and directions of the training RoIs and limits of the validation RoIs: what a
    limit refuses of these is the share in ALARMS, or less: an inverted RoI, or one upside down, lies beyond halfway."""
    seen = np.concatenate([training.plain, training.copies.reshape(-1, COUNT)])
    centre, scale = np.median(seen, axis=0), seen.std(axis=0) + TINY

    def standardised(values: Values) -> Values:
        z: Values = np.clip((values - centre) / scale, -FARTHEST, FARTHEST)
        return z

    precision = LedoitWolf(assume_centered=True).fit(standardised(seen)).precision_
    plain = standardised(training.plain)
    gate = Gate(
        centre,
        scale,
        np.linalg.cholesky(precision).T,
        _direction(standardised(training.inverted) - plain),
        _direction(standardised(training.upside_down) - plain),
        {},
        about,
    )
    z = gate.standardised(validation.plain)
    measures = {
        "inverted": z @ gate.inverted,
        "upside_down": z @ gate.upside_down,
        "distance": gate.distance(z),
    }
    limits = {name: float(np.quantile(measures[name], 1 - share)) for name, share in ALARMS.items()}
    for name in ("inverted", "upside_down"):
        turned = standardised(getattr(training, name)) @ getattr(gate, name)
        halfway = float((plain @ getattr(gate, name)).mean() + turned.mean()) / 2
        limits[name] = max(limits[name], halfway)
    return replace(gate, limits={"side": SMALLEST, "colour": COLOUR, "empty": MOST, **limits})


def _direction(differences: Values) -> Values:
    """The direction in which the turned RoIs lie from the plain ones, by logistic regression without an intercept."""
    both, turned = np.concatenate([differences, -differences]), np.repeat([1, 0], len(differences))
    model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=1000).fit(both, turned)
    direction: Values = model.coef_[0]
    return direction
