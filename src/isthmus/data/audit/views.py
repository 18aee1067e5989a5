"""Views of the pictures that are being compared: a few in memory, the others decoded again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from isthmus.data import pixels
from isthmus.data.audit.frames import Alignable, View
from isthmus.nodule import ImageRef

IN_MEMORY = 100  # views, of at most .6 MB each


class Views:
    """The views of ``pictures`` by number and side, for several threads; the latest ``IN_MEMORY`` are cached."""

    def __init__(self, pictures: Sequence[ImageRef]) -> None:
        self._pictures = pictures
        self._lock = threading.Lock()
        self._cached: OrderedDict[tuple[int, bool], _CachedView] = OrderedDict()

    def get(self, number: int, mirrored: bool = False) -> Alignable:
        """A picture's view as it is or mirrored. Raises DataError if the file can't be read any more."""
        with self._lock:
            cached = self._cached.setdefault((number, mirrored), _CachedView())
            self._cached.move_to_end((number, mirrored))
            if len(self._cached) > IN_MEMORY:
                self._cached.popitem(last=False)
        with cached.lock:
            if cached.view is None:
                plain = View(pixels.read_picture(self._pictures[number]))
                cached.view = Alignable(plain.mirrored() if mirrored else plain)
            return cached.view


class _CachedView:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.view: Alignable | None = None
