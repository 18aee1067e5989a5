"""The duplicate search cached in a file: it is the longest step before a training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isthmus import files
from isthmus.data.audit.duplicates import Duplicates, Pair, find_duplicates
from isthmus.data.audit.survey import Survey
from isthmus.data.dataset import ImageRecord
from isthmus.progress import Note, Progress, silent, unsaid

SEARCH = 3  # raise it with any change of decoding or of the search that changes a pair


def load_or_find(
    path: Path,
    images: Sequence[ImageRecord],
    progress: Progress = silent,
    note: Note = unsaid,
    survey: Survey | None = None,
) -> Duplicates:
    """The duplicates of ``images``: from the file at ``path`` if it is of exactly these images, else by a search.

    ``survey`` is that of ``find_duplicates``. It writes nothing: ``save`` is the caller's, once it may write in the
    folder of ``path``.
    """
    return load(path, images, note) or find_duplicates(images, progress, survey)


def load(path: Path, images: Sequence[ImageRecord], note: Note = unsaid) -> Duplicates | None:
    """The duplicates that ``save`` wrote to ``path`` for exactly these images, or None; ``note`` gets the reason."""
    if not path.exists():
        return None
    try:
        cached: Any = files.read_json(path)
        if cached["of"] != _fingerprint(images):
            note(f"{path}: of other images or another search: duplicates are looked for again")
            return None
        identical, near = (tuple(Pair(**pair) for pair in cached[kind]) for kind in ("identical", "near"))
        return Duplicates(identical, near)
    except (OSError, ValueError, KeyError, TypeError) as error:
        note(f"{path}: can't be read ({type(error).__name__}): duplicates are looked for again")
        return None


def save(duplicates: Duplicates, images: Sequence[ImageRecord], path: Path) -> None:
    """Writes the duplicates of ``images``, the whole file or none. Raises StorageError."""
    files.write_text(path, files.json_text({"of": _fingerprint(images), **asdict(duplicates)}, indent=1) + "\n")


def _fingerprint(images: Sequence[ImageRecord]) -> str:
    """Over the search, and every image's name and bytes; the order of images changes nothing."""
    digest = hashlib.sha256(str(SEARCH).encode())
    for image in sorted(images, key=lambda image: image.id):
        name = image.picture.named(f" {image.id!r} ")
        digest.update(name.encode() + hashlib.sha256(image.picture.path.read_bytes()).digest())
    return digest.hexdigest()
