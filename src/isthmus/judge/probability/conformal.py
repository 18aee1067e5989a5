"""Sets of labels that hold the true one at a stated coverage, for each class by itself (label-conditional, "Mondrian").

Split conformal prediction (Vovk, Gammerman and Shafer 2005; Vovk, ACML 2012): of nodules that are exchangeable with
those that the limits are from, at least that share of the malignant have malignant in their set, and likewise of the
benign, however rare either is. That is a promise over draws of the nodules; nodules of one patient are alike, so a
coverage is measured by group.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import Estimate, share
from isthmus.judge.metrics import Floats, checked

ROUNDING = 1e-9

Mask = npt.NDArray[np.bool_]


def limits(labels: npt.ArrayLike, p: npt.ArrayLike, coverage: float) -> tuple[float, float]:
    """The greatest p with which benign is in the set, and the least with which malignant is.

    With k = ceil((m + 1) coverage) of a class's m nodules, the k-th least unusual p of that class; where there are
    too few for that, every set holds the class: 1, or 0. Raises ValueError, also where a class has no nodule.

    >>> limits([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.8, 0.9], coverage=0.5)
    (0.2, 0.8)
    """
    label_array, p_array = checked(labels, p)
    if not 0 < coverage < 1:
        raise ValueError(f"a coverage of {coverage} is not between 0 and 1")
    if label_array.min() == label_array.max():
        raise ValueError(f"no nodule is {'benign' if label_array.min() else 'malignant'}, so that no set has a limit")
    benign = _kth(p_array[label_array == 0], coverage)
    malignant = _kth(-p_array[label_array == 1], coverage)
    return (1.0 if benign is None else benign), (0.0 if malignant is None else -malignant)


def _kth(unusual: Floats, coverage: float) -> float | None:
    place = math.ceil((unusual.size + 1) * coverage - ROUNDING)
    return None if place > unusual.size else float(np.partition(unusual, place - 1)[place - 1])


@dataclass(frozen=True)
class Coverage:
    """How sets did on nodules that their limits aren't from: of each class the share whose set holds it, and of all
    nodules the share whose set holds one label, both, and none."""

    asked: float
    benign: Estimate
    malignant: Estimate
    one: Estimate
    both: Estimate
    none: Estimate

    def as_json(self) -> dict[str, object]:
        """Each share with its interval and n."""
        shares = {name: getattr(self, name) for name in asdict(self) if name != "asked"}
        return {"asked": self.asked} | {name: one.as_json() | {"n": one.n} for name, one in shares.items()}


def coverage_of(
    labels: npt.ArrayLike,
    holds_benign: Mask,
    holds_malignant: Mask,
    asked: float,
    groups: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Coverage:
    """The measured coverage of sets: ``holds_benign`` and ``holds_malignant``, (n,), say what each holds. ValueError
    for groups that don't go with them."""
    malignant = np.asarray(labels) == 1
    every = np.ones(malignant.shape, bool)

    def of(part: Mask, whole: Mask) -> Estimate:
        return replace(share(part, whole, groups, level), n=int(whole.sum()))

    return Coverage(
        asked=asked,
        benign=of(holds_benign, ~malignant),
        malignant=of(holds_malignant, malignant),
        one=of(holds_benign != holds_malignant, every),
        both=of(holds_benign & holds_malignant, every),
        none=of(~(holds_benign | holds_malignant), every),
    )
