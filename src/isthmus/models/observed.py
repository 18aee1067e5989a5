"""How many nodules with a similar P(malignant) were malignant: the interval that stands beside a reading."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from isthmus.bundle import Bundle
from isthmus.decision import Prevalence
from isthmus.errors import BundleError


@dataclass(frozen=True)
class Share:
    """A share of malignant nodules, 0 .. 1, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Observed:
    """Of ``n`` nodules that the model didn't learn from, with P(malignant) from ``p_low`` to ``p_high``, the ``share``
    that was malignant; ``here`` is the same at the prevalence of the reading."""

    p_low: float
    p_high: float
    n: int
    share: Share
    here: Share

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON's types."""
        return asdict(self)


@dataclass(frozen=True)
class Reliability:
    """The bins of a reliability diagram, by rising P(malignant), at the share of malignant nodules that the model's
    calibration was fitted at."""

    bins: tuple[Observed, ...]

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """What a bundle's evidence says, without a bin where it carries none. Raises BundleError."""
        whole = evidence_in(bundle) or {}
        after = (whole.get("calibration") or {}).get("after") or {}
        return cls(tuple(_bin(one) for one in after.get("bins") or () if one["observed"]["low"] is not None))

    def near(self, p: float, moved: Prevalence | None = None) -> Observed | None:
        """The nodules whose P was like ``p``, which holds at the prevalence ``moved`` to; None where nobody counted."""
        if not self.bins:
            return None
        back = None if moved is None else Prevalence(moved.here, moved.fitted)
        original = p if back is None else float(back.apply(np.array(p)))
        found = next((one for one in self.bins if original <= one.p_high), self.bins[-1])
        if moved is None:
            return found
        share = found.share
        here = (float(moved.apply(np.array(one))) for one in (share.value, share.low, share.high))
        return Observed(found.p_low, found.p_high, found.n, share, Share(*here))


def evidence_in(bundle: Bundle) -> dict[str, Any] | None:
    """The figures of `isthmus report` in a bundle, None where it carries none. Raises BundleError."""
    if bundle.evidence is None:
        return None
    try:
        whole: dict[str, Any] = json.loads(bundle.evidence.read_bytes())
    except (OSError, ValueError) as error:
        raise BundleError(f"can't be read ({error})", where=str(bundle.evidence), remedy="Copy it anew.") from None
    return whole


def _bin(one: dict[str, Any]) -> Observed:
    observed = one["observed"]
    share = Share(observed["value"], observed["low"], observed["high"])
    return Observed(one["low"], one["high"], one["n"], share, share)
