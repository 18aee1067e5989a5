"""One pass over pictures: each is decoded once, and threads run the detectors on it meanwhile."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import numpy as np

from isthmus.data import pixels
from isthmus.data.audit.frames import View, hash_keys
from isthmus.data.audit.key_search import Keys, KeySearch
from isthmus.data.threads import Ahead
from isthmus.nodule import Frame, ImageRef
from isthmus.progress import Progress, silent

Result = TypeVar("Result")
Detector = Callable[[Frame], Any]  # sees one frame alone, and returns at best less than 1 kB


@dataclass(frozen=True)
class Examination:
    """One picture: the digest of its pixels and, where these are new, hash keys and each detector's result."""

    picture: ImageRef
    digest: bytes
    keys: Keys | None = None
    results: Mapping[Detector, object] = field(default_factory=dict)


class Survey:
    """The results of ``detectors``, and hash keys for the duplicate search, by the digest of the decoded pixels.

    A context: its threads and files end with it. Memory grows by the detectors' results only; see ``KeySearch`` for the
    keys. ``threads`` is the number of processors unless it is given.
    """

    def __init__(self, detectors: Sequence[Detector] = (), threads: int | None = None) -> None:
        self.search = KeySearch()
        self.digests: dict[ImageRef, bytes] = {}
        self.numbers: dict[bytes, int] = {}  # of distinct pictures, in the search
        self._detectors = detectors
        self._results: dict[bytes, Mapping[Detector, object]] = {}
        self._first: dict[bytes, object] = {}
        self._submitted: set[ImageRef] = set()
        self._ahead: Ahead[Examination] = Ahead(self._take, threads)
        self.threads = self._ahead.threads

    def decode(self, picture: ImageRef, origin: str = "") -> Frame:
        """``pixels.read_picture``, for a reader of a data set: the frame is examined meanwhile."""
        frame = pixels.read_picture(picture, origin)
        if picture not in self._submitted:
            self._submitted.add(picture)
            self._ahead.give(functools.partial(self._examine, picture, frame))
        return frame

    def look_at(
        self, pictures: Iterable[ImageRef], progress: Progress = silent, doing: str = "looking at images"
    ) -> None:
        """Examines those pictures that ``decode`` has not decoded. Raises DataError if one can't be read."""
        others = [picture for picture in dict.fromkeys(pictures) if picture not in self._submitted]
        for picture in progress(others, doing):
            self._submitted.add(picture)
            self._ahead.give(functools.partial(self._examine, picture))
        self._ahead.finish()

    def results(self, detect: Callable[[Frame], Result]) -> Callable[[ImageRef], Result]:
        """What ``detect``, one of the detectors, returned for a picture that was examined."""
        return lambda picture: cast(Result, self._results[self.digests[picture]][detect])

    def _examine(self, picture: ImageRef, frame: Frame | None = None) -> Examination:
        frame = frame or pixels.read_picture(picture)
        digest = _digest(frame)
        claim = object()
        if self._first.setdefault(digest, claim) is not claim:
            return Examination(picture, digest)
        results = {detect: detect(frame) for detect in self._detectors}
        return Examination(picture, digest, hash_keys(View(frame)), results)

    def _take(self, examination: Examination) -> None:
        digest = examination.digest
        self.digests[examination.picture] = digest
        number = self.numbers.setdefault(digest, len(self.numbers))
        if examination.keys is not None:
            self.search.add(number, examination.keys)
            self._results[digest] = examination.results

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
