"""What the verbs do, imported when they run: a help and one prediction load none of it. The one table of that.

``work.bench_run.measure(...)`` is ``isthmus.bench.run.measure(...)``, and mypy checks it as such.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from isthmus.errors import UsageError

if TYPE_CHECKING:
    from isthmus import bundle, recipes
    from isthmus.bench import chart as bench_chart
    from isthmus.bench import networks as bench_networks
    from isthmus.bench import page as bench_page
    from isthmus.bench import ratios as bench_ratios
    from isthmus.bench import run as bench_run
    from isthmus.cli import choosing, predict_archive, predict_files
    from isthmus.cli import cross_run as cross
    from isthmus.cli import demo_run as demo
    from isthmus.cli import export_run as export
    from isthmus.cli import look_run as look
    from isthmus.cli import phantom_run as phantom
    from isthmus.cli import score_run as score
    from isthmus.cli import study_run as study
    from isthmus.cli import train_run as train
    from isthmus.data import prepare, threads
    from isthmus.learn import devices
    from isthmus.phantom import write as phantom_write

HOMES = {
    "bench_chart": "isthmus.bench.chart",
    "bench_networks": "isthmus.bench.networks",
    "bench_page": "isthmus.bench.page",
    "bench_ratios": "isthmus.bench.ratios",
    "bench_run": "isthmus.bench.run",
    "bundle": "isthmus.bundle",
    "choosing": "isthmus.cli.choosing",
    "cross": "isthmus.cli.cross_run",
    "demo": "isthmus.cli.demo_run",
    "devices": "isthmus.learn.devices",
    "export": "isthmus.cli.export_run",
    "look": "isthmus.cli.look_run",
    "phantom": "isthmus.cli.phantom_run",
    "phantom_write": "isthmus.phantom.write",
    "predict_archive": "isthmus.cli.predict_archive",
    "predict_files": "isthmus.cli.predict_files",
    "prepare": "isthmus.data.prepare",
    "recipes": "isthmus.recipes",
    "score": "isthmus.cli.score_run",
    "study": "isthmus.cli.study_run",
    "threads": "isthmus.data.threads",
    "train": "isthmus.cli.train_run",
}

if not TYPE_CHECKING:  # so that mypy reports a name that is not imported above

    def __getattr__(name: str) -> object:
        """The module of that name. Raises UsageError, with what to install, where a package of an extra is missing."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Huge pages for large tensors: a training step is a fifth shorter. torch reads it at its first allocation.
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
        try:
            return importlib.import_module(HOMES[name])
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("isthmus"):
                raise
            raise UsageError(
                f"training needs {error.name}, which is not installed",
                remedy="Install it: pip install 'isthmus[train]'.",
            ) from None
