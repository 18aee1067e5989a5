"""What the service may take up, and from whom: the bounds on uploads, memory, time and readers at once."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@dataclass(frozen=True)
class Settings:
    """The bounds of one service. ``hosts`` are the names that it answers to, in the header Host.

    ``most_bytes`` is of one request, ``most_kept`` of all uploads in memory, ``most_decoded`` of decoded frames.
    ``threads`` read at once, ``waiting`` more requests wait, and none takes longer than ``seconds``. With
    ``own_first`` a reader saves a reading before the model's is given. ``store`` is what is kept, of which cases go
    that are older than ``keep_days``, ``database`` the URL of the queue of `isthmus pacs`, "" where it is in the
    store. With ``study`` the study that this file plans is read, and nothing else. With ``login`` its users have to
    sign in. With ``any_address`` the service answers to every address in numbers, too: another site's page can come
    under a name (DNS rebinding), never under a number. ``training_data`` is the data set that the model learned from,
    whose pictures stand beside similar cases.
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
    database: str = ""
    keep_days: int | None = None
    study: Path | None = None
    login: bool = False
    any_address: bool = False
    training_data: Path | None = None


def settings_of(host: str, names: Sequence[str], login: bool, settings: Settings) -> Settings:
    """The settings where the service listens on ``host`` and is called by ``names``: who isn't alone has to sign in."""
    if is_loopback(host) and not names and not login:
        return settings
    here = () if is_loopback(host) else (host, socket.gethostname())
    hosts = (*LOOPBACK, *here, *names)
    return replace(settings, hosts=hosts, login=True, any_address=not is_loopback(host))


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
