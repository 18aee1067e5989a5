"""A browser, and the service that its pages come from. Where no browser is, the tests skip; in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from isthmus.phantom.write import write_phantom
from make.running import Running
from make.seen import WAIT, ready


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("no chromium here: apt-get install chromium")
        pytest.skip("no chromium here: apt-get install chromium")
    expect.set_options(timeout=WAIT)  # a busy machine takes its time
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@pytest.fixture(scope="package")
def running(browser: Browser) -> Iterator[Running]:
    """The service with the model that ships."""
    one = Running()
    yield one
    one.stop()


@pytest.fixture(scope="package")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of simulated pictures: 1_1.jpg, whose nodule lies in BOX, and clip.tif, which has it on each frame."""
    root = tmp_path_factory.mktemp("pictures")
    write_phantom(root / "phantom", patients=1, seed=0)
    grey = np.asarray(Image.open(root / "phantom" / "1_1.jpg").convert("L"))
    shades = [Image.fromarray((by * grey).astype(np.uint8)).convert("RGB") for by in (1, 0.95, 0.9)]
    shades[0].save(root / "clip.tif", save_all=True, append_images=shades[1:])
    shades[0].save(root / "made.png")
    shades[1].save(root / "other.png")
    return root


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(viewport={"width": 1280, "height": 860})
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext, running: Running) -> Page:
    """The page, past its first-use text."""
    return ready(context.new_page(), running.url)
