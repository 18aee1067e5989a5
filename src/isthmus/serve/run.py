"""Starts the service on a port: the model is opened and warmed first, so that the first answer is quick."""

from __future__ import annotations

import contextlib
import socket

import uvicorn

from isthmus.errors import UsageError
from isthmus.infer.predictor import Predictor
from isthmus.serve.app import make_app
from isthmus.serve.reader import Reader
from isthmus.serve.settings import Settings

BACKLOG = 128


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


def serve(predictor: Predictor, settings: Settings, at: socket.socket) -> None:
    """Answers until it is stopped. No line is logged for a request: nothing of a patient reaches a log."""
    app = make_app(Reader(predictor), settings)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=30)
    uvicorn.Server(config).run(sockets=[at])
