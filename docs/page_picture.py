"""Draws the README's picture of the page: a simulated nodule read with the model that ships, as a PNG of few colours.

python docs/page_picture.py OUT.png

Needs chromium, and playwright, which is of the extra `dev`.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from isthmus.data.sources import open_source
from isthmus.phantom.write import write_phantom

WIDTH, HEIGHT = 1400, 1180  # pixels
SEEN = {"composition": "solid-or-almost", "echogenicity": "hypoechoic", "shape": "wider-than-tall", "margin": "smooth"}


def main() -> None:
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "phantom")
        write_phantom(root, patients=6, seed=0)
        nodule = open_source("phantom", root).nodules[-1]
        box = [nodule.box.x0, nodule.box.y0, nodule.box.x1, nodule.box.y1]
        command = [sys.executable, "-m", "isthmus", "serve", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                shown = screenshot(address(process), nodule.picture.path, box)
            finally:
                process.terminate()
    picture = Image.open(io.BytesIO(shown)).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, optimize=True)


def address(process: "subprocess.Popen[str]") -> str:
    for line in process.stderr or ():
        if found := re.search(r"http://\S+/", line):
            return found[0]
    raise SystemExit("isthmus serve did not start")


def screenshot(url: str, file: Path, box: list[int]) -> bytes:
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        page.click("#about button")
        page.set_input_files("#file", str(file))
        page.wait_for_selector(f"#frame[alt='{file.name}']")
        page.click("#add-box")
        page.focus("#nodules input >> nth=0")
        for side in box:
            page.keyboard.press("Control+a")
            page.keyboard.type(str(side))
            page.keyboard.press("Tab")
        read(page)
        shown = page.screenshot()
        browser.close()
    return shown


def read(page: Page) -> None:
    page.click("#read")
    page.wait_for_selector("#cards .p")
    page.locator("summary", has_text="TI-RADS").click()
    for name, value in SEEN.items():
        page.select_option(f"#tirads-{name}", value)
    page.check("input[name=foci][value=punctate]")
    page.fill("#tirads-size_cm", "1.2")
    page.locator("#tirads-size_cm").blur()
    page.wait_for_timeout(500)
    page.locator("summary", has_text="TI-RADS").click()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
