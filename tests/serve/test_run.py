from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

import pytest
import uvicorn
from fastapi import FastAPI

from isthmus.serve.run import Impatient

SAYING = """
import logging, socket, warnings
import pydicom, uvicorn
from fastapi import FastAPI
from isthmus.serve.run import serve

def run(self, sockets):
    warnings.warn("Invalid value for VR PN: 'Zzyzx'", UserWarning)
    logging.getLogger("pydicom").error("Zzyzx")
    print("it ran")

uvicorn.Server.run = run
serve(FastAPI(), socket.socket())
"""


def test_while_it_answers_what_pydicom_says_of_a_file_reaches_no_log() -> None:
    # In a process of its own: pytest takes up warnings and logs before they reach the standard streams.
    done = subprocess.run([sys.executable, "-c", SAYING], capture_output=True, text=True, timeout=60)
    assert done.stdout == "it ran\n"
    assert "Zzyzx" not in done.stderr


def test_the_service_starts_without_what_only_training_and_judging_need() -> None:
    script = "import sys; import isthmus.serve.app, isthmus.serve.run; print([*sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert [name for name in ("torch", "timm", "sklearn", "scipy.stats", "matplotlib") if f"'{name}'" in loaded] == []


def slow(seconds: float) -> FastAPI:
    """An application whose answer takes so long."""
    app = FastAPI()
    app.get("/")(lambda: time.sleep(seconds))
    return app


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_connection_whose_request_never_comes_is_closed_and_one_that_is_answered_is_not(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Impatient, "patience", 0.2)
    at = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(slow(1.0), http=Impatient, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
    thread.start()
    try:
        with (
            socket.create_connection(at.getsockname(), 10) as never,
            socket.create_connection(at.getsockname(), 10) as answered,
        ):
            answered.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            never.sendall(sent)
            assert never.recv(100) == b""
            assert answered.recv(100).startswith(b"HTTP/1.1 200")
            answered.sendall(sent)
            while answered.recv(1000):
                pass  # the rest of the answer; then it is closed, too
    finally:
        server.should_exit = True
        thread.join(10)
        at.close()
