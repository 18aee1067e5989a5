"""What each verb does, imported when it runs: `--help` and reading one file need none of it. The one table of that.

``work.look.run(...)`` is ``isthmus.cli.look_run.run(...)``, and is type-checked as such.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from isthmus.errors import UsageError

if TYPE_CHECKING:
    from isthmus import recipes
    from isthmus.bench import torch_side as bench_torch
    from isthmus.cli import bench_run as bench
    from isthmus.cli import choosing, predict_archive, predict_files
    from isthmus.cli import cross_run as cross
    from isthmus.cli import demo_run as demo
    from isthmus.cli import export_run as export
    from isthmus.cli import look_run as look
    from isthmus.cli import phantom_run as phantom
    from isthmus.cli import score_run as score
    from isthmus.cli import study_run as study
    from isthmus.cli import train_run as train
    from isthmus.learn import devices

__all__ = [
    "bench",
    "bench_torch",
    "choosing",
    "cross",
    "demo",
    "devices",
    "export",
    "look",
    "phantom",
    "predict_archive",
    "predict_files",
    "recipes",
    "score",
    "study",
    "train",
]

_HOMES = {
    "bench": "isthmus.cli.bench_run",
    "choosing": "isthmus.cli.choosing",
    "demo": "isthmus.cli.demo_run",
    "look": "isthmus.cli.look_run",
    "phantom": "isthmus.cli.phantom_run",
    "predict_archive": "isthmus.cli.predict_archive",
    "predict_files": "isthmus.cli.predict_files",
    "recipes": "isthmus.recipes",
    "score": "isthmus.cli.score_run",
}
_WITH_TORCH = {
    "bench_torch": "isthmus.bench.torch_side",
    "cross": "isthmus.cli.cross_run",
    "devices": "isthmus.learn.devices",
    "export": "isthmus.cli.export_run",
    "study": "isthmus.cli.study_run",
    "train": "isthmus.cli.train_run",
}

if not TYPE_CHECKING:  # so that a name that isn't in the table is an error of the type checker

    def __getattr__(name: str) -> object:
        """The module of that name. Raises UsageError, saying what to install, where torch or its company is missing."""
        if name not in _HOMES and name not in _WITH_TORCH:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name in _WITH_TORCH:
            # Huge pages for large tensors: a training step is a fifth shorter. torch looks when it first allocates.
            os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
        try:
            return importlib.import_module(_HOMES.get(name) or _WITH_TORCH[name])
        except ModuleNotFoundError as error:
            if name in _HOMES or error.name is None or error.name.startswith("isthmus"):
                raise
            raise UsageError(
                f"training needs {error.name}, which is not installed",
                remedy="Install it: pip install 'isthmus[train]'.",
            ) from None
