"""Items to rows: decoding, cropping and resizing run ahead of the engine, in threads and by a bounded distance."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from isthmus.data.prepare import prepare
from isthmus.errors import DataError, EngineError, IsthmusError
from isthmus.infer.items import Chunk, Item, Region
from isthmus.infer.predictor import BATCH, Predictor
from isthmus.infer.table import Row, failed_row, read_row
from isthmus.nodule import Box, Frame, Pixels
from isthmus.recipe import Recipe

AHEAD = 2 * BATCH  # images decoded before the engine asks for them

Roi = tuple[Box, Pixels]
Waiting = tuple[int, Item, Region, Roi]  # place among the chunk's rows, and what will stand there
Given = TypeVar("Given")
Made = TypeVar("Made")


def read_chunks(chunks: Iterable[Chunk], predictor: Predictor, workers: int) -> Iterator[tuple[Chunk, list[Row]]]:
    """Reads chunks in their order, a row a region; what can't be read is a row with its error.

    ``workers`` threads decode. No batch reaches across chunks, so that a chunk's rows are the same whatever was read
    before it. Raises EngineError if the engine fails.
    """

    def prepared(pair: tuple[Chunk, Item]) -> tuple[Chunk, Item, list[Roi | str]]:
        return (*pair, prepare_item(pair[1], predictor.bundle.recipe))

    pairs = ((chunk, item) for chunk in chunks for item in chunk.items)
    for chunk, group in itertools.groupby(_ahead(prepared, pairs, workers), key=lambda made: made[0]):
        yield chunk, _rows(predictor, ((item, rois) for _, item, rois in group))


def prepare_item(item: Item, recipe: Recipe) -> list[Roi | str]:
    """For each region its box and its RoI as the network takes it, or why there is none; decodes the image once."""
    problems: list[Roi | str] = [region.problem for region in item.regions]
    if all(problems):
        return problems
    try:
        frame = item.decode()
    except DataError as error:
        return [problem or error.what for problem in problems]
    return [region.problem or _roi(frame, region.box, recipe) for region in item.regions]


def _roi(frame: Frame, box: Box | None, recipe: Recipe) -> Roi | str:
    box = box or Box(0, 0, frame.width, frame.height)
    try:
        return box, prepare(frame, box, recipe)
    except DataError as error:
        return error.what


def _rows(predictor: Predictor, prepared: Iterable[tuple[Item, list[Roi | str]]]) -> list[Row]:
    """The rows of one chunk, in order, read a batch at a time."""
    rows: list[Row] = []
    waiting: list[Waiting] = []
    for item, rois in prepared:
        for region, roi in zip(item.regions, rois, strict=True):
            if isinstance(roi, str):
                rows.append(failed_row(item, region, roi))
                continue
            waiting.append((len(rows), item, region, roi))
            rows.append(())
            if len(waiting) == BATCH:
                _read_batch(predictor, waiting, rows)
    _read_batch(predictor, waiting, rows)
    return rows


def _read_batch(predictor: Predictor, waiting: list[Waiting], rows: list[Row]) -> None:
    """Reads the RoIs that wait and puts their rows into place."""
    if not waiting:
        return
    try:
        said = predictor.engine.read(np.stack([pixels for *_, (_, pixels) in waiting]))
    except IsthmusError:
        raise
    except Exception as error:  # the engines' own errors share no base class
        raise EngineError(
            f"engine {predictor.engine.name} failed ({' '.join(str(error).split())[:200]})",
            remedy="Choose another with --engine. Finished parts stay.",
        ) from error
    for index, (place, item, region, (box, _)) in enumerate(waiting):
        rows[place] = read_row(item, region, predictor.prediction(said, index, region.nodule, item.image, box))
    waiting.clear()


def _ahead(make: Callable[[Given], Made], given: Iterable[Given], workers: int) -> Iterator[Made]:
    """``map`` whose next few results are made by threads meanwhile; in order, and never more than AHEAD of them."""
    with ThreadPoolExecutor(workers, thread_name_prefix="decode") as pool:
        making: deque[Future[Made]] = deque()
        try:
            for one in given:
                making.append(pool.submit(make, one))
                if len(making) > AHEAD:
                    yield making.popleft().result()
            while making:
                yield making.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
