"""What every reader returns: images, nodules and faults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from isthmus.errors import DataError
from isthmus.nodule import Frame, ImageRef, Label, Nodule
from isthmus.text import one_line


class Decode(Protocol):
    """Decodes a picture as ``pixels.read_picture`` does; ``origin`` is what an error calls it."""

    def __call__(self, picture: ImageRef, origin: str = "") -> Frame: ...


@dataclass(frozen=True)
class ImageRecord:
    """One image of a data set: its name, picture, patient, size in pixels, and TI-RADS ("" if none)."""

    id: str
    picture: ImageRef
    patient: str
    width: int
    height: int
    tirads: str = ""


@dataclass(frozen=True)
class Fault:
    """Something wrong in a data set, and what was done about it.

    ``broken`` is True where something could not be read at all, so that a run on this data needs ``--skip-broken``;
    False where the reader handles it (clips, reads the complete polygons, ignores an arrow).
    """

    file: str
    image: str
    kind: str
    action: str
    detail: str = ""
    broken: bool = False

    def __post_init__(self) -> None:
        for name in ("file", "image", "detail"):  # names of files come into all of them
            object.__setattr__(self, name, one_line(getattr(self, name)))

    def __str__(self) -> str:
        return f"{self.file}: {self.detail or self.kind} ({self.action})"


@dataclass(frozen=True)
class DataSet:
    """A data set as read. ``policy`` names the rule by which its nodules were labelled.

    ``counted`` are things that its kind alone has, such as transfer syntaxes, each with counts by name.
    """

    kind: str
    root: Path
    images: tuple[ImageRecord, ...]
    nodules: tuple[Nodule, ...]
    faults: tuple[Fault, ...] = ()
    cases: int = 0
    policy: str = "given"
    counted: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)

    @property
    def labelled(self) -> tuple[Nodule, ...]:
        """The nodules that have a label."""
        return tuple(nodule for nodule in self.nodules if nodule.label is not None)

    @property
    def broken(self) -> tuple[Fault, ...]:
        """The faults that left something out."""
        return tuple(fault for fault in self.faults if fault.broken)

    def refuse_broken(self) -> None:
        """Raises DataError, with the first place and the count, if anything could not be read."""
        if not self.broken:
            return
        first, more = self.broken[0], len(self.broken) - 1
        raise DataError(
            (first.detail or first.kind) + (f"; and {more} more like it" if more else ""),
            where=f"{self.root.name}/{first.file}",
            remedy="Repair it, or pass --skip-broken to go on without it.",
        )

    def counts(self) -> dict[Label, int]:
        """Nodules by label, labelled ones only."""
        return {label: sum(nodule.label is label for nodule in self.nodules) for label in Label}

    def fingerprint(self) -> str:
        """12 hexadecimal digits over every labelled nodule: its image's bytes, box, patient and label."""
        digest = hashlib.sha256()
        paths = {nodule.picture.path for nodule in self.labelled}
        contents = {path: hashlib.sha256(path.read_bytes()).digest() for path in paths}
        for nodule in sorted(self.labelled, key=lambda nodule: nodule.id):
            digest.update(nodule.picture.named(f"{nodule.id} {nodule.patient} {nodule.box} {nodule.label} ").encode())
            digest.update(contents[nodule.picture.path])
        return digest.hexdigest()[:12]


def picture_digests(nodules: Iterable[Nodule]) -> tuple[str, ...]:
    """16 hexadecimal digits over the bytes of each nodule's file. Raises OSError."""
    files = [nodule.picture.path for nodule in nodules]
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in set(files)}
    return tuple(digests[path] for path in files)
