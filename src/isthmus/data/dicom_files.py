"""The decoder of DICOM files, loaded when the first one comes: pydicom takes longer to import than a nodule to read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from isthmus.nodule import Frame

DECODER = "isthmus.dicom.read"


class Decoder(Protocol):
    """``isthmus.dicom.read.read_frame``."""

    def __call__(self, source: Path | bytes, where: str, page: int) -> Frame: ...


def dicom_frame(source: Path | bytes, where: str, page: int) -> Frame:
    """A frame of a DICOM file, as ``isthmus.dicom.read.read_frame`` gives it. Raises DataError."""
    decoder: Decoder = importlib.import_module(DECODER).read_frame
    return decoder(source, where, page)
