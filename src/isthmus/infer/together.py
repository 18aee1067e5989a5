"""Several views of one nodule read together: an average of their readings, and how far these lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.errors import DataError
from isthmus.prediction import Prediction

AN_AVERAGE = "An average of single views, not validated: threshold, error rates and intervals are those of one view."
LEAST = 2


@dataclass(frozen=True)
class Together:
    """``views`` readings of one nodule: the mean of P(malignant) with the ``lowest`` and the ``highest``; the mean is
    None where ``reason`` says why. ``sides`` are the verdicts that the views give, in the order of labels.

    No verdict is given: no threshold was ever chosen for an average.
    """

    views: int
    probability: float | None
    lowest: float | None
    highest: float | None
    sides: tuple[str, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "views": self.views,
            "p_malignant": self.probability,
            "lowest": self.lowest,
            "highest": self.highest,
            "verdicts": list(self.sides),
            "reason": self.reason or None,
            "method": "mean of P(malignant)",
            "note": AN_AVERAGE,
        }


def together(readings: Sequence[Prediction]) -> Together:
    """The readings of two or more views of one nodule, joined by the mean of P(malignant).

    The mean of P, not of its log-odds: a view that is all but sure doesn't outweigh the others, and a reader can check
    it. A view without an answer leaves the whole without one. Raises DataError for less than two views.
    """
    if len(readings) < LEAST:
        what = f"{len(readings)} view is no average" if readings else "no view is given"
        raise DataError(what, where="together", remedy="Give two views of the nodule, or more.")
    refused = [str(number) for number, one in enumerate(readings, 1) if one.verdict is None]
    if refused:
        reason = f"no answer of view {' and '.join(refused)}: the input gate refuses it"
        return Together(len(readings), None, None, None, reason=reason)
    p = [one.probability for one in readings]
    sides = tuple(sorted({str(one.verdict) for one in readings}))
    return Together(len(readings), sum(p) / len(p), min(p), max(p), sides)
