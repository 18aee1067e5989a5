"""How long a reader waits on the page: from "Read" to the painted number, in Debian's Chromium.

`python benchmarks/serve_page.py [FILE]` starts `isthmus serve` on this machine, opens FILE (a simulated picture without
one), puts another box on it each time, and prints the waiting times. It needs playwright, which is of the extra `dev`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from isthmus.phantom.write import write_phantom
from serve_load import Spread, address

# From the click until the browser has painted what came in answer: the second frame begins after the first is painted.
WAIT = """() => new Promise((done) => {
  const cards = document.getElementById("cards");
  const begun = performance.now();
  const watch = new MutationObserver(() => {
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done((performance.now() - begun) / 1000)));
  });
  watch.observe(cards, { childList: true });
  document.getElementById("read").click();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="a picture of 100 pixels a side or more")
    parser.add_argument("--model", default="tn5000")
    parser.add_argument("--reads", type=int, default=200)
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        file = asked.file or simulated(Path(folder))
        command = [sys.executable, "-m", "isthmus", "serve", "--port", "0", "--model", asked.model]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                spread = waited(address(process), file, asked.reads)
            finally:
                process.terminate()
    print(f"Load of one minute before: {busy:.1f}. Milliseconds from Read to the painted number:\n")
    print("| reads | p50 | p95 | longest |\n|---|---|---|---|")
    print(f"| {spread.n} | {spread.median:.0f} | {spread.late:.0f} | {spread.longest:.0f} |")


def simulated(folder: Path) -> Path:
    """A picture of which the model's input gate has nothing to say."""
    write_phantom(folder / "phantom", patients=1, seed=0)
    return folder / "phantom" / "1_1.jpg"


def waited(url: str, file: Path, reads: int) -> Spread:
    """Seconds of each read; the first two, which warm the browser and the service up, don't count."""
    width, height = Image.open(file).size
    chance = random.Random(0)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        page.click("#about button")
        page.set_input_files("#file", str(file))
        page.wait_for_selector(f"#frame[alt='{file.name}']")
        page.click("#add-box")
        times = []
        for _ in range(reads + 2):
            put_box(page, box(chance, width, height))
            times.append(page.evaluate(WAIT))
        browser.close()
    return Spread.of(times[2:], 0)


def box(chance: random.Random, width: int, height: int) -> list[tuple[int, int]]:
    """Two corners about the middle of the picture."""
    shares = [(0.25, 0.4), (0.25, 0.4), (0.6, 0.75), (0.6, 0.75)]
    sides = [int(chance.uniform(*share) * whole) for share, whole in zip(shares, (width, height) * 2, strict=True)]
    return [(sides[0], sides[1]), (sides[2], sides[3])]


def put_box(page: Page, corners: list[tuple[int, int]]) -> None:
    """Types the four sides of the first nodule's box."""
    page.focus("#nodules input >> nth=0")
    for value in (value for corner in corners for value in corner):
        page.keyboard.press("Control+a")
        page.keyboard.type(str(value))
        page.keyboard.press("Tab")


if __name__ == "__main__":
    main()
