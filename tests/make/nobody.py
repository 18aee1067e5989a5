"""As somebody who may not do everything: root reads what it likes, so that permissions can't be tried as root."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

NOBODY = 65534


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """While it lasts this process has no more rights than a stranger, if it was root's; else its own."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
