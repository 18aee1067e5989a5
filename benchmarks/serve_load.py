"""How long a reader waits for the service, alone and with many others at once, and what that takes of memory.

`python benchmarks/serve_load.py --to docs/results/service-load.md` starts `isthmus serve` on this machine, talks to it
over loopback, and writes a table. Run it on a quiet machine: the load before it is part of the table.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

BOX = "100,80,260,220"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="a picture of 300 pixels a side or more; a made one without")
    parser.add_argument("--model", default="tn5000")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--alone", type=int, default=200, help="answers for one reader alone")
    parser.add_argument("--to", type=Path, help="write the table here, too")
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    content = asked.file.read_bytes() if asked.file else made()
    command = [sys.executable, "-m", "isthmus", "serve", "--port", "0", "--model", asked.model]
    begun = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = address(process)
            with httpx.Client(base_url=url, timeout=60) as client:
                one(client, content)
                first = time.perf_counter() - begun
                alone = Spread.of([one(client, content) for _ in range(asked.alone)], 0)
            together, memory = many(url, content, asked.readers, asked.seconds, process.pid)
        finally:
            process.terminate()
    text = table(asked, busy, first, alone, together, memory)
    print(text)
    if asked.to:
        asked.to.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Spread:
    """Waiting times of ``n`` answers in milliseconds, and how many requests got none."""

    n: int
    lost: int
    median: float
    late: float  # 95th percentile
    longest: float

    @classmethod
    def of(cls, seconds: list[float], lost: int) -> Spread:
        """Of seconds."""
        ms = [1000 * one for one in seconds]
        return cls(len(ms), lost, statistics.median(ms), statistics.quantiles(ms, n=20)[-1], max(ms))

    def row(self, name: str) -> str:
        """A row of the table."""
        return f"| {name} | {self.n} | {self.lost} | {self.median:.0f} | {self.late:.0f} | {self.longest:.0f} |"


def made() -> bytes:
    """A picture of speckle, 560 x 360."""
    grey = np.random.default_rng(0).gamma(2.0, 40.0, (360, 560)).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    return buffer.getvalue()


def address(process: subprocess.Popen[str]) -> str:
    """Where the service says that it listens."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://\S+/", line):
            return found[0]
    raise SystemExit("isthmus serve did not start")


def one(client: httpx.Client, content: bytes) -> float:
    """Seconds for one answer, the upload included."""
    begun = time.perf_counter()
    client.post("predict", files={"file": ("picture", content)}, data={"box": BOX}).raise_for_status()
    return time.perf_counter() - begun


def many(url: str, content: bytes, readers: int, seconds: float, process: int) -> tuple[Spread, list[float]]:
    """Many readers, each of whom asks again when it has its answer; an answer that isn't given is lost. With it the
    memory of the service, in MB, at the start and after each quarter."""
    times: list[float] = []
    lost: list[str] = []
    memory = [resident(process)]
    end = time.monotonic() + seconds

    def reader() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while time.monotonic() < end:
                try:
                    times.append(one(client, content))
                except httpx.HTTPError as error:
                    lost.append(str(error))

    threads = [threading.Thread(target=reader) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        time.sleep(seconds / 4)
        memory.append(resident(process))
    for thread in threads:
        thread.join()
    return Spread.of(times, len(lost)), memory


def table(
    asked: argparse.Namespace, busy: float, first: float, alone: Spread, together: Spread, memory: list[float]
) -> str:
    """What was measured, as a page."""
    cores = len(os.sched_getaffinity(0))
    return "\n".join(
        [
            "# The service under load",
            "",
            f"`python benchmarks/serve_load.py --model {asked.model} --readers {asked.readers} "
            f"--seconds {asked.seconds:g}`, {cores} processors ({platform.machine()}), Python "
            f"{platform.python_version()}; the readers run on the same ones.",
            f"Before it, {busy:.1f} processes ran or waited (load of one minute).",
            "Each reader sends a picture and a box, and asks again as soon as the answer is there.",
            "",
            "| | answers | lost | p50 (ms) | p95 (ms) | longest (ms) |",
            "|---|---|---|---|---|---|",
            alone.row("one reader"),
            together.row(f"{asked.readers} readers, {asked.seconds:g} s"),
            "",
            f"From the start of the program to the first answer: {first:.1f} s. With {asked.readers} readers "
            f"{together.n / asked.seconds:.0f} answers a second.",
            f"Memory of the service (MB): {' '.join(f'{one:.0f}' for one in memory)}, at the start and after each "
            "quarter.",
            "",
        ]
    )


def resident(process: int) -> float:
    """The memory of a process, in MB."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


if __name__ == "__main__":
    main()
