"""`isthmus serve`: where it may listen, and what it needs for that."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from isthmus.errors import UsageError
from make.commands import isthmus
from make.planned import plan


@pytest.mark.parametrize("where", [("--host", "0.0.0.0"), ("--host", "::"), ("--host-name", "a.example"), ("--login",)])
def test_others_reach_it_only_where_somebody_may_sign_in(tmp_path: Path, where: tuple[str, ...]) -> None:
    result = isthmus("serve", *where)
    assert isinstance(result.exception, UsageError)
    assert "--add-user" in str(result.exception)
    result = isthmus("serve", *where, "--store", tmp_path / "store")
    assert isinstance(result.exception, UsageError)
    assert f"{tmp_path / 'store'} --add-user" in str(result.exception)


@pytest.mark.parametrize("names", [("--tls-cert",), ("--tls-key",), ("--tls-cert", "--tls-key")])
def test_a_certificate_that_cant_be_used_is_named(tmp_path: Path, names: tuple[str, ...]) -> None:
    file = tmp_path / "some.pem"
    file.write_text("no certificate")
    result = isthmus("serve", *(part for name in names for part in (name, file)))
    assert isinstance(result.exception, UsageError)
    assert "--tls-cert" in str(result.exception) or str(file) in str(result.exception)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = isthmus("serve", "--port", port)
    assert isinstance(result.exception, UsageError)
    assert f"127.0.0.1:{port}" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "needs --store"),
        (("--store", "here", "--own-first"), "--own-first goes without --study"),
        (("--store", "here", "--training-data", "there"), "labels would show readers the answers"),
        (("--store", "here", "--keep-days", "3"), "a study's reads are kept"),
        (("--store", "here"), "label"),
    ],
)
def test_a_study_that_cant_be_served_is_refused_before_a_port_is_opened(
    tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    path = plan(tmp_path)
    path.write_text(path.read_text().replace('label = "benign"', 'label = "B9"'), encoding="utf-8")
    result = isthmus("serve", "--port", 0, "--study", path, *options)
    assert says in str(result.exception)


def test_a_number_of_ipv6_is_written_as_an_address_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    monkeypatch.setattr("isthmus.serve.run.serve", lambda _app, at, _tls: at.close())
    result = isthmus("serve", "--host", "::1", "--port", "0")
    assert result.exit_code == 0, result.exception
    assert re.search(r"http://\[::1\]:\d+/ reads with", result.stderr)
