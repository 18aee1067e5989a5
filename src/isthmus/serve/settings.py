"""What the service may take up, and from whom: the bounds on uploads, memory, time and readers at once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@dataclass(frozen=True)
class Settings:
    """The bounds of one service. ``hosts`` are the names that it answers to, in the header Host.

    ``most_bytes`` is of one request, ``most_kept`` of all uploads in memory, ``most_decoded`` of decoded frames.
    ``threads`` read at once, ``waiting`` more requests wait, and none takes longer than ``seconds``. With ``own_first``
    a reader saves a reading before the model's is given. ``store`` is what is kept, of which at the start cases go
    that are older than ``keep_days``.
    """

    most_bytes: int = 256 << 20
    most_kept: int = 512 << 20
    most_decoded: int = 128 << 20
    threads: int = 2
    waiting: int = 100
    seconds: float = 60.0
    hosts: tuple[str, ...] = LOOPBACK
    own_first: bool = False
    store: Path | None = None
    keep_days: int | None = None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on ``host``.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
