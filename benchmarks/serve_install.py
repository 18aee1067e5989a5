"""Seconds from `pip install '.[serve]'` in an empty environment to the first answer in a browser.

`python benchmarks/serve_install.py` makes a virtual environment in a temporary folder, installs what this checkout
holds with `constraints.txt`, starts the page, and has Debian's Chromium read a nodule on it. It needs playwright, which
is of the extra `dev`, in the Python that runs it. It exits with 1 where torch was installed, too.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from serve_load import address, made

CHECKOUT = Path(__file__).parents[1]
NEEDED = "import fastapi, reportlab, sqlalchemy, pwdlib, itsdangerous, pynetdicom, uvicorn, multipart"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-cache", action="store_true", help="have pip fetch everything anew")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "made.png").write_bytes(made())
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "venv", root / "env"], check=True)
        python = root / "env" / "bin" / "python"
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        pip += ["--no-cache-dir"] if asked.no_cache else []
        install = [*pip, "-c", CHECKOUT / "constraints.txt", f"{CHECKOUT}[serve]"]
        subprocess.run(install, check=True, cwd=root)
        installed = time.perf_counter() - begun
        p = answer(root)
        total = time.perf_counter() - begun
        subprocess.run([python, "-c", NEEDED], check=True, cwd=root)
        listed = subprocess.run([python, "-m", "pip", "list"], check=True, capture_output=True, text=True).stdout
        size = sum(path.stat().st_size for path in (root / "env").rglob("*") if path.is_file())
        has_torch = re.search(r"^torch\b", listed, re.MULTILINE) is not None
    print(f"installed after {installed:.0f} s, {size / 1e6:.0f} MB, torch: {'yes' if has_torch else 'no'}")
    print(f"first answer in the browser after {total:.0f} s: P(malignant) {p}")
    raise SystemExit(1 if has_torch else 0)


def answer(root: Path) -> str:
    """P(malignant) as the page shows it, of the whole picture."""
    command = [root / "env" / "bin" / "isthmus", "serve", "--port", "0", "--store", root / "store"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            url = address(process)
            with sync_playwright() as playwright:
                program = shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_page()
                page.goto(url)
                page.wait_for_selector("body[data-ready]")
                page.click("#about button")
                page.set_input_files("#file", str(root / "made.png"))
                page.wait_for_selector("#frame[alt='made.png']")
                page.click("#read")
                page.wait_for_selector("#cards .p, #cards .abstain")
                shown = page.locator("#cards .p, #cards .abstain").first.inner_text()
                browser.close()
                return shown
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
