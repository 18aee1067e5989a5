"""What a model makes of calipers: its AUC with and without them, and with those painted over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate, mean_of_repeats
from isthmus.judge.metrics import Floats, checked


@dataclass(frozen=True)
class OnNodules:
    """AUCs on ``benign`` and ``malignant`` nodules: pictures ``as_they_are``, ``painted``, and the difference of the
    two, paired; None where nothing is painted."""

    benign: int
    malignant: int
    as_they_are: Estimate
    painted: Estimate | None = None
    difference: Estimate | None = None

    @property
    def n(self) -> int:
        return self.benign + self.malignant

    def as_json(self) -> dict[str, object]:
        estimates = {"auc": self.as_they_are, "auc_painted": self.painted, "difference": self.difference}
        counts = {"n": self.n, "benign": self.benign, "malignant": self.malignant}
        return counts | {name: one and one.as_json() for name, one in estimates.items()}


@dataclass(frozen=True)
class CaliperEffect:
    """The AUCs on all nodules and on those with calipers, painted over; and on those without.

    Of these, paint is where calipers would be: the control, which shows what the paint itself takes away.
    """

    every: OnNodules
    shown: OnNodules
    absent: OnNodules

    def as_json(self) -> dict[str, object]:
        return {"all": self.every.as_json(), "with": self.shown.as_json(), "without": self.absent.as_json()}


def caliper_effect(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    painted: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    control: npt.ArrayLike | None = None,
) -> CaliperEffect:
    """The effect of calipers on a model's AUC.

    All arrays are (n,): labels 0 benign or 1 malignant, P(malignant) of the pictures as they are, of those with
    calipers ``painted`` over, nan where there are none, and of the ``control``, nan where there are calipers or it
    wasn't read. Differences are as they are less painted over. Raises ValueError.

    >>> effect = caliper_effect([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.4], [0.5, 0.4, float("nan"), float("nan")])
    >>> effect.shown.difference.value, effect.absent.as_they_are.value
    (1.0, 0.0)
    """
    labels, p = checked(labels, p)
    over = np.asarray(painted, np.float64)
    other = np.full(labels.size, np.nan) if control is None else np.asarray(control, np.float64)
    names = np.arange(labels.size) if groups is None else np.asarray(groups)
    has = ~np.isnan(over)

    def on(part: npt.NDArray[np.bool_], second: Floats | None) -> OnNodules:
        malignant = int(labels[part].sum())
        counts = int(part.sum()) - malignant, malignant
        if 0 in counts:
            none = Estimate.undefined("both labels are needed")
            return OnNodules(*counts, none, *((none, none) if second is not None else ()))
        each = auc_within(labels[part], p[part], None, names[part])
        if second is None:
            return OnNodules(*counts, each)
        difference = delong(labels[part], p[part], second[part], names[part]).estimate
        return OnNodules(*counts, each, auc_within(labels[part], second[part], None, names[part]), difference)

    has_control = bool((has | ~np.isnan(other)).all() and not has.all())
    return CaliperEffect(
        every=on(np.ones_like(has), np.where(has, over, p)),
        shown=on(has, over),
        absent=on(~has, other if has_control else None),
    )


def mean_effect(effects: Sequence[CaliperEffect]) -> CaliperEffect:
    """The mean of several repeats on the same nodules: every value and bound is a mean."""

    def mean(each: Sequence[OnNodules]) -> OnNodules:
        return replace(
            each[0],
            as_they_are=mean_of_repeats([on.as_they_are for on in each]),
            painted=_mean([on.painted for on in each]),
            difference=_mean([on.difference for on in each]),
        )

    kinds = ("every", "shown", "absent")
    return CaliperEffect(*(mean([getattr(one, kind) for one in effects]) for kind in kinds))


def _mean(estimates: Sequence[Estimate | None]) -> Estimate | None:
    there = [one for one in estimates if one is not None]
    return mean_of_repeats(there) if there else None
