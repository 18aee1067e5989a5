"""Items to rows: threads that each decode, cut, resize and read a batch; few batches are in memory at a time."""

from __future__ import annotations

import functools
import queue
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from isthmus.data.prepare import prepare
from isthmus.data.threads import Ahead
from isthmus.dicom.regions import scan_area
from isthmus.errors import DataError, EngineError
from isthmus.infer.archive.items import Chunk, Item, Region
from isthmus.infer.archive.table import Cells, cells_of
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame, Pixels
from isthmus.prediction import Prediction
from isthmus.recipe import Preparation

BATCH = 16


@dataclass(frozen=True, eq=False)
class Roi:
    """A region as the network takes it, uint8 (size, size, 3), its box, and how many pages its image has."""

    box: Box
    pixels: Pixels
    pages: int


@dataclass(frozen=True)
class _Batch:
    """Neighbouring items of a chunk, as many as make a batch of regions or more; ``last`` of their chunk."""

    chunk: Chunk
    items: Sequence[Item]
    last: bool


def read_chunks(chunks: Iterable[Chunk], predictors: Sequence[Predictor]) -> Iterator[tuple[Chunk, list[Cells]]]:
    """Reads chunks in their order, a row a region; what can't be read is a row with its error.

    A thread a predictor, each of which should compute on one thread: whole batches side by side waste less than
    threads that share one. What is in a batch depends on its chunk only, so that a chunk's rows are the same whatever
    was read before it. Raises EngineError if an engine fails.
    """
    free: queue.SimpleQueue[Predictor] = queue.SimpleQueue()
    for predictor in predictors:
        free.put(predictor)

    def read(batch: _Batch) -> tuple[_Batch, list[Cells]]:
        predictor = free.get()
        try:
            return batch, read_items(batch.items, predictor)
        finally:
            free.put(predictor)

    done: deque[tuple[_Batch, list[Cells]]] = deque()
    rows: list[Cells] = []

    def finished() -> Iterator[tuple[Chunk, list[Cells]]]:
        while done:
            batch, rows_of_batch = done.popleft()
            rows.extend(rows_of_batch)
            if batch.last:
                yield batch.chunk, rows.copy()
                rows.clear()

    with Ahead(done.append, len(predictors)) as ahead:
        for chunk in chunks:
            for batch in _batches(chunk):
                ahead.give(functools.partial(read, batch))
                yield from finished()
    yield from finished()


def read_items(items: Sequence[Item], predictor: Predictor) -> list[Cells]:
    """A row a region of the items, in order. Raises EngineError if the engine fails."""
    rois = [
        (item, region, roi)
        for item in items
        for region, roi in zip(item.regions, prepare_item(item, predictor.bundle.recipe.preparation), strict=True)
    ]
    predictions = _read([(item, region, roi) for item, region, roi in rois if isinstance(roi, Roi)], predictor)
    return [cells_of(item, region, next(predictions) if isinstance(roi, Roi) else roi) for item, region, roi in rois]


def prepare_item(item: Item, preparation: Preparation) -> list[Roi | str]:
    """For each region its RoI as the network takes it, or why there is none; decodes the image once."""
    problems: list[Roi | str] = [region.problem for region in item.regions]
    if all(problems):
        return problems
    try:
        frame = item.decode()
    except DataError as error:
        return [problem or error.advice for problem in problems]
    return [region.problem or _roi(frame, region.box, preparation) for region in item.regions]


def _roi(frame: Frame, box: Box | None, preparation: Preparation) -> Roi | str:
    box = box or scan_area(frame)
    try:
        return Roi(box, prepare(frame, box, preparation), frame.pages)
    except DataError as error:
        return error.what


def _read(rois: Sequence[tuple[Item, Region, Roi]], predictor: Predictor) -> Iterator[Prediction]:
    for start in range(0, len(rois), BATCH):
        batch = rois[start : start + BATCH]
        pixels = np.stack([roi.pixels for _, _, roi in batch])
        try:
            votes = predictor.engine.read(pixels)
        except EngineError as error:
            raise EngineError(error.what, where=error.where, remedy=f"{error.remedy} Finished parts stay.") from error
        decision = predictor.bundle.decision
        read = [
            votes.prediction(index, region.nodule, item.image, roi.box, decision, item.page, roi.pages)
            for index, (item, region, roi) in enumerate(batch)
        ]
        yield from predictor.gated(read, pixels, [roi.box for _, _, roi in batch])


def _batches(chunk: Chunk) -> Iterator[_Batch]:
    start = regions = 0
    for end, item in enumerate(chunk.items, 1):
        regions += len(item.regions)
        last = end == len(chunk.items)
        if regions >= BATCH or last:
            yield _Batch(chunk, chunk.items[start:end], last)
            start, regions = end, 0
