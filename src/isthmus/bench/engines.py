"""The engines as contenders, each that is installed and that the bundle carries, and their agreement with torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from isthmus.bench.timing import Contender, LeftOut, race, without_paths
from isthmus.bundle import Bundle
from isthmus.decision import Decision
from isthmus.errors import BundleError, EngineError
from isthmus.infer.engines import ENGINES, Engine, EngineKind, open_engine
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.parity import difference

TRIAL_ROUNDS = 3


@dataclass(frozen=True)
class Parity:
    """How far an engine lies from torch in fp32 over n RoIs.

    ``max_difference`` is of the fused P(malignant), ``max_vote_difference`` of the whole RoI's and each crop's.
    ``verdicts_changed`` counts the RoIs whose verdict differs, ``changed_beyond`` those of them whose P(malignant) in
    torch lies farther than ``tolerance`` from the threshold.
    """

    precision: str
    n: int
    tolerance: float
    max_difference: float
    max_vote_difference: float
    verdicts_changed: int
    changed_beyond: int

    @property
    def holds(self) -> bool:
        """Whether the engine may be used: within the tolerance, and no verdict changed beyond it."""
        return self.max_difference <= self.tolerance and not self.changed_beyond


def open_engines(bundle: Bundle, threads: int) -> tuple[dict[str, Engine], list[LeftOut]]:
    """Every engine of ENGINES that opens, by name, and why the others don't, without paths: a page may be published."""
    engines: dict[str, Engine] = {}
    left_out: list[LeftOut] = []
    for name in ENGINES:
        try:
            engines[name] = open_engine(bundle, name, threads)
        except (EngineError, BundleError) as error:
            left_out.append(LeftOut(name, without_paths(error)))
    return engines, left_out


def contenders(engines: Mapping[str, Engine], rois: Pixels, batches: Sequence[int]) -> list[Contender]:
    """Each engine at each batch size, on the first of ``rois``, uint8 (n, size, size, 3)."""
    return [
        Contender(name, engine.precision, batch, partial(engine.read, rois[:batch].copy()))
        for name, engine in engines.items()
        for batch in batches
    ]


def fastest(engines: Mapping[str, Engine], rois: Pixels, fit: Sequence[str]) -> str | None:
    """The engine that reads one RoI fastest in a short trial, of those whose names are in ``fit``."""
    able = {name: engine for name, engine in engines.items() if name in fit}
    rows = race(contenders(able, rois, (1,)), TRIAL_ROUNDS)
    return min(rows, key=lambda row: row.ms_per_image).name if rows else None


def compare(kind: EngineKind, actual: Probabilities, expected: Probabilities, decision: Decision) -> Parity:
    """Compares an engine of that kind with torch in fp32 on the same RoIs. Raises ValueError for other shapes."""
    fused, reference = (np.asarray(reading.fused, np.float64) for reading in (actual, expected))
    changed = decision.is_malignant(fused) != decision.is_malignant(reference)
    from_threshold = np.abs(decision.probability(reference) - decision.threshold)
    apart = difference(actual, expected)
    return Parity(
        precision=kind.precision,
        n=len(reference),
        tolerance=kind.tolerance,
        max_difference=apart.fused,
        max_vote_difference=apart.votes,
        verdicts_changed=int(changed.sum()),
        changed_beyond=int((changed & (from_threshold > kind.tolerance)).sum()),
    )
