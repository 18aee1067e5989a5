"""The models that ship, opened."""

from __future__ import annotations

from pathlib import Path

from isthmus.bundle import Bundle, open_bundle
from isthmus.errors import BundleError
from isthmus.models import names
from isthmus.models.names import DEFAULT_MODEL

__all__ = ["DEFAULT_MODEL", "open_model"]


def open_model(model: str | Path = DEFAULT_MODEL) -> Bundle:
    """The bundle of a model, see ``names.find``, every file checked. Raises BundleError, UsageError."""
    folder = names.find(model)
    try:
        return open_bundle(folder)
    except BundleError as error:
        if folder.parent != names.ROOM:
            raise
        raise BundleError(error.what, where=error.where, remedy="Install isthmus again, whole.") from None
