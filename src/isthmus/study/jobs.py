"""A run of the grid as a job that any worker can do: it reads, trains and writes its own folder, and never raises."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits

from isthmus import files
from isthmus.baselines.table import BASELINES
from isthmus.cross.baseline import cross_baseline
from isthmus.cross.network import cross
from isthmus.cross.plan import Plan
from isthmus.cross.results import write_results
from isthmus.cross.scorecard import cross_scorecard
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.dataset import DataSet
from isthmus.errors import IsthmusError, StorageError
from isthmus.progress import Note

WORKING = ".working"  # beside the runs' folders: a mark for each that a worker is at
POLL = 1.0  # seconds between two looks at the parent process
# torch's random numbers belong to the process: where a cluster's worker has several threads, they take turns.
_ALONE = threading.Lock()


@dataclass(frozen=True)
class Job:
    """One run: a plan's recipe, or a baseline by name, on a data set, in ``folder``.

    ``threads`` is how many it computes with: more or fewer add up in another order. ``parent`` is the process without
    which a worker on this machine stops, 0 for one of a cluster.
    """

    folder: Path
    data: DataSet
    plan: Plan
    baseline: str
    duplicates: Duplicates
    rois: Path
    threads: int
    parent: int = 0
    command: str = ""
    device: str = "auto"

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Outcome:
    """What came of a job: ``why`` it isn't finished, "" where it is, and ``notes`` of what was begun again."""

    name: str
    why: str = ""
    notes: tuple[str, ...] = ()


def run_name(data: DataSet, plan: Plan, baseline: str = "") -> str:
    """The name of a run's folder: fingerprints of who is judged, of the data with its labels, and of the protocol."""
    who = f"{baseline}.{BASELINES[baseline].version}" if baseline else plan.recipe.fingerprint
    how = {**plan.settings, "recipe": plan.recipe.learning.validation if baseline else None}
    digest = hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()[:8]
    return f"{who}-{data.fingerprint()}-{plan.protocol.name}.{digest}"


def perform(job: Job) -> Outcome:
    """Does the job, or goes on with it; whatever goes wrong is the outcome, so that the others aren't stopped."""
    notes: list[str] = []
    try:
        with _ALONE, under_way(job), ended_with(job.parent, lambda: _mark(job).unlink(missing_ok=True)):
            _perform(job, notes.append)
    except IsthmusError as error:
        return Outcome(job.name, str(error), tuple(notes))
    except Exception as error:
        return Outcome(job.name, _told(job, error), tuple(notes))
    return Outcome(job.name, notes=tuple(notes))


@contextlib.contextmanager
def under_way(job: Job) -> Iterator[None]:
    """Marks the job as begun while it lasts: a mark that stays tells whose worker died. Raises StorageError."""
    files.write_text(_mark(job), f"{os.getpid()}\n")
    try:
        yield
    finally:
        _mark(job).unlink(missing_ok=True)


@contextlib.contextmanager
def ended_with(parent: int, before: Callable[[], None]) -> Iterator[None]:
    """Ends this process, after ``before``, where ``parent`` ends before it does, 0 for none; looked at every second.

    Files are written whole, so that a run which ends in the middle of an epoch goes on from its checkpoint.
    """
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(POLL):
            if os.getppid() != parent:
                before()
                os._exit(1)

    if parent:
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        finished.set()


def was_begun(job: Job) -> bool:
    """Whether a worker began the job and never came to its end; removes the mark that says so."""
    begun = _mark(job).exists()
    _mark(job).unlink(missing_ok=True)
    return begun


def _mark(job: Job) -> Path:
    return job.folder.parent / WORKING / job.name


def _perform(job: Job, note: Note) -> None:
    torch.set_num_threads(job.threads)
    with threadpool_limits(job.threads):
        if job.baseline:
            result = cross_baseline(job.data, job.plan, job.baseline, job.folder, job.duplicates, command=job.command)
        else:
            result = cross(
                job.data,
                job.plan,
                job.folder,
                rois=job.rois,
                duplicates=job.duplicates,
                command=job.command,
                device=job.device,
                note=note,
            )
        write_results(result, cross_scorecard(result), job.folder)
    _trace(job).unlink(missing_ok=True)


def _told(job: Job, error: Exception) -> str:
    what = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    try:
        files.write_text(_trace(job), "".join(traceback.format_exception(error)))
    except StorageError:
        return what
    return f"{what} (all of it in {_trace(job).name})"


def _trace(job: Job) -> Path:
    # Beside the run's folder, which is nobody's until the run has taken it.
    return job.folder.with_name(f"{job.name}.error.txt")
