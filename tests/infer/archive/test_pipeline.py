"""Threads that read batches: ahead by a bounded distance, and never across chunks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

from isthmus.infer.archive import pipeline
from isthmus.infer.archive.pipeline import AHEAD, BATCH
from isthmus.infer.archive.read import Local, read_archive
from isthmus.infer.archive.walk import items_of
from make.archive import Brightness, predictor, write_images


def test_decoding_runs_ahead_by_a_bounded_distance() -> None:
    taken = itertools.count()
    made: list[int] = []
    lock = threading.Lock()

    def make(number: int) -> int:
        with lock:
            made.append(number)
        return number

    def endless() -> Iterator[int]:
        return iter(taken)

    ahead = pipeline._ahead(make, endless(), threads=3)
    got = [next(ahead) for _ in range(100)]
    ahead.close()  # type: ignore[attr-defined]
    assert got == list(range(100))
    assert next(taken) <= 100 + 3 * AHEAD + 1
    assert max(made) <= 100 + 3 * AHEAD + 1


def test_no_batch_reaches_across_chunks(tmp_path: Path) -> None:
    reader = predictor(tmp_path / "model")
    scans = write_images(tmp_path / "many", 2 * BATCH + 5)
    read_archive(items_of([str(scans)]), tmp_path / "out.csv", Local([reader]), BATCH + 2)
    assert isinstance(reader.engine, Brightness)
    assert reader.engine.batches == [BATCH, 2, BATCH, 2, 1]
