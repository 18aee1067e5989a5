"""Threads that read batches: ahead by a bounded distance, and never across chunks."""

from __future__ import annotations

import itertools
from pathlib import Path

from isthmus.data.threads import AHEAD
from isthmus.infer.archive.items import Chunk, Item, Region
from isthmus.infer.archive.pipeline import BATCH, read_chunks
from isthmus.infer.archive.read import Local, read_archive
from isthmus.infer.archive.walk import items_of
from make.archive import Brightness, predictor, write_images


def test_decoding_runs_ahead_by_a_bounded_distance(tmp_path: Path) -> None:
    """Of an endless archive a bounded number of chunks is begun before their rows are taken."""
    region = Region("gone", problem="is gone")
    chunks = (Chunk(number, (Item("i", tmp_path / "i.png", (region,)),), 1) for number in itertools.count())
    rows = read_chunks(chunks, [predictor(tmp_path / "model") for _ in range(3)])
    indices = [chunk.index for chunk, _ in itertools.islice(rows, 100)]
    rows.close()  # type: ignore[attr-defined]
    assert indices == list(range(100))
    assert next(chunks).index <= 100 + 3 * AHEAD + 1


def test_no_batch_reaches_across_chunks(tmp_path: Path) -> None:
    reader = predictor(tmp_path / "model")
    scans = write_images(tmp_path / "many", 2 * BATCH + 5)
    read_archive(items_of([str(scans)]), tmp_path / "out.csv", Local([reader]), BATCH + 2)
    assert isinstance(reader.engine, Brightness)
    assert reader.engine.batches == [BATCH, 2, BATCH, 2, 1]
