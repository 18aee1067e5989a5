"""Proper scores of probabilities: the log loss, and the Brier score in its parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from isthmus.judge.calibration import CLIPPED
from isthmus.judge.intervals import Estimate
from isthmus.judge.jackknife import clustered
from isthmus.judge.metrics import Floats, Labels, checked
from isthmus.judge.probability.bins import BINS, equal_mass_index

MOST_LOSS = float(-np.log(CLIPPED))


def log_loss(labels: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Mean of -log P of what the nodule is, in nats; p nearer than 1e-6 to 0 or 1 counts as that near.

    >>> round(log_loss([0, 1], [0.5, 0.5]), 4)
    0.6931
    """
    return float(_losses(*checked(labels, p)).mean())


def log_loss_estimate(
    labels: npt.ArrayLike, p: npt.ArrayLike, groups: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """The log loss with its interval by the jackknife of groups. Raises ValueError."""
    return clustered(
        lambda labels, p, weights: weights @ _losses(labels, p) / weights.sum(axis=1),
        labels,
        p,
        groups,
        level=level,
        bounds=(0.0, MOST_LOSS),
    )


def log_loss_change(
    labels: npt.ArrayLike,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimate:
    """The log loss of ``after`` less that of ``before`` on the same nodules; below 0 is better. Raises ValueError."""
    earlier = checked(labels, before)[1]
    return clustered(
        lambda labels, p, weights: weights @ (_losses(labels, p) - _losses(labels, earlier)) / weights.sum(axis=1),
        labels,
        after,
        groups,
        level=level,
        bounds=(-MOST_LOSS, MOST_LOSS),
    )


def _losses(labels: Labels, p: Floats) -> Floats:
    clipped = np.clip(p, CLIPPED, 1 - CLIPPED)
    return np.asarray(-np.where(labels == 1, np.log(clipped), np.log1p(-clipped)))


@dataclass(frozen=True)
class Decomposition:
    """The Brier score in parts: brier = reliability - resolution + uncertainty + within, exactly.

    ``reliability``: squared distance of a bin's mean p from its share malignant (0 is right). ``resolution``: how far
    the bins' shares lie from the share of all (more is better). ``uncertainty``: that share times the rest, which no
    model changes. ``within``: what varies inside bins, the variance of p there less twice its covariance with the
    label; 0 where all p of a bin are equal (Murphy 1973; the last term by Stephenson et al., Weather Forecast 23,
    2008).
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    bins: int
    n: int

    def as_json(self) -> dict[str, float]:
        """The parts by name, the number of bins, and n."""
        return asdict(self)


def decomposition(labels: npt.ArrayLike, p: npt.ArrayLike, bins: int = BINS) -> Decomposition:
    """The parts of the Brier score in bins of equal mass; equal p share a bin. Raises ValueError.

    >>> parts = decomposition([0, 0, 1, 1], [0.2, 0.2, 0.8, 0.8], bins=2)
    >>> [round(part, 3) for part in (parts.brier, parts.reliability, parts.resolution, parts.uncertainty, parts.within)]
    [0.04, 0.04, 0.25, 0.25, 0.0]
    """
    label_array, p_array = checked(labels, p)
    index = equal_mass_index(p_array, bins)
    n = np.bincount(index)
    mean_p, share = np.bincount(index, p_array) / n, np.bincount(index, label_array) / n
    size, overall = label_array.size, label_array.mean()
    spread_p, spread_label = p_array - mean_p[index], label_array - share[index]
    return Decomposition(
        brier=float(((p_array - label_array) ** 2).mean()),
        reliability=float((n * (mean_p - share) ** 2).sum() / size),
        resolution=float((n * (share - overall) ** 2).sum() / size),
        uncertainty=float(overall * (1 - overall)),
        within=float((spread_p**2 - 2 * spread_p * spread_label).mean()),
        bins=len(n),
        n=size,
    )
