"""A small DICOMweb server for a test, which can be told to answer wrongly."""

from __future__ import annotations

import contextlib
import io
import json
import re
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydicom import dcmread
from pydicom.dataset import Dataset

from make.pacs import as_file

Say = Callable[[BaseHTTPRequestHandler], None]
PATHS = (
    ("instance", re.compile(r"/studies/([^/]+)/series/([^/]+)/instances/([^/]+)")),
    ("instances", re.compile(r"/studies/([^/]+)/series/([^/]+)/instances")),
    ("series", re.compile(r"/studies/([^/]+)/series")),
    ("studies", re.compile(r"/studies")),
)


@dataclass
class Web:
    """What it holds, by SOP instance UID; what it says instead of its answers, by kind (``studies``, ``series``,
    ``instances``, ``instance``, ``store``) and in turn; and how often it was asked for each kind."""

    held: dict[str, Dataset] = field(default_factory=dict)
    says: dict[str, list[Say]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    queries: list[dict[str, list[str]]] = field(default_factory=list)
    most: int = 10**6  # of one answer to QIDO
    offsets: bool = True  # Orthanc 1.10 answers nothing to one
    left_out: tuple[str, ...] = ()  # tags that its answers to QIDO don't have
    keeps: bool = True  # what is stored
    url: str = ""

    def hold(self, *datasets: Dataset) -> None:
        for one in datasets:
            self.held[str(one.SOPInstanceUID)] = one

    def found(self, kind: str, where: tuple[str, ...], query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """The answer to QIDO."""
        tag = {"studies": "0020000D", "series": "0020000E", "instances": "00080018"}[kind]
        rows: dict[str, dict[str, Any]] = {}
        for one in self.held.values():
            place = (one.StudyInstanceUID, one.SeriesInstanceUID)
            wanted = query.get("SOPInstanceUID") or query.get("00080018")
            if place[: len(where)] != where or (wanted and one.SOPInstanceUID not in wanted):
                continue
            row = {"0020000D": one.StudyInstanceUID, "0020000E": one.SeriesInstanceUID, "00080060": one.Modality}
            row |= {"00080018": one.SOPInstanceUID, "00080016": one.SOPClassUID}
            told = {name: {"vr": "UI", "Value": [str(value)]} for name, value in row.items()}
            rows.setdefault(str(row[tag]), {name: value for name, value in told.items() if name not in self.left_out})
        offset = int(query.get("offset", ["0"])[0])
        if offset and not self.offsets:
            return []
        return list(rows.values())[offset:][: min(self.most, int(query.get("limit", ["1000000"])[0]))]


@contextlib.contextmanager
def serving(web: Web, certificate: Path | None = None) -> Iterator[str]:
    """The address of the server, for as long as this lasts; https where it has a ``certificate`` with its key."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    web.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    try:
        yield web.url
    finally:
        server.shutdown()
        server.server_close()


def reply(status: int, body: bytes = b"", **headers: str) -> Say:
    """An answer with a status, a body and headers (``_`` for ``-``)."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return say


def failed(uid: str, reason: int, status: int = 200) -> Say:
    """The answer of STOW that says why an object wasn't stored."""
    item = {"00081155": {"vr": "UI", "Value": [uid]}, "00081197": {"vr": "US", "Value": [reason]}}
    body = json.dumps({"00081198": {"vr": "SQ", "Value": [item]}}).encode()
    return reply(status, body, Content_Type="application/dicom+json; charset=utf-8")


def endless(handler: BaseHTTPRequestHandler) -> None:
    """An answer that never ends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/dicom+json")
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b" " * (1 << 16))


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """An answer of one byte after the other, for half a minute."""
    handler.send_response(200)
    handler.send_header("Content-Type", 'multipart/related; type="application/dicom"; boundary=b')
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Closes the connection without an answer."""
    handler.close_connection = True
    handler.connection.close()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # bytes: an answer in one piece isn't held back for the last one's receipt

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            kind, found = next((kind, found) for kind, one in PATHS if (found := one.fullmatch(parts.path)))
            web.asked[kind] += 1
            query = parse_qs(parts.query)
            web.queries.append(query)
            if web.says[kind]:
                web.says[kind].pop(0)(self)
            elif kind == "instance":
                _give(self, web.held.get(found[3]))
            else:
                body = json.dumps(web.found(kind, found.groups(), query)).encode()
                reply(200, body, Content_Type="application/dicom+json")(self)

        def do_POST(self) -> None:
            web.asked["store"] += 1
            content = self.rfile.read(int(self.headers["Content-Length"]))
            said = web.says["store"].pop(0) if web.says["store"] else reply(200)
            boundary, _, rest = content.partition(b"\r\n")
            if web.keeps and b"\r\n\r\n" in rest:
                part = rest[rest.index(b"\r\n\r\n") + 4 : rest.rindex(b"\r\n" + boundary)]
                web.hold(dcmread(io.BytesIO(part)))
            said(self)

    return Handler


def _give(handler: BaseHTTPRequestHandler, one: Dataset | None) -> None:
    if one is None:
        reply(404)(handler)
        return
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + as_file(one) + b"\r\n--b--\r\n"
    reply(200, body, Content_Type='multipart/related; type="application/dicom"; boundary=b')(handler)
