"""Starts the service on a port: the model is opened and warmed first, so that the first answer is quick."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from isthmus.errors import UsageError
from isthmus.infer.predictor import Predictor
from isthmus.serve.app import make_app
from isthmus.serve.reader import Reader
from isthmus.serve.settings import Settings
from isthmus.text import printable

BUSY = object()  # in place of a request that had ended
BACKLOG = 128
MOST_CONNECTIONS = 500  # further ones get 503, so that they don't take all that a process may open


class Impatient(H11Protocol):
    """A connection that ends where no request comes within ``patience`` to twice as many seconds.

    Else heads that are never finished take all connections, and no login is needed to send them.
    """

    patience = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to watch."""
        super().connection_made(transport)
        self.loop.call_later(self.patience, self._look, self.cycle)

    def _look(self, idle_since: object) -> None:
        if self.transport.is_closing():
            return
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is idle_since:
            self.transport.close()
        else:
            self.loop.call_later(self.patience, self._look, self.cycle if idle else BUSY)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises UsageError where it can't be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with contextlib.ExitStack() as until_bound:
            found = until_bound.enter_context(socket.socket(family, socket.SOCK_STREAM))
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(BACKLOG)  # from now on who comes is kept waiting, not sent away
            until_bound.pop_all()
    except OSError as error:
        what = error.strerror or str(error)
        raise UsageError(
            f"can't listen on {host}:{port} ({what})", remedy="Name another --port, or stop what listens there."
        ) from None
    return found


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, two files in PEM."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises UsageError unless both can be used together."""
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, self.key, password=lambda: b"")  # or it would be asked for
        except OSError as error:  # ssl.SSLError is one
            what = f"can't be used for TLS ({error.strerror or error.args[0] if error.args else error})"
            where = printable(f"{self.certificate}, {self.key}")
            remedy = "Give a certificate in PEM and its own key, without a password."
            raise UsageError(what, where=where, remedy=remedy) from None


def application(predictor: Predictor, settings: Settings) -> FastAPI:
    """The service of a model, warm. Raises StorageError, DataError and UsageError for a store or study that can't be
    used."""
    return make_app(Reader(predictor), settings)


def serve(app: FastAPI, at: socket.socket, tls: Certificate | None = None) -> None:
    """Answers until it is stopped. No line is logged for a request: nothing of a patient reaches a log.

    Warnings are off in the whole process: those of pydicom repeat values of a file, and what silences them for a moment
    holds for one thread only.
    """
    warnings.simplefilter("ignore")
    config = uvicorn.Config(
        app,
        http=Impatient,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        limit_concurrency=MOST_CONNECTIONS,
        ssl_certfile=None if tls is None else str(tls.certificate),
        ssl_keyfile=None if tls is None else str(tls.key),
    )
    uvicorn.Server(config).run(sockets=[at])
