"""How often somebody may try: so many times within so many seconds, in memory, for so many at once."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

MOST_KEYS = 10_000


class Attempts:
    """Counts attempts by key. What succeeds is cleared, so that only failures add up.

    >>> clock = iter([0.0, 0.0, 1.0, 1.0, 2.0, 61.0]).__next__
    >>> attempts = Attempts(2, 60, clock)
    >>> attempts.begin("a"), attempts.begin("a"), attempts.begin("a"), attempts.begin("b")
    (0.0, 0.0, 59.0, 0.0)
    >>> attempts.begin("a"), attempts.begin("a")
    (58.0, 0.0)
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._begun: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def begin(self, key: Hashable) -> float:
        """Counts an attempt and gives 0; where there were too many it counts nothing and gives the seconds to wait."""
        now = self._clock()
        times = self._begun.setdefault(key, deque(maxlen=self._most))
        self._begun.move_to_end(key)
        if len(self._begun) > MOST_KEYS:
            self._begun.popitem(last=False)
        if len(times) == self._most and (wait := times[0] + self._seconds - now) > 0:
            return wait
        times.append(now)
        return 0.0

    def clear(self, key: Hashable) -> None:
        """Forgets the attempts of one who succeeded."""
        self._begun.pop(key, None)


def origin_of(address: str) -> str:
    """Who an address is of: itself, or in IPv6 its network of 64 bits, which one machine may have whole.

    >>> origin_of("192.0.2.1"), origin_of("2001:db8::1"), origin_of("testclient")
    ('192.0.2.1', '2001:db8::/64', 'testclient')
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return address if known.version == 4 else str(ipaddress.ip_network((known, 64), strict=False))
