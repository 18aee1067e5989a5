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


def with_reason(value: Any, why: str) -> Any:
    """JSON's types, where each object with a null that has no ``reason`` gets one: its method's words, else ``why``.

    >>> with_reason({"odds_ratio": None, "counts": {"n": 0}}, "too few")
    {'odds_ratio': None, 'counts': {'n': 0}, 'reason': 'too few'}
    """
    if isinstance(value, list):
        return [with_reason(one, why) for one in value]
    if not isinstance(value, Mapping):
        return value
    made = {str(name): with_reason(one, why) for name, one in value.items()}
    if not made.get("reason") and any(one is None for name, one in made.items() if name != "reason"):
        method = str(made.get("method", ""))
        made["reason"] = method.removeprefix(UNDEFINED) if method.startswith(UNDEFINED) else why
    return made
