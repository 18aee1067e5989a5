"""A real PACS for a test: Debian's Orthanc on free ports of this machine, with its data in a folder."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

PLUGINS = "/usr/share/orthanc/plugins"
TITLE = "ORTHANC"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Orthanc:
    """Orthanc with its data in ``folder``; ``ours`` is the port at which `isthmus pacs` listens."""

    program: str
    folder: Path
    ours: int
    dicom: int = field(default_factory=free_port)
    http: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def dicomweb(self) -> str:
        return f"{self.url}/dicom-web"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "orthanc.json"
        config.write_text(json.dumps(self._config()))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self.program, str(config)], stdout=log, stderr=log)
        wait_for(lambda: self.get("/system") is not None, 30, "Orthanc doesn't answer")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stops it, or kills it at once."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
            self._process = None

    def get(self, path: str, **query: str) -> Any:
        """What its REST interface answers, None where it doesn't."""
        try:
            told = requests.get(self.url + path, params=query, timeout=10)
        except requests.RequestException:
            return None
        return told.json() if told.ok else None

    def post(self, path: str, content: bytes | str) -> Any:
        """As ``get``."""
        try:
            told = requests.post(self.url + path, data=content, timeout=30)
        except requests.RequestException:
            return None
        return told.json() if told.ok else None

    def upload(self, content: bytes) -> str | None:
        """Stores a DICOM file; gives Orthanc's name of it, None where it couldn't."""
        told = self.post("/instances", content)
        return None if told is None else str(told["ID"])

    def send(self, instance: str) -> bool:
        """Has it send an instance to us by C-STORE; whether we took it."""
        told = self.post("/modalities/isthmus/store", instance)
        return told is not None and told.get("FailedInstancesCount", 1) == 0

    def find(self, modality: str, study: str = "") -> list[str]:
        """The UIDs of the instances of a modality, of one study or of all, by QIDO."""
        where = f"/studies/{study}" if study else ""
        found = self.get(f"/dicom-web{where}/instances", Modality=modality, limit="10000")
        return [one["00080018"]["Value"][0] for one in found or []]

    def file(self, uid: str) -> bytes:
        """The file of an instance."""
        (name,) = self.post("/tools/lookup", uid)
        return requests.get(f"{self.url}/instances/{name['ID']}/file", timeout=10).content

    def _config(self) -> dict[str, Any]:
        data = str(self.folder / "data")
        return {
            "StorageDirectory": data,
            "IndexDirectory": data,
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": TITLE,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "Plugins": [f"{PLUGINS}/libOrthancDicomWeb.so"],
            "DicomModalities": {"isthmus": ["ISTHMUS", "127.0.0.1", self.ours]},
            "DicomScuTimeout": 10,
            "DicomAssociationCloseDelay": 0,
            "SaveJobs": False,
        }


@contextlib.contextmanager
def running(program: str, folder: Path, ours: int) -> Iterator[Orthanc]:
    """Orthanc for as long as this lasts."""
    one = Orthanc(program, folder, ours)
    try:
        one.start()
        yield one
    finally:
        one.stop(signal.SIGKILL)


def wait_for(condition: Any, seconds: float, what: str) -> None:
    """Waits until a condition holds. Raises AssertionError where it doesn't within so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)
