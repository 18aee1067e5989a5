"""One more file in a model of the package, and nothing else of it changed."""

from __future__ import annotations

from dataclasses import replace

from isthmus import files
from isthmus.bundle import ABOUT, Bundle, open_bundle
from isthmus.bundle_files import sha256
from isthmus.description import Description


def added(bundle: Bundle, name: str, content: str | bytes) -> Bundle:
    """The bundle in its folder with the file ``name``, or with another content of it. Raises BundleError for a name
    that no bundle has, StorageError."""
    if isinstance(content, bytes):
        files.write_bytes(bundle.folder / name, content)
    else:
        files.write_text(bundle.folder / name, content)
    described = Description.read(bundle.folder)
    checksums = dict(sorted({**described.files, name: sha256(bundle.folder / name)}.items()))
    files.write_text(bundle.folder / ABOUT, replace(described, files=checksums).to_json())
    return open_bundle(bundle.folder)
