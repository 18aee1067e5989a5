"""Views of the pictures that are being compared: a few at hand, the others decoded anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from isthmus.data import pixels
from isthmus.data.audit.frames import Alignable, View
from isthmus.nodule import ImageRef

AT_HAND = 100  # views, of at most .6 MB each


class Views:
    """The views of ``pictures`` by number and side, for several threads; the latest ``AT_HAND`` are kept."""

    def __init__(self, pictures: Sequence[ImageRef]) -> None:
        self._pictures = pictures
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, bool], _Once] = OrderedDict()

    def get(self, number: int, mirrored: bool = False) -> Alignable:
        """A picture's view as it is or mirrored. Raises DataError if the file can't be read any more."""
        with self._lock:
            once = self._kept.setdefault((number, mirrored), _Once())
            self._kept.move_to_end((number, mirrored))
            if len(self._kept) > AT_HAND:
                self._kept.popitem(last=False)
        with once.lock:
            if once.view is None:
                plain = View(pixels.read_picture(self._pictures[number]))
                once.view = Alignable(plain.mirrored() if mirrored else plain)
            return once.view


class _Once:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.view: Alignable | None = None
