"""An archive read into one table: in parts that outlive a kill, on this machine or on many."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from isthmus.bundle import ABOUT, Bundle
from isthmus.errors import DataError
from isthmus.infer.archive.items import ROWS_A_CHUNK, Chunk, Item, chunks
from isthmus.infer.archive.parts import Parts
from isthmus.infer.archive.pipeline import read_chunks
from isthmus.infer.archive.table import Cells
from isthmus.infer.engines import DEFAULT
from isthmus.infer.predictor import Predictor
from isthmus.models.shipped import DEFAULT_MODEL


@dataclass(frozen=True)
class Summary:
    """What came of an archive. ``images`` and ``rows`` are all of it, ``errors`` the rows that could not be read,
    ``abstained`` those that the bundle's gate refuses.

    ``several_pages`` images have more than one page; the first was read. ``resumed`` images were read by earlier
    runs; ``images_per_second`` is of those that this one read, in ``seconds``. ``foreign`` parts, of other input or
    another bundle or engine, were left there by earlier runs and not used.
    """

    to: Path
    images: int
    rows: int
    errors: int
    first_error: str
    abstained: int
    several_pages: int
    resumed: int
    foreign: int
    seconds: float
    images_per_second: float
    engine: str


class Backend(Protocol):
    """What reads chunks, in any order, a row a region, with engines like its predictor's."""

    @property
    def predictor(self) -> Predictor: ...

    def read(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Cells]]]:
        """Each chunk and its rows. Raises EngineError if the engine fails."""
        ...


class Local:
    """This machine: predictors, each with a thread that decodes and reads."""

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = predictors

    @classmethod
    def load(
        cls, model: str | Path = DEFAULT_MODEL, engine: str = DEFAULT, threads: int = 0, threshold: str = ""
    ) -> Local:
        """``threads`` predictors as of ``Predictor.load``, 0 for one a core. Raises what that raises."""
        first = Predictor.load(model, engine, threads=1, threshold=threshold)
        others = range(1, threads or os.cpu_count() or 1)
        return cls([first, *(Predictor(first.bundle, first.engine.name, threads=1) for _ in others)])

    @property
    def predictor(self) -> Predictor:
        return self.predictors[0]

    def read(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Cells]]]:
        return read_chunks(chunks, self.predictors)


def read_archive(items: Iterable[Item], to: Path, backend: Backend, rows_a_chunk: int = ROWS_A_CHUNK) -> Summary:
    """Reads every item into the table ``to``, .csv or .parquet, its rows in the order of the items.

    Killed and called again with the same items, bundle and engine, it goes on where it was; the table is the same to
    the byte. Memory doesn't grow with the archive. Raises EngineError, StorageError, UsageError; finished parts stay.
    """
    start = time.monotonic()
    engine = backend.predictor.engine.name
    parts = Parts(to, f"{_identity(backend.predictor.bundle)} {engine}")
    read = 0
    for chunk, rows in backend.read(parts.unfinished(chunks(items, rows_a_chunk))):
        parts.write(chunk, rows)
        read += chunk.images
    seconds = time.monotonic() - start
    if not parts.images:
        raise DataError("there is nothing to read", remedy="Give a folder, a quoted pattern, a manifest or a shard.")
    counts = parts.merge()
    return Summary(
        to=to,
        images=parts.images,
        rows=counts.rows,
        errors=counts.errors,
        first_error=counts.first_error,
        abstained=counts.abstained,
        several_pages=counts.several_pages,
        resumed=parts.images - read,
        foreign=parts.foreign,
        seconds=seconds,
        images_per_second=read / seconds,
        engine=engine,
    )


def _identity(bundle: Bundle) -> str:
    """The checksum of the bundle's description, which holds those of its files, and the threshold of its verdicts."""
    described = hashlib.sha256((bundle.folder / ABOUT).read_bytes()).hexdigest()
    return f"{described} {bundle.decision.default} {bundle.decision.threshold!r}"
