"""The uploads that readers look at: in memory, the latest ones, by the checksum of their bytes."""

from __future__ import annotations

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from isthmus.data import file_kinds
from isthmus.data.pixels import read_frame
from isthmus.errors import DataError
from isthmus.nodule import Frame
from isthmus.serve.refusals import HttpError

NAMELESS = "picture"


def identity(content: bytes) -> str:
    """The name of an upload: its SHA-256. It tells nothing of a patient, and only who has the file knows it."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes, origin: str, page: int) -> Frame:
    """One frame of an upload. Raises HttpError: 400 for nothing at all, 415 for a kind of file that isn't read, 422 for
    a picture that can't be decoded, or without that frame."""
    try:
        return read_frame(content, origin, page)
    except DataError as error:
        head = content[: file_kinds.HEAD]
        if not content:
            status = 400
        elif file_kinds.read_kind(head) or file_kinds.is_dicom(head):
            status = 422
        else:
            status = 415
        raise HttpError(status, error.what, where=error.where, remedy=error.remedy) from None


def as_png(frame: Frame) -> bytes:
    """A frame as PNG, quick rather than small."""
    buffer = io.BytesIO()
    Image.fromarray(frame.pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


class Pictures:
    """Uploads and the frames decoded from them, each within a bound of bytes; the longest unused goes first.

    ``elsewhere`` gives the bytes of one that isn't in memory, None where nobody has it.
    """

    def __init__(
        self, most_kept: int, most_decoded: int, elsewhere: Callable[[str], bytes | None] = lambda _name: None
    ) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._frames: OrderedDict[tuple[str, int], Frame] = OrderedDict()
        self._most_kept, self._most_decoded = most_kept, most_decoded
        self._elsewhere = elsewhere
        self._lock = threading.Lock()

    def add(self, content: bytes) -> str:
        """Keeps an upload; gives its name."""
        name = identity(content)
        with self._lock:
            self._kept[name] = content
            self._kept.move_to_end(name)
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > self._most_kept:
                self._kept.popitem(last=False)
        return name

    def content(self, name: str) -> bytes:
        """The bytes of an upload. Raises HttpError (404) where it is no longer there."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        content = self._elsewhere(name)
        if content is None:
            raise HttpError(404, "this picture is no longer in memory", remedy="Send the file again.")
        self.add(content)
        return content

    def frame(self, name: str, page: int, origin: str = NAMELESS) -> Frame:
        """A decoded frame, called ``origin``. Raises HttpError."""
        with self._lock:
            known = self._frames.get((name, page))
        if known is None:
            known = decode(self.content(name), origin, page)
            with self._lock:
                self._frames[name, page] = known
                while len(self._frames) > 1 and self._decoded() > self._most_decoded:
                    self._frames.popitem(last=False)
        return replace(known, origin=origin)

    def forget(self, name: str) -> None:
        """Drops an upload and its frames."""
        with self._lock:
            self._kept.pop(name, None)
            for key in [key for key in self._frames if key[0] == name]:
                del self._frames[key]

    def _decoded(self) -> int:
        return sum(frame.pixels.nbytes for frame in self._frames.values())
