"""A pretrained trunk as a file: safetensors, with the recipe and the data that it was learned from in its header."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as deserialised
from safetensors.torch import save as serialised

from isthmus import files, recipes
from isthmus.bundle import LearnedFrom
from isthmus.data.dataset import DataSet, picture_digests
from isthmus.errors import BundleError, RecipeError
from isthmus.learn.beginning import NO_LABELS, Beginning
from isthmus.learn.checkpoint import header

FORMAT = "isthmus trunk 1"
REMEDY = "Make it again with `isthmus pretrain`, or copy it again."


def learned_from(data: DataSet) -> LearnedFrom:
    """The record of a data set of which a trunk learned without labels, all its nodules. Raises OSError."""
    pictures = " ".join(sorted(set(picture_digests(data.nodules))))
    return LearnedFrom(data.kind, NO_LABELS, hashlib.sha256(pictures.encode()).hexdigest()[:12])


def write(trunk: Beginning, to: Path, about: Mapping[str, object]) -> None:
    """Writes the file ``to``, whole or not at all. ``about`` is what else is known of it. Raises StorageError."""
    known = {
        "format": FORMAT,
        "recipe": trunk.recipe.to_toml(),
        "learned_from": json.dumps([asdict(one) for one in trunk.learned_from]),
        "seen": json.dumps(sorted(trunk.seen)),
        "about": files.json_text(about),
    }
    content = serialised(trunk.tensors, known | {"checksum": _checksum(known, trunk)})
    with files.whole_file(to) as temporary:
        temporary.write_bytes(content)


def read(path: Path) -> Beginning:
    """What ``write`` wrote. Raises BundleError for any other file, and for a damaged one."""
    try:
        known = header(path)
    except (OSError, ValueError):
        known = {}
    if known.get("format") != FORMAT:
        raise BundleError("is no trunk of `isthmus pretrain`", where=str(path), remedy="Name a bundle or a trunk.")
    try:
        checksum = known.pop("checksum")
        recipe = recipes.from_toml(known["recipe"], str(path))
        before = tuple(LearnedFrom(**one) for one in json.loads(known["learned_from"]))
        pictures = frozenset(json.loads(known["seen"]))
        trunk = Beginning(path.name, recipe, deserialised(path.read_bytes()), before, seen=pictures)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecipeError) as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"can't be read ({reason})", where=str(path), remedy=REMEDY) from None
    if checksum != _checksum(known, trunk):
        raise BundleError("is damaged: its checksum differs", where=str(path), remedy=REMEDY)
    return trunk


def _checksum(known: Mapping[str, str], trunk: Beginning) -> str:
    return hashlib.sha256(json.dumps([known, trunk.digest], sort_keys=True).encode()).hexdigest()
