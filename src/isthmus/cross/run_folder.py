"""A run's folder: what run it holds, and the manifest that says how it came about."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from isthmus import files, recipes
from isthmus.cross.protocols import as_named_now
from isthmus.data.dataset import DataSet
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER
from isthmus.recipe import Recipe
from isthmus.text import printable

MANIFEST, RECIPE = "manifest.json", "recipe.toml"
PACKAGES = ("isthmus", "torch", "timm", "numpy", "scikit-learn", "onnxruntime", "pillow", "opencv-python-headless")


def claim(to: Path, data: DataSet, plan: Mapping[str, object], recipe: Recipe | None = None, command: str = "") -> None:
    """Takes ``to`` for this run, or finds that it already holds this very run. ``command`` is what was typed.

    Raises UsageError, naming what differs, if it holds another run or something else; StorageError if it can't be
    written.
    """
    identity = {"data": data.fingerprint(), "labels": data.policy, **plan}
    held = _held(to)
    if held is None:
        files.make_folder(to)
        _begin(to, identity, command or typed())
    elif told := ", ".join(_differing(held, identity, to, recipe)):
        raise UsageError(f"holds another run ({told})", where=str(to), remedy="Choose another --to.")
    if recipe:
        recipes.save(recipe, to / RECIPE)  # behind the manifest: a folder without one is nobody's, and is refused


def refuse_foreign(to: Path, plan: Mapping[str, object], recipe: Recipe | None = None) -> None:
    """Raises UsageError if ``to`` holds something else or a run of another plan: all that is known without data."""
    held = _held(to)
    if held is not None and (told := ", ".join(_differing(held, plan, to, recipe))):
        raise UsageError(f"holds another run ({told})", where=str(to), remedy="Choose another --to.")


def finish(to: Path, seconds: float) -> dict[str, object]:
    """Marks the run in ``to`` as finished, ``seconds`` of training long; returns its manifest."""
    try:
        held = files.read_json(to / MANIFEST)
    except (OSError, ValueError) as error:
        held = error
    if not isinstance(held, dict):
        raise UsageError(
            "its manifest was changed while the run was under way",
            where=str(to),
            remedy="Run it again in a new folder.",
        )
    manifest: dict[str, object] = {**held, "finished": True, "seconds": round(seconds, 1)}
    files.write_text(to / MANIFEST, files.json_text(manifest) + "\n")
    return manifest


def _differing(
    held: Mapping[str, object], identity: Mapping[str, object], to: Path, recipe: Recipe | None
) -> Iterator[str]:
    there, now = {**held}, {**identity}
    if recipe and there.get("recipe") != now.pop("recipe"):
        there, now = there | recipes.load_kept(to / RECIPE).values, now | recipe.values
    return (f"{name} {there.get(name)!r} there, {now[name]!r} now" for name in now if there.get(name) != now[name])


def typed() -> str:
    """The command that this process was started with."""
    return printable(shlex.join(["isthmus", *sys.argv[1:]]))


def _begin(to: Path, identity: Mapping[str, object], command: str) -> None:
    manifest = {
        "command": command,
        "versions": versions(),
        "machine": machine(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data_fingerprint": identity["data"],
        "identity": dict(identity),
        "finished": False,
        "seconds": None,
        "disclaimer": DISCLAIMER,
    }
    files.write_text(to / MANIFEST, files.json_text(manifest) + "\n")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result depends on, as far as they are installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """The kind of machine, without its name: system and processor architecture."""
    return f"{platform.system()} {platform.machine()}"


def _held(to: Path) -> dict[str, object] | None:
    # Hidden files are what a kill leaves of a file that was being written.
    if not to.exists() or (to.is_dir() and all(path.name.startswith(".") for path in to.iterdir())):
        return None
    try:
        manifest: Any = files.read_json(to / MANIFEST)
        identity = manifest["identity"]
    except (OSError, ValueError, KeyError, TypeError):
        identity = None
    if not isinstance(identity, dict):
        raise UsageError(
            "holds something that is no run of isthmus",
            where=str(to),
            remedy="Choose another --to, or an empty folder.",
        )
    return as_named_now(identity)
