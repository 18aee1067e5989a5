"""Who does the jobs: joblib, on this machine's processes (loky) or on a cluster that dask or ray runs."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed, parallel_config

from isthmus.data.threads import cores
from isthmus.errors import IsthmusError, UsageError
from isthmus.study.jobs import Job, Outcome, perform, was_begun

BACKENDS = ("loky", "dask", "ray")
PACKAGES = {"dask": "distributed", "ray": "ray"}  # what a backend needs
HERE = "local"
DEATHS = 2  # after so many a job isn't tried again

Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Workers:
    """How many jobs at once, on what. ``address`` is a cluster's; "local" starts one on this machine.

    ``device`` is the name of what every worker trains on.
    """

    jobs: int
    backend: str = "loky"
    address: str = HERE
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise UsageError(f"no backend {self.backend!r}", where="--backend", remedy=f"Use {', '.join(BACKENDS)}.")
        if self.backend == "loky" and self.address != HERE:
            raise UsageError("loky works on this machine only", where="--address", remedy="Use dask or ray.")

    @property
    def threads(self) -> int:
        """Threads of each job: all cores are used, none is fought over. On a cluster one, as workers are its own."""
        return max(1, cores() // self.jobs) if self.backend == "loky" else 1

    @property
    def are_here(self) -> bool:
        """Whether the workers are on this machine."""
        return self.address == HERE

    def refuse_missing(self) -> None:
        """Raises UsageError where the backend isn't installed."""
        package = PACKAGES.get(self.backend)
        if package and importlib.util.find_spec(package) is None:
            raise _missing(self.backend, package)


def perform_all(jobs: Sequence[Job], workers: Workers, tell: Tell, do: Callable[[Job], Outcome] = perform) -> None:
    """Does all jobs and tells what came of each, as soon as the backend lets it be known; ``do`` never raises.

    A worker that dies takes no other job with it: what was begun is tried again, alone, and given up where it dies
    again. Raises UsageError where the backend isn't installed or no cluster answers.
    """
    left, deaths = {job.name: job for job in jobs}, Counter[str]()

    def done(outcome: Outcome) -> None:
        left.pop(outcome.name, None)
        tell(outcome)

    with _opened(workers):
        while left:
            begun = [job for job in left.values() if deaths[job.name]]
            batch = begun[:1] or list(left.values())
            died = _batch(batch, workers, done, do)
            if died is None:
                continue
            suspects = [job for job in batch if job.name in left and was_begun(job)]
            for job in suspects or [job for job in batch if job.name in left]:
                deaths[job.name] += 1
                if deaths[job.name] >= DEATHS:
                    done(Outcome(job.name, f"its worker died {DEATHS} times, perhaps out of memory ({died})"))


def _batch(jobs: Sequence[Job], workers: Workers, done: Tell, do: Callable[[Job], Outcome]) -> str | None:
    """Does these jobs; says what happened where a worker died."""
    # loky would do one job by itself in this process, which it could take along. A cluster knows how many it can do.
    here: dict[str, Any] = {"n_jobs": max(2, workers.jobs), "pre_dispatch": workers.jobs}
    at_once = here if workers.backend == "loky" else {"n_jobs": -1, "pre_dispatch": "all"}
    as_they_come = "list" if workers.backend == "ray" else "generator_unordered"
    try:
        for outcome in Parallel(return_as=as_they_come, batch_size=1, **at_once)(delayed(do)(job) for job in jobs):
            done(outcome)
    except IsthmusError:
        raise
    except Exception as error:  # each backend has its own family of errors for a worker that is gone
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160] if str(error).strip() else ''}"
    return None


@contextlib.contextmanager
def _opened(workers: Workers) -> Iterator[None]:
    opened = {"loky": _loky, "dask": _dask, "ray": _ray}[workers.backend]
    with opened(workers), parallel_config(backend=workers.backend, **_inner(workers)):
        yield


def _inner(workers: Workers) -> dict[str, Any]:
    return {"inner_max_num_threads": workers.threads} if workers.backend == "loky" else {}


@contextlib.contextmanager
def _loky(workers: Workers) -> Iterator[None]:
    yield


@contextlib.contextmanager
def _dask(workers: Workers) -> Iterator[None]:
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise _missing("dask", str(error.name)) from None
    with contextlib.ExitStack() as stack:
        address: object = workers.address
        if workers.address == HERE:
            address = stack.enter_context(
                LocalCluster(n_workers=workers.jobs, threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
            )
        try:
            stack.enter_context(Client(address, timeout=10))  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise _silent(workers, error) from error
        yield


@contextlib.contextmanager
def _ray(workers: Workers) -> Iterator[None]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        from ray.util.joblib import register_ray
    except ModuleNotFoundError as error:
        raise _missing("ray", str(error.name)) from None
    here: dict[str, Any] = {"num_cpus": workers.jobs, "include_dashboard": False} if workers.address == HERE else {}
    try:
        ray.init(address=workers.address, log_to_driver=False, logging_level=logging.ERROR, **here)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise _silent(workers, error) from error
    register_ray()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        ray.shutdown()


def _missing(backend: str, package: str) -> UsageError:
    return UsageError(
        f"--backend {backend} needs {package}, which is not installed",
        remedy=f"Install it: pip install 'isthmus[{backend}]'.",
    )


def _silent(workers: Workers, error: Exception) -> UsageError:
    what = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    return UsageError(
        f"no {workers.backend} cluster answers ({what})",
        where=f"--address {workers.address}",
        remedy="Give the address of one that runs, or leave it out to start one here.",
    )
