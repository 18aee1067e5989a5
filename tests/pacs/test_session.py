"""Our session with a DICOMweb server: nothing waits, reads or is sent on without bounds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests

from isthmus.errors import UsageError
from isthmus.pacs import session as of_sessions
from isthmus.pacs.session import Server, Session, reason_of
from make.dicomweb import Web, dripping, endless, reply, serving
from make.programs import program


def refusal(address: str, method: str = "GET") -> str:
    """Why a request fails."""
    with pytest.raises(requests.RequestException) as raised:
        Session().request(method, f"{address}/studies", data=b"x" if method == "POST" else None)
    return reason_of(raised.value)


def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_sessions, "MOST", 1 << 20)
    web = Web()
    web.says["studies"] = [endless]
    with serving(web) as address:
        assert refusal(address) == "its answer doesn't end"


def test_an_answer_that_comes_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_sessions, "WHOLE", 0.3)
    web = Web()
    web.says["studies"] = [dripping]
    with serving(web) as address:
        assert refusal(address) == "its answer doesn't end"


def test_nothing_is_sent_on_to_another_server() -> None:
    web, other = Web(), Web()
    with serving(other) as elsewhere, serving(web) as address:
        where = elsewhere.replace("127.0.0.1", "localhost")
        web.says["studies"] = [reply(302, Location=f"{where}/studies")]
        assert refusal(address) == "it sends us on to another server, localhost: name that in --dicomweb"
        web.says["store"] = [reply(307, Location=f"{where}/studies")]
        assert "sends us on to another server" in refusal(address, "POST")
        web.says["store"] = [reply(301, Location=f"{address}/elsewhere")]
        assert "sends us on to 127.0.0.1" in refusal(address, "POST")
    assert not other.asked


def test_a_server_may_move_within_itself() -> None:
    web = Web()
    web.says["studies"] = [reply(301, Location="/studies")]
    with serving(web) as address:
        assert Session().get(f"{address}/studies").json() == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "both.pem"
    command = [program("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made, "-out", tmp_path / "certificate"],
        check=True,
        capture_output=True,
    )
    made.write_bytes(made.read_bytes() + (tmp_path / "certificate").read_bytes())
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with serving(Web(), made) as address:
        assert "REQUESTS_CA_BUNDLE" in refusal(address)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate"))
        assert Session().get(f"{address}/studies").json() == []


@pytest.mark.parametrize(
    "address",
    ["here", "ftp://here/", "http://", "http://here:many/", "http://[::1", "http://here/?a=b", "http://u:p@here/"],
)
def test_what_is_no_address_of_a_server_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as raised:
        Server.parse(address)
    assert raised.value.remedy
    assert "u:p" not in str(raised.value)
