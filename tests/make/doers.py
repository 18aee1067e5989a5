"""Stand-ins for a study's job, for workers to do: some die. They are found by name in a worker's process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from isthmus.cross.plan import Plan
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.dataset import DataSet
from isthmus.recipe import PAPER
from isthmus.study.jobs import Job, Outcome, under_way


def job(to: Path, name: str) -> Job:
    """A job that reads nothing."""
    nothing = DataSet("phantom", to, (), ())
    return Job(to / "runs" / name, nothing, Plan(PAPER), "", Duplicates(), to / "rois", 1)


def do(job: Job) -> Outcome:
    """Dies where the name says "dies"; the first time only where it says "once". Says in which process it was done."""
    with under_way(job):
        tried = job.folder.parent.parent / f"{job.name}.tried"
        times = len(tried.read_text()) if tried.exists() else 0
        tried.write_text("x" * (times + 1))
        if "dies" in job.name and not ("once" in job.name and times):
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome(job.name, f"done in {os.getpid()}")
