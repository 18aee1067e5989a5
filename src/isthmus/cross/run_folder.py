"""A run's folder: which run it holds, and the manifest that records how the run was made."""

from __future__ import annotations

import contextlib
import platform
import shlex
import sys
from collections.abc import Mapping
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
# Of a plan's settings, those that its identity leaves out where they are so
UNNAMED = {"painted": False, "group_by": "patient", "beginning": "none", "beside": "none"}
PACKAGES = ("isthmus", "torch", "timm", "numpy", "scikit-learn", "onnxruntime", "pillow", "opencv-python-headless")


def claim(
    to: Path,
    data: DataSet,
    plan: Mapping[str, object],
    recipe: Recipe | None = None,
    command: str = "",
    beginning: Mapping[str, object] | None = None,
) -> None:
    """Takes ``to`` for this run, unless it already holds this very run; ``command`` is by default ``command_line()``.
    ``beginning`` is the record of the weights that its trainings begin from.

    Raises UsageError, naming what differs, if it holds another run or something else; StorageError if it can't be
    written.
    """
    identity = {"data": data.fingerprint(), "labels": data.policy, **plan}
    if not _holds(to, identity, recipe):
        files.make_folder(to)
        manifest = {
            "command": command or command_line(),
            "versions": versions(),
            "machine": machine(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "data_fingerprint": identity["data"],
            "identity": identity,
            **({"beginning": beginning} if beginning else {}),
            "finished": False,
            "seconds": None,
            "disclaimer": DISCLAIMER,
        }
        files.write_text(to / MANIFEST, files.json_text(manifest) + "\n")
    if recipe:
        recipes.save(recipe, to / RECIPE)  # after the manifest: a folder without one holds no run, and is refused


def refuse_foreign(to: Path, plan: Mapping[str, object], recipe: Recipe | None = None) -> None:
    """Raises UsageError if ``to`` holds something else or a run of another plan, as far as it shows without data."""
    _holds(to, plan, recipe)


def finish(to: Path, seconds: float) -> dict[str, object]:
    """Marks the run in ``to`` as finished, ``seconds`` of training long; returns its manifest.

    Raises UsageError if the manifest is gone, StorageError.
    """
    manifest = read_manifest(to)
    if manifest is None:
        raise UsageError(
            "its manifest was changed while the run was under way",
            where=str(to),
            remedy="Run it again in a new folder.",
        )
    manifest |= {"finished": True, "seconds": round(seconds, 1)}
    files.write_text(to / MANIFEST, files.json_text(manifest) + "\n")
    return manifest


def read_manifest(to: Path) -> dict[str, Any] | None:
    """The manifest in ``to`` as it is written, None if there is none that can be read."""
    try:
        manifest = files.read_json(to / MANIFEST)
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _holds(to: Path, identity: Mapping[str, object], recipe: Recipe | None) -> bool:
    """Whether ``to`` holds this very run; False for an empty or missing folder, UsageError for anything else."""
    # Hidden files are what a kill leaves of a file that was being written.
    if not to.exists() or (to.is_dir() and all(path.name.startswith(".") for path in to.iterdir())):
        return False
    there = (read_manifest(to) or {}).get("identity")
    if not isinstance(there, dict):
        raise UsageError(
            "holds something that is no run of isthmus",
            where=str(to),
            remedy="Choose another --to, or an empty folder.",
        )
    there, now = {**UNNAMED, **as_named_now(there)}, {**UNNAMED, **identity}
    if recipe and there.get("recipe") != now.pop("recipe"):
        there, now = there | recipes.load_kept(to / RECIPE).values, now | recipe.values
    differences = [
        f"{name} {there.get(name)!r} there, {now[name]!r} now" for name in now if there.get(name) != now[name]
    ]
    if differences:
        raise UsageError(f"holds another run ({', '.join(differences)})", where=str(to), remedy="Choose another --to.")
    return True


def command_line() -> str:
    """The command that this process was started with."""
    return printable(shlex.join(["isthmus", *sys.argv[1:]]))


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result depends on, as far as they are installed."""
    numbers = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            numbers[package] = metadata.version(package)
    return numbers


def machine() -> str:
    """The kind of machine, without its name: system and processor architecture."""
    return f"{platform.system()} {platform.machine()}"
