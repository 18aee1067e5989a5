"""Numbers as JSON in which null never stands without its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from isthmus.judge.intervals import Estimate

UNDEFINED = "undefined: "


def shown(estimate: Estimate) -> dict[str, object]:
    """An estimate with its n; see ``reasoned``."""
    one: dict[str, object] = reasoned(estimate.as_json() | {"n": estimate.n})
    return one


def reasoned(value: Any) -> Any:
    """JSON's types, where each estimate has a ``reason``: why it is null, or has no interval; else that is null.

    >>> reasoned({"value": None, "low": None, "high": None, "method": "undefined: no nodule is benign"})["reason"]
    'no nodule is benign'
    """
    if isinstance(value, Mapping):
        made = {str(key): reasoned(one) for key, one in value.items()}
        if {"value", "low", "method"} <= made.keys():
            made["reason"] = str(made["method"]).removeprefix(UNDEFINED) if made["low"] is None else None
        return made
    if isinstance(value, list | tuple):
        return [reasoned(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
