"""Chunks read by a Ray cluster: Ray Data tasks, a few chunks a processor at a time, so that memory stays bounded."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import os
import pickle
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from isthmus.bundle import ABOUT, Bundle
from isthmus.decision import GIVEN
from isthmus.errors import DataError, EngineError, IsthmusError, UsageError
from isthmus.infer.archive.items import Chunk
from isthmus.infer.archive.pipeline import read_chunks
from isthmus.infer.archive.table import Cells
from isthmus.infer.predictor import Predictor

WAVE = 8  # chunks a processor in a wave
HERE = "local"
STAYS = "Finished parts stay: the same command goes on from there."

Files = Mapping[str, bytes]


class Ray:
    """The processors of the cluster at ``address``; "local" starts one on this machine, of ``processors`` (0: all).

    A task decodes and reads a chunk on one processor. The bundle travels to the workers; the images must lie at the
    same path on every machine. Raises UsageError without Ray, or where no cluster answers.
    """

    def __init__(self, predictor: Predictor, address: str = HERE, processors: int = 0) -> None:
        self.predictor = predictor
        self.ray = _connected(address, processors)
        self.processors = max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def read(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[Cells]]]:
        """Each chunk and its rows, in no order; the chunk of a worker that dies is read by another.

        Raises EngineError if the engine fails or the cluster does, DataError where a machine doesn't see the images.
        """
        with contextlib.redirect_stdout(sys.stderr):  # Ray prints about dead workers
            try:
                yield from self._read(iter(chunks))
            except self.ray.exceptions.RayError as error:
                what = str(error).strip().splitlines()[-1][:300]
                raise EngineError(f"the Ray cluster failed ({what})", remedy=STAYS) from error
            finally:
                self.ray.shutdown()

    def _read(self, left: Iterator[Chunk]) -> Iterator[tuple[Chunk, list[Cells]]]:
        bundle = self.ray.put(_contents(self.predictor.bundle))
        decision = self.predictor.bundle.decision
        threshold = repr(decision.threshold) if decision.default == GIVEN else decision.default
        read = functools.partial(_read, bundle=[bundle], engine=self.predictor.engine.name, threshold=threshold)
        for number in itertools.count():
            wave = {chunk.index: chunk for chunk in itertools.islice(left, WAVE * self.processors)}
            if not wave:
                return
            if number == 0:
                self._check_sight(next(iter(wave.values())).items[0].path)
            rows = [{"chunk": pickle.dumps(chunk)} for chunk in wave.values()]
            data = self.ray.data.from_items(rows, override_num_blocks=len(rows)).map(read, num_cpus=1)
            for row in data.iter_rows():
                index, answer = pickle.loads(row["answer"])
                if isinstance(answer, IsthmusError):
                    raise answer
                yield wave[index], answer

    def _check_sight(self, path: Path) -> None:
        """Raises DataError if a machine doesn't see a file that this one sees: else every row would be an error."""
        if not path.exists():
            return
        for node in self.ray.nodes():
            if not node["Alive"] or not node["Resources"].get("CPU"):
                continue
            there = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node["NodeID"], soft=True)
            sees = self.ray.remote(_sees).options(num_cpus=0, scheduling_strategy=there)
            if not self.ray.get(sees.remote(path)):
                raise DataError(
                    "is not there on that machine of the cluster",
                    where=f"{node['NodeManagerHostname']}: {path}",
                    remedy="Put the archive on a file system that all machines see at the same path.",
                )


def _connected(address: str, processors: int) -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
        import ray.util.scheduling_strategies
    except ModuleNotFoundError as error:
        remedy = "Install it: pip install 'isthmus[ray]'."
        raise UsageError(f"--backend ray needs {error.name}, which is not installed", remedy=remedy) from None
    if address not in (HERE, "auto"):
        _refuse_silence(address)
    here: dict[str, Any] = {"include_dashboard": False, "num_cpus": processors or None} if address == HERE else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **here)
    except (ConnectionError, ValueError, RuntimeError) as error:
        what = str(error).strip().partition("\n")[0][:200]
        raise UsageError(f"no Ray cluster answers ({what})", where=f"--address {address}") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    module: ModuleType = ray
    return module


def _refuse_silence(address: str) -> None:
    """Raises UsageError where nothing listens at HOST:PORT: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError) as error:
        remedy = "Give the head's HOST:PORT, as `ray start --head` prints it, or none to start Ray here."
        raise UsageError(f"no Ray cluster answers ({error})", where=f"--address {address}", remedy=remedy) from None


def _contents(bundle: Bundle) -> Files:
    """The bundle's files, and nothing that lies beside them."""
    return {name: (bundle.folder / name).read_bytes() for name in (ABOUT, *bundle.files)}


def _sees(path: Path) -> bool:
    return path.exists()


def _read(row: Mapping[str, bytes], bundle: list[Any], engine: str, threshold: str) -> dict[str, bytes]:
    """What a worker does: a chunk's index, and its rows or the error that stops everything."""
    chunk: Chunk = pickle.loads(row["chunk"])
    answer: list[Cells] | IsthmusError
    try:
        ((_, answer),) = read_chunks([chunk], [_predictor(bundle[0], engine, threshold)])
    except IsthmusError as error:
        answer = error
    return {"answer": pickle.dumps((chunk.index, answer))}


@functools.lru_cache(maxsize=1)
def _predictor(bundle: Any, engine: str, threshold: str) -> Predictor:
    """The predictor of a worker, opened for its first chunk. The engine has read the files when they go."""
    import ray

    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        for inner, content in ray.get(bundle).items():
            path = Path(name, inner)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Predictor.load(Path(name), engine, threads=1, threshold=threshold)
