"""What needs torch, loaded by name only when it runs: `--help` and reading do without."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from isthmus.errors import UsageError


def torch_side(module: str) -> ModuleType:
    """The module of that name. Raises UsageError, saying what to install, where torch or its company is missing."""
    # Huge pages for large tensors: a training step is a fifth shorter. torch looks when it first allocates.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("isthmus"):
            raise
        raise UsageError(
            f"training needs {error.name}, which is not installed", remedy="Install it: pip install 'isthmus[train]'."
        ) from None
