"""Our engines as contenders: every one that is installed and that the bundle carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.bench.timing import Contender, LeftOut, race, without_place
from isthmus.bundle import Bundle
from isthmus.errors import BundleError, EngineError
from isthmus.infer.engines import ENGINES, Engine, open_engine
from isthmus.nodule import Pixels

TRIAL_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Setting:
    """Where the rivals run: names of engines, RoIs to read and to calibrate on, batch sizes, threads, a folder."""

    engines: Sequence[str]
    rois: Pixels
    batches: Sequence[int]
    threads: int
    folder: Path


def open_engines(bundle: Bundle, threads: int) -> tuple[dict[str, Engine], list[LeftOut]]:
    """Every engine of ENGINES that opens, by name, and why the others don't, without paths: a page may be published."""
    found: dict[str, Engine] = {}
    left_out: list[LeftOut] = []
    for name in ENGINES:
        try:
            found[name] = open_engine(bundle, name, threads)
        except (EngineError, BundleError) as error:
            left_out.append(LeftOut(name, without_place(error)))
    return found, left_out


def contenders(engines: Mapping[str, Engine], rois: Pixels, batches: Sequence[int]) -> list[Contender]:
    """Each engine at each batch size, on the first of ``rois``, uint8 (n, size, size, 3)."""
    return [
        Contender(name, engine.precision, batch, reading(engine, rois[:batch]))
        for name, engine in engines.items()
        for batch in batches
    ]


def reading(engine: Engine, rois: Pixels) -> Callable[[], object]:
    """The engine's reading of these RoIs, to be called as often as one likes."""
    own = rois.copy()
    return lambda: engine.read(own)


def fastest(engines: Mapping[str, Engine], rois: Pixels, fit: Sequence[str]) -> str | None:
    """The engine that reads one RoI fastest in a short trial, of those whose names are in ``fit``."""
    able = {name: engine for name, engine in engines.items() if name in fit}
    rows = race(contenders(able, rois, (1,)), TRIAL_ROUNDS)
    return min(rows, key=lambda row: row.ms_per_image).name if rows else None
