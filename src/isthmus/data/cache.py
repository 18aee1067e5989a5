"""RoIs prepared once and cached on disk, from where any number of processes map them into memory.

A cache file is a ``.npy`` of uint8 (n, size, size, 3), named by the fingerprint of all that preparation depends on,
with a SHA-256 after the pixels, which NumPy ignores. Checking it costs a read of the file, which warms it for the
training that follows; decoding the images again takes ten times as long.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from isthmus import files
from isthmus.data.prepare import each_prepared
from isthmus.errors import DataError
from isthmus.nodule import Nodule, Pixels
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Preparation

PREPARATION = 2  # raise it with any change of decoding or preparation that changes a pixel
CHECKSUM = hashlib.sha256().digest_size
BLOCK = 1 << 20  # bytes


def cached_rois(
    nodules: Sequence[Nodule], preparation: Preparation, folder: Path, progress: Progress = silent, note: Note = unsaid
) -> Pixels:
    """The RoIs of all nodules as ``prepare_all`` gives them, read-only, mapped from a file in ``folder``.

    The file is made if it isn't there, and again, with a line to ``note``, if it is damaged or of other RoIs. It is
    written whole or not at all, so that processes may share ``folder`` without a lock: the last to finish replaces an
    equal file. Raises DataError for an image that can't be read, StorageError where ``folder`` is read-only or the disk
    full, which is checked before an image is decoded.
    """
    name = fingerprint(nodules, preparation)
    path, shape = folder / f"{name}.npy", (len(nodules), preparation.size, preparation.size, 3)
    rois = _opened(path, shape, name)
    if rois is None:
        if path.exists():
            note(f"{path}: is damaged: the RoIs are prepared again")
        files.refuse_full(path, math.prod(shape))
        _write(path, shape, name, nodules, preparation, progress)
        rois = _opened(path, shape, name)
    if rois is None:
        raise DataError("changes while it is used", where=str(path), remedy="Let isthmus alone write there.")
    return rois


def fingerprint(nodules: Sequence[Nodule], preparation: Preparation) -> str:
    """16 hexadecimal digits over each nodule's image bytes and box, in order, and how it is prepared.

    Raises DataError if an image can't be read.
    """
    prepared = json.dumps(preparation.named_by, separators=(",", ":"))
    digest = hashlib.sha256(f"{PREPARATION} {prepared}".encode())
    contents = {path: _content(path) for path in {nodule.picture.path for nodule in nodules}}
    for nodule in nodules:
        digest.update(nodule.picture.named(f" {nodule.box} ").encode() + contents[nodule.picture.path])
    return digest.hexdigest()[:16]


def _content(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise DataError(f"can't read: {error.strerror}", where=str(path), remedy="Check the path.") from error


def _opened(path: Path, shape: tuple[int, ...], name: str) -> Pixels | None:
    """The RoIs in ``path``, or None unless all of them are there as they were written."""
    with contextlib.suppress(OSError, ValueError, EOFError):  # ValueError: no .npy, or cut short
        rois: Pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        if rois.shape != shape or rois.dtype != np.uint8:
            return None
        with path.open("rb") as file:
            file.seek(-CHECKSUM, 2)
            if file.read() == _checksum(rois, name):
                return rois
    return None


def _write(
    path: Path,
    shape: tuple[int, ...],
    name: str,
    nodules: Sequence[Nodule],
    preparation: Preparation,
    progress: Progress,
) -> None:
    with files.whole_file(path) as temporary:
        with temporary.open("wb") as file:
            _write_rois(file, shape, nodules, preparation, progress)
        with temporary.open("ab") as file:
            file.write(_checksum(np.load(temporary, mmap_mode="r"), name))


def _write_rois(
    file: BinaryIO, shape: tuple[int, ...], nodules: Sequence[Nodule], preparation: Preparation, progress: Progress
) -> None:
    """Writes them one by one, not through a map: a full disk is then an error and no signal, and memory stays flat."""
    about = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    start = file.tell()
    for index, roi in each_prepared(nodules, preparation, progress):
        file.seek(start + index * roi.nbytes)
        file.write(roi.tobytes())


def _checksum(rois: Pixels, name: str) -> bytes:
    digest, flat = hashlib.sha256(name.encode()), rois.reshape(-1)
    for at in range(0, len(flat), BLOCK):
        digest.update(flat[at : at + BLOCK].data)
    return digest.digest()
