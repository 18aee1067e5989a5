"""A run's folder: what run it holds, and the manifest that says how it came about."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from isthmus import files
from isthmus import recipe as recipes
from isthmus.data.reading import DataSet
from isthmus.errors import UsageError
from isthmus.recipe import Recipe

MANIFEST = "manifest.json"
PACKAGES = ("isthmus", "torch", "timm", "numpy", "scikit-learn", "onnxruntime", "pillow", "opencv-python-headless")


def claim(to: Path, data: DataSet, recipe: Recipe, plan: Mapping[str, object]) -> None:
    """Takes ``to`` for this run, or finds that it already holds this very run.

    Raises UsageError, naming what differs, if it holds another run or something else; StorageError if it can't be
    written.
    """
    identity = {"data": data.fingerprint(), "labels": data.policy, **plan}
    held = _held(to)
    if held is None:
        files.make_folder(to)
        recipes.save(recipe, to / "recipe.toml")
        write_manifest(to, {"finished": False, "identity": identity})
    elif differing := [name for name in identity if held.get(name) != identity[name]]:
        told = ", ".join(f"{name} {held.get(name)!r} there, {identity[name]!r} now" for name in differing)
        raise UsageError(f"holds another run ({told})", where=str(to), remedy="Choose another --to.")


def write_manifest(to: Path, about: Mapping[str, object]) -> None:
    """Writes the manifest: the command, versions and machine with what is told in ``about``."""
    told = {"command": " ".join(["isthmus", *sys.argv[1:]]), "versions": versions(), "machine": machine(), **about}
    files.write_text(to / MANIFEST, json.dumps(told, indent=2) + "\n")


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
    if not to.exists() or (to.is_dir() and not any(to.iterdir())):
        return None
    try:
        identity = json.loads((to / MANIFEST).read_text(encoding="utf-8"))["identity"]
    except (OSError, ValueError, KeyError, TypeError):
        identity = None
    if not isinstance(identity, dict):
        raise UsageError(
            "holds something that is no run of isthmus",
            where=str(to),
            remedy="Choose another --to, or an empty folder.",
        )
    return identity
