from __future__ import annotations

import subprocess
import sys

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
