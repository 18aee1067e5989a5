"""How long a reader waits for the service, alone and with many others at once: `python benchmarks/page.py FILE`.

It starts `isthmus serve` on this machine, and talks to it over loopback only.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a picture of 300 pixels a side or more")
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--alone", type=int, default=200, help="answers for one reader alone")
    asked = parser.parse_args()
    command = [sys.executable, "-m", "isthmus", "serve", "--port", "0"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            url = address(process)
            content = asked.file.read_bytes()
            first = one(httpx.Client(base_url=url, timeout=60), content)
            told = {"first_answer_s": time.perf_counter() - begun, "first_ms": 1000 * first}
            client = httpx.Client(base_url=url, timeout=60)
            told["alone"] = spread([one(client, content) for _ in range(asked.alone)])
            before = resident(process.pid)
            told["together"] = together(url, content, asked.readers, asked.seconds)
            told["memory_mb"] = {"before": before, "after": resident(process.pid)}
            print(json.dumps(told, indent=1))
        finally:
            process.terminate()


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
    files, data = {"file": ("picture", content)}, {"box": "100,80,260,220"}
    client.post("predict", files=files, data=data).raise_for_status()
    return time.perf_counter() - begun


def together(url: str, content: bytes, readers: int, seconds: float) -> dict[str, float]:
    """Many readers, each of whom asks again when it has its answer; an answer that isn't given counts as lost."""
    times: list[float] = []
    lost: list[str] = []
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
    for thread in threads:
        thread.join()
    return spread(times) | {"readers": readers, "lost": len(lost), "answers_per_second": len(times) / seconds}


def spread(seconds: list[float]) -> dict[str, float]:
    """The median and the 95th percentile, in milliseconds, of n answers."""
    cut = statistics.quantiles(seconds, n=20)
    return {"n": len(seconds), "p50_ms": 1000 * statistics.median(seconds), "p95_ms": 1000 * cut[-1]}


def resident(process: int) -> float:
    """The memory of a process, in MB."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return float("nan")


if __name__ == "__main__":
    main()
