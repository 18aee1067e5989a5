"""`isthmus serve`: where it may listen."""

from __future__ import annotations

import socket

import pytest

from isthmus.errors import UsageError
from make.commands import isthmus


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_isnt_reached_by_others_without_a_login(host: str) -> None:
    result = isthmus("serve", "--host", host)
    assert isinstance(result.exception, UsageError)
    assert host in str(result.exception)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = isthmus("serve", "--port", port)
    assert isinstance(result.exception, UsageError)
    assert f"127.0.0.1:{port}" in str(result.exception)
