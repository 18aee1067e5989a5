"""Kills `isthmus pacs` and Orthanc at random moments and counts: objects in, reports out, none lost, none doubled.

`PYTHONPATH=tests python benchmarks/pacs_kills.py`: a made picture and a region of a nodule on it are stored in
Orthanc again and again, which sends them to us; or with --dicomweb we look for them. Either is killed with SIGKILL, and
started anew. Afterwards Orthanc is asked by QIDO which reports it holds.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from make.orthanc import TITLE, Orthanc, free_port, wait_for
from make.pacs import as_file, marking, ultrasound

KINDS = ("PR", "SR", "SEG")  # of the objects that mark a nodule
CAPTURE = "OT"  # the modality of our secondary captures


@dataclass
class Link:
    """`isthmus pacs` as a process of its own."""

    command: list[str]
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; it is up some seconds later."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stops it, or kills it at once."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=60)
            self._process = None


@dataclass
class Feeder:
    """Stores pictures and their regions in Orthanc, and has it send them until we have said that they are here."""

    orthanc: Orthanc
    sends: bool
    pause: float
    images: list[Dataset] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until it is told to stop; what is begun is ended."""
        while not self.stop.is_set():
            image = ultrasound(patient=f"P{len(self.images)}")
            objects = [image, marking(image, KINDS[len(self.images) % len(KINDS)])]
            random.shuffle(objects)
            self.images.append(image)
            for content in map(as_file, objects):
                until(lambda content=content: self._stored(content))
            time.sleep(random.uniform(0, 2 * self.pause))

    def _stored(self, content: bytes) -> bool:
        name = self.orthanc.upload(content)
        return name is not None and (not self.sends or self.orthanc.send(name))


def until(done: Any) -> None:
    """Tries until it is done."""
    while not done():
        time.sleep(0.2)


def kill(orthanc: Orthanc, link: Link, kills: int, longest: float) -> Counter[str]:
    """Kills one of both at a random moment, and starts it anew a little later; so many times."""
    counts: Counter[str] = Counter()
    for number in range(kills):
        time.sleep(random.uniform(0.2, longest))
        name, victim = (("isthmus", link), ("orthanc", orthanc))[number % 2]
        victim.stop(signal.SIGKILL)
        counts[name] += 1
        time.sleep(random.uniform(0, 1.5))
        victim.start()
    return counts


def reports(orthanc: Orthanc, image: Dataset, modality: str) -> int:
    """How many answers of ours to a picture QIDO finds."""
    found = [pydicom.dcmread(io.BytesIO(orthanc.file(uid))) for uid in orthanc.find(modality, image.StudyInstanceUID)]
    return sum(one.get("Manufacturer") == "isthmus" for one in found)


def measure(into: Path, kills: int, longest: float, by_web: bool, program: str, pause: float = 0.4) -> dict[str, Any]:
    """Kills, waits until all is answered, and counts."""
    orthanc = Orthanc(program, into / "orthanc", free_port())
    back = f"{TITLE}@127.0.0.1:{orthanc.dicom}"
    way = ["--dicomweb", orthanc.dicomweb, "--since", "20260101"] if by_web else ["--send", back]
    store = ["--port", str(orthanc.ours), "--store", str(into / "store")]
    link = Link([sys.executable, "-m", "isthmus", "pacs", *way, *store], into / "log")
    feeder = Feeder(orthanc, sends=not by_web, pause=pause)
    thread = threading.Thread(target=feeder.run, daemon=True)
    begun = time.monotonic()
    try:
        orthanc.start()
        link.start()
        thread.start()
        counts = kill(orthanc, link, kills, longest)
        feeder.stop.set()
        thread.join(timeout=120)
        images = list(feeder.images)
        wait_for(lambda: _sent(into / "store") >= len(images), 300, "not all is answered")
        time.sleep(2)  # for what would come twice
        found = [reports(orthanc, one, "SR") for one in images]
        captures = [reports(orthanc, one, CAPTURE) for one in images]
        return {
            "way": "DICOMweb" if by_web else "DIMSE",
            "kills": dict(counts),
            "seconds": round(time.monotonic() - begun, 1),
            "objects": len(images),
            "reports": sum(found),
            "lost": found.count(0),
            "doubled": sum(count > 1 for count in found),
            "captures": {"lost": captures.count(0), "doubled": sum(count > 1 for count in captures)},
        }
    finally:
        feeder.stop.set()
        link.stop(signal.SIGKILL)
        orthanc.stop(signal.SIGKILL)


def _sent(store: Path) -> int:
    command = [sys.executable, "-m", "isthmus", "pacs", "--status", "--json", "--store", str(store)]
    told = subprocess.run(command, capture_output=True, check=False)
    counts: dict[str, int] = json.loads(told.stdout)["counts"] if told.returncode == 0 else {}
    return counts.get("sent", 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=6.0, help="seconds between two kills at most")
    parser.add_argument("--dicomweb", action="store_true", help="we look for objects, and store by STOW")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--into", type=Path, help="keep what both leave behind in this folder")
    asked = parser.parse_args()
    random.seed(asked.seed)
    program = shutil.which("Orthanc")
    if program is None:
        sys.exit("Orthanc isn't installed: apt-get install orthanc orthanc-dicomweb")
    with tempfile.TemporaryDirectory() as folder:
        told = measure(asked.into or Path(folder), asked.kills, asked.longest, asked.dicomweb, program)
    print(json.dumps(told))
    sys.exit(bool(told["lost"] or told["doubled"]))


if __name__ == "__main__":
    main()
