"""Everything that is asked of a model that reads the pictures again, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isthmus.evidence.pictured.explanation import Explained, explained
from isthmus.evidence.pictured.gated import Gated, gated
from isthmus.evidence.pictured.pictures import Pictures
from isthmus.evidence.pictured.retest import Retest, retest
from isthmus.evidence.pictured.robustness import Robustness, robustness
from isthmus.progress import Progress, silent

PARTS: tuple[str, ...] = ("gate", "robustness", "retest", "explanation")
NO_PICTURES = "no pictures and model were named (--data, --as, --model)"
LEARNED = "the model learned from these nodules, so that it would be judged on what it knows"


@dataclass(frozen=True, eq=False)
class Pictured:
    """The parts, of ``n`` nodules read by the model of that name, a sample of the ``available`` ones."""

    model: str
    n: int
    available: int
    gate: Gated
    robustness: Robustness
    retest: Retest
    explanation: Explained

    def as_json(self) -> dict[str, Any]:
        """Keys of metrics.json."""
        about = {"model": self.model, "n": self.n, "available": self.available}
        return {"pictures": about, **{name: getattr(self, name).as_json() for name in PARTS}}


def without(reason: str) -> dict[str, Any]:
    """The same keys without pictures: null, with the reason."""
    return {name: {"value": None, "reason": reason} for name in ("pictures", *PARTS)}


def pictured(pictures: Pictures, seed: int = 0, progress: Progress = silent) -> Pictured:
    """Reads the pictures, as they are and changed. Raises DataError, EngineError."""
    steps: Mapping[str, Callable[[], Any]] = {
        "gate": lambda: gated(pictures, progress),
        "robustness": lambda: robustness(pictures, seed, progress),
        "retest": lambda: retest(pictures, progress),
        "explanation": lambda: explained(pictures, seed=seed, progress=progress),
    }
    made = {name: step() for name, step in steps.items()}
    return Pictured(pictures.model.bundle.name, len(pictures), pictures.available, **made)
