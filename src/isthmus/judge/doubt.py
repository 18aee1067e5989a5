"""Labels that P(malignant) doubts: confident learning of two classes (Northcutt, Jiang and Chuang, J Artif Intell Res
70, 2021).

The threshold of a class is the mean P of it among the nodules with that label. A nodule is counted for the class whose
P reaches its threshold, the likelier one where both do (its label at .5), and for none where neither does; one counted
for the other class than its label is a candidate for a second look. The counts, scaled so that each label has as many
nodules as there are, estimate how many labels are wrong. It supposes that P comes from a model that did not learn from
the nodule, and that which labels are wrong depends on the class alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.judge.intervals import ROUNDING, Estimate
from isthmus.judge.jackknife import counted
from isthmus.judge.metrics import Floats, Labels, checked

Members = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Doubt:
    """The ``candidates``, places among ``n`` nodules, that of the lowest P of its label first; ``share`` of all labels
    estimated to be wrong. ``thresholds`` are those of P(benign) and of P(malignant); ``joint`` counts nodules by label
    and by the class that they count for."""

    n: int
    candidates: npt.NDArray[np.int64]
    share: Estimate
    thresholds: tuple[float, float]
    joint: tuple[tuple[int, int], tuple[int, int]]

    @property
    def expected(self) -> Estimate:
        """How many of the ``n`` labels are estimated to be wrong."""
        one, n = self.share, self.n
        return Estimate(one.value * n, one.low * n, one.high * n, one.method, n)


def doubt(
    labels: npt.ArrayLike,
    p: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Doubt:
    """The labels, 0 benign or 1 malignant, that P(malignant) doubts, both (n,); the interval is by the jackknife of
    ``groups``, (n,), the thresholds staying where they are. Raises ValueError, also for one class.

    >>> one = doubt([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.9, 0.8, 0.9, 0.05])
    >>> one.candidates.tolist(), one.expected.value
    ([5, 2], 2.0)
    """
    label_array, p_array = checked(labels, p)
    if label_array.min() == label_array.max():
        raise ValueError(f"no nodule is {'benign' if label_array.min() else 'malignant'}")
    of_class = np.stack([1 - p_array, p_array])
    thresholds = tuple(float(of_class[label, label_array == label].mean()) for label in (0, 1))
    reaches = of_class >= np.array(thresholds)[:, None] - ROUNDING
    likelier = np.where(np.abs(p_array - 0.5) <= ROUNDING, label_array, p_array > 0.5)
    counts_for = np.where(reaches.all(axis=0), likelier, np.where(reaches[1], 1, np.where(reaches[0], 0, -1)))
    doubted = np.flatnonzero((counts_for >= 0) & (counts_for != label_array))
    own = of_class[label_array, np.arange(label_array.size)]
    cells = [[(label_array == label) & (counts_for == other) for other in (0, 1)] for label in (0, 1)]
    share = counted(_wrong(cells), label_array, p_array, groups, seed, level)
    return Doubt(
        n=label_array.size,
        candidates=doubted[np.argsort(own[doubted], kind="stable")],
        share=replace(share, n=label_array.size),
        thresholds=(thresholds[0], thresholds[1]),
        joint=tuple(tuple(int(cell.sum()) for cell in row) for row in cells),  # type: ignore[arg-type]
    )


def _wrong(
    cells: list[list[npt.NDArray[np.bool_]]],
) -> Callable[[Labels, Floats, Members], Callable[[Floats], Floats]]:
    """The estimated share of wrong labels, prepared for ``counted``."""

    def prepare(labels: Labels, p: Floats, members: Members) -> Callable[[Floats], Floats]:
        each = [*cells[0], *cells[1], labels == 0, labels == 1]
        sums = np.column_stack([np.bincount(members, one.astype(np.float64)) for one in each])

        def wrong(counts: Floats) -> Floats:
            *joint, benign, malignant = (counts @ sums).T
            wrong = np.zeros(len(counts))
            for off, whole, n in ((joint[1], joint[0] + joint[1], benign), (joint[2], joint[2] + joint[3], malignant)):
                wrong += n * np.divide(off, whole, out=np.zeros(len(counts)), where=whole > 0)
            n = benign + malignant
            part: Floats = np.divide(wrong, n, out=np.full(len(counts), np.nan), where=n > 0)
            return part

        return wrong

    return prepare
