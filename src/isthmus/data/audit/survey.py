"""One pass over pictures: each is decoded once, and all that is said of it alone is found by threads meanwhile."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from isthmus.data import pixels
from isthmus.data.audit.calipers import Colour, colour_of
from isthmus.data.audit.frames import View, hash_keys
from isthmus.data.audit.key_search import Keys, KeySearch
from isthmus.data.audit.text import Lines, text_lines
from isthmus.data.threads import Ahead
from isthmus.nodule import Frame, ImageRef
from isthmus.progress import Progress, silent


@dataclass(frozen=True)
class Shown:
    """What one picture shows: its lines of text, outside and inside the scan area, and its colour."""

    lines: Lines
    colour: Colour


@dataclass(frozen=True)
class _Found:
    digest: bytes
    keys: Keys | None = None  # none where the same pixels were seen before
    shown: Shown | None = None


class Survey:
    """What was found in pictures, by the digest of their decoded pixels. A context: its threads and files end with it.

    Memory does not grow but for what is said of a picture, mostly less than 1 kB; see ``KeySearch`` for the keys.
    Without ``fully`` only what finding duplicates needs is looked for. ``threads`` is as many as processors, or given.
    """

    def __init__(self, fully: bool = True, threads: int | None = None) -> None:
        self.search = KeySearch()
        self.digests: dict[ImageRef, bytes] = {}
        self.numbers: dict[bytes, int] = {}  # of distinct pictures, in the search
        self._shown: dict[bytes, Shown] = {}
        self._claimed: dict[bytes, object] = {}
        self._given: set[ImageRef] = set()
        self._fully = fully
        self._ahead: Ahead[tuple[ImageRef, _Found]] = Ahead(self._take, threads)
        self.threads = self._ahead.threads

    def decode(self, picture: ImageRef, origin: str = "") -> Frame:
        """``pixels.read_picture``, for a reader of a data set: what the frame shows is found meanwhile."""
        frame = pixels.read_picture(picture, origin)
        if picture not in self._given:
            self._given.add(picture)
            self._ahead.give(functools.partial(self._examine, picture, frame))
        return frame

    def look_at(
        self, pictures: Iterable[ImageRef], progress: Progress = silent, doing: str = "looking at images"
    ) -> None:
        """Looks at those pictures that no reader has decoded here. Raises DataError if one can't be read."""
        left = [picture for picture in dict.fromkeys(pictures) if picture not in self._given]
        for picture in progress(left, doing):
            self._given.add(picture)
            self._ahead.give(functools.partial(self._examine, picture))
        self._ahead.finish()

    def lines(self, picture: ImageRef) -> Lines:
        """The lines of text of a picture that was looked at."""
        return self._shown[self.digests[picture]].lines

    def colour(self, picture: ImageRef) -> Colour:
        """What is coloured in a picture that was looked at."""
        return self._shown[self.digests[picture]].colour

    def _examine(self, picture: ImageRef, frame: Frame | None = None) -> tuple[ImageRef, _Found]:
        frame = frame or pixels.read_picture(picture)
        digest = _digest(frame)
        claim = object()
        if self._claimed.setdefault(digest, claim) is not claim:
            return picture, _Found(digest)
        shown = Shown(text_lines(frame), colour_of(frame)) if self._fully else None
        return picture, _Found(digest, hash_keys(View(frame)), shown)

    def _take(self, result: tuple[ImageRef, _Found]) -> None:
        picture, found = result
        self.digests[picture] = found.digest
        number = self.numbers.setdefault(found.digest, len(self.numbers))
        if found.keys is not None:
            self.search.add(number, found.keys)
        if found.shown is not None:
            self._shown[found.digest] = found.shown

    def __enter__(self) -> Self:
        self._ahead.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._ahead.__exit__(kind, error, trace)
        finally:
            self.search.close()


def _digest(frame: Frame) -> bytes:
    rgb = frame.pixels if frame.pixels.ndim == 3 else np.repeat(frame.pixels[:, :, None], 3, axis=2)
    return hashlib.sha256(repr(rgb.shape).encode() + np.ascontiguousarray(rgb).tobytes()).digest()
