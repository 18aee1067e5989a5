"""The DICOMweb server and our session with it: what it may take and send, and what its refusals mean."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from dicomweb_client.api import DICOMwebClient
from requests.exceptions import ContentDecodingError, JSONDecodeError, SSLError

from isthmus.errors import UsageError

SECONDS = (10.0, 60.0)  # to connect, and without a byte
WHOLE = 300.0  # seconds for all of an answer that isn't an object
MOST = 64 << 20  # bytes of it
PIECE = 1 << 16  # bytes
ENDLESS = "its answer doesn't end"
LONGEST_WAIT = 600.0  # seconds that a server may ask for
MEANINGS: Mapping[int, str] = {
    401: "it wants a login: put user and password into ~/.netrc",
    403: "it doesn't let us: check the login in ~/.netrc and what its user may do",
    404: "there is no such thing: check the address of --dicomweb",
    407: "the proxy wants a login",
    413: "it is too large for the server",
}
WRITTEN_ELSEWHERE = ("dicomweb_client", "urllib3")  # whose warnings repeat words and addresses of others


class ElsewhereError(requests.RequestException):
    """The server sends us on to another one, which was never named as trusted."""


class Session(requests.Session):
    """A session in which no request waits, reads or is sent on without bounds."""

    def request(self, method: str, url: str, *arguments: Any, **given: Any) -> requests.Response:  # type: ignore[override]
        """As requests has it. Raises requests.RequestException."""
        given["timeout"] = SECONDS
        streamed, given["stream"] = given.get("stream", False), True
        if method.upper() != "GET":
            given["allow_redirects"] = False  # a POST that is sent on becomes a GET, and nothing is stored
        answer = super().request(method, url, *arguments, **given)
        if answer.is_redirect:
            answer.close()
            raise ElsewhereError(f"it sends us on to {_host(answer.headers['Location'])}: name that in --dicomweb")
        if not streamed:
            answer._content = _bounded(answer)
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where an answer sends us. Raises ElsewhereError for another server: what is asked names a patient's study."""
        target = super().get_redirect_target(resp)
        if target and urlsplit(target).hostname not in (None, urlsplit(resp.url).hostname):
            resp.close()
            raise ElsewhereError(f"it sends us on to another server, {_host(target)}: name that in --dicomweb")
        return target


@dataclass(frozen=True)
class Server:
    """A DICOMweb server. User and password come from ~/.netrc, not from the address."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Server:
        """Reads an address. Raises UsageError."""
        remedy = "Such as http://127.0.0.1:8042/dicom-web."
        try:
            parts = urlsplit(text.strip())
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, half an IPv6 address
            fine = False
        if not fine or parts.query or parts.fragment:
            raise UsageError("is no address of a web server", where=f"--dicomweb {text}", remedy=remedy)
        if parts.username or parts.password:
            raise UsageError("tells a password to everybody", where="--dicomweb", remedy="Put it into ~/.netrc.")
        return cls(text.strip().rstrip("/"))

    def client(self) -> DICOMwebClient:
        """A client with a session of its own, which leaves it to us to try again."""
        for name in WRITTEN_ELSEWHERE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        client = DICOMwebClient(self.url, session=Session())
        client.set_http_retry_params(retry=False)
        return client


def reason_of(error: requests.RequestException) -> str:
    """What went wrong, for a person; nothing of what the server sent."""
    if isinstance(error, ElsewhereError | ContentDecodingError):
        return str(error)
    if isinstance(error, JSONDecodeError):
        return "its answer is no JSON: check the address of --dicomweb"
    if isinstance(error, SSLError):
        return "its certificate isn't trusted: name the file of its issuer's in REQUESTS_CA_BUNDLE"
    if error.response is not None:
        status = error.response.status_code
        return f"HTTP {status}" + (f", {MEANINGS[status]}" if status in MEANINGS else "")
    return type(error).__name__


def status_of_error(error: requests.RequestException) -> int:
    """The HTTP status of a refusal, 0 where there was no answer."""
    return 0 if error.response is None else error.response.status_code


def wait_of(error: requests.RequestException) -> float:
    """Seconds that the server asks us to stay away (RFC 9110, 10.2.3), at most LONGEST_WAIT; 0 where it doesn't."""
    said = "" if error.response is None else error.response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(said) if said.isdecimal() else (_moment(said) - datetime.now(UTC)).total_seconds()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _moment(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bounded(answer: requests.Response) -> bytes:
    """All of an answer. Raises ContentDecodingError where it doesn't end."""
    content = bytearray()
    with answer, ending(answer, WHOLE):
        for piece in answer.iter_content(PIECE):
            content += piece
            if len(content) > MOST:
                raise ContentDecodingError(ENDLESS)
    return bytes(content)


@contextlib.contextmanager
def ending(answer: requests.Response, seconds: float) -> Iterator[None]:
    """Ends an answer that comes byte by byte for longer than that. Raises ContentDecodingError then."""
    over = threading.Event()

    def end() -> None:
        over.set()
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it has ended by itself
            answer.raw.shutdown()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (requests.RequestException, OSError):
        if over.is_set():
            raise ContentDecodingError(ENDLESS) from None
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise ContentDecodingError(ENDLESS)


def _host(address: str) -> str:
    return urlsplit(address).hostname or "another address"
