"""The models that ship, by name, unopened: each folder in this room is an ordinary bundle."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from isthmus.errors import UsageError

ROOM = Path(__file__).parent
DEFAULT_MODEL = "tn5000"  # what reads where no model is named


def names() -> tuple[str, ...]:
    """The models that ship, the default first."""
    folders = (path.name for path in ROOM.iterdir() if path.is_dir() and path.name[0] not in "_.")
    return tuple(sorted(folders, key=lambda name: (name != DEFAULT_MODEL, name)))


def find(model: str | Path = DEFAULT_MODEL) -> Path:
    """The folder of a model: a Path, or a text with a "/" in it, is a folder; another text is a model that ships, or
    else a folder here. Raises UsageError, with the nearest name, where there is neither.
    """
    if isinstance(model, Path) or is_path(model):
        return Path(model)
    shipped = names()
    if model in shipped:
        return ROOM / model
    if Path(model).exists():
        return Path(model)
    if not shipped:
        raise UsageError(
            f"no model ships with this isthmus, and no folder here is called {model!r}",
            remedy="Name a bundle's folder with --model; `isthmus train` makes one.",
        )
    if model == DEFAULT_MODEL:
        raise UsageError(
            f"the model {model} is not in this installation", remedy="Install isthmus again, or name a bundle's folder."
        )
    near = difflib.get_close_matches(model, shipped, n=1, cutoff=0.0)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise UsageError(
        f"no model {model!r} ships with isthmus, and no folder here is called so",
        remedy=f"{hint}Those that ship: {', '.join(shipped) or 'none'}.",
    )


def is_path(model: str) -> bool:
    """Whether the text can't be a name: it holds a separator, or is "." or ".."."""
    return model in (".", "..") or any(mark in model for mark in filter(None, (os.sep, os.altsep)))


def hides_a_folder(model: str) -> bool:
    """Whether the text names a model that ships while a file or folder here is called so, too."""
    return not is_path(model) and model in names() and Path(model).exists()
