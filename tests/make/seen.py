"""What a reader does on the page, and what he sees there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from make.commands import isthmus

BOX = (100, 80, 260, 220)  # of the nodule in the first simulated picture
WAIT = 20_000  # ms


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it is: rules, and where first."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def ready(page: Page, url: str) -> Page:
    """Opens the page, and goes past its first-use text."""
    page.set_default_timeout(WAIT)
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.click("#about button")
    return page


def open_file(page: Page, path: Path) -> None:
    """Picks a file, and waits until it can be drawn on."""
    page.set_input_files("#file", str(path))
    page.wait_for_selector(f"#frame[alt='{path.name}']")
    page.wait_for_selector("#sheet .a9s-annotationlayer")


def on_screen(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Where a point of the picture is on the screen."""
    shown = page.locator("#frame").bounding_box()
    width = page.evaluate("document.getElementById('frame').naturalWidth")
    assert shown is not None
    scale = shown["width"] / width
    return shown["x"] + point[0] * scale, shown["y"] + point[1] * scale


def draw(page: Page, box: tuple[int, int, int, int]) -> None:
    """Draws a box with the mouse, and waits until it is listed."""
    before = page.locator("#nodules li").count()
    start, end = on_screen(page, box[:2]), on_screen(page, box[2:])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    expect(page.locator("#nodules li")).to_have_count(before + 1, timeout=WAIT)


def sides(page: Page) -> list[int]:
    """The first nodule's box, as the page lists it."""
    return [int(one.input_value()) for one in page.locator("#nodules li").first.locator("input").all()]


def read(page: Page) -> float:
    """Reads, and gives P(malignant) of the first nodule, every digit of it."""
    page.click("#read")
    return shown(page)


def shown(page: Page) -> float:
    """P(malignant) of the first nodule; what is shown is its first three digits."""
    page.wait_for_selector("#results:not([hidden]) .p, #message:not([hidden])")
    assert page.locator("#message").is_hidden(), page.locator("#message").inner_text()
    value = page.locator("#cards .p").first
    exact = float(value.get_attribute("data-p") or "nan")
    assert value.inner_text() == f"{exact:.3f}"
    return exact


def by_command(path: Path, *options: object) -> dict[str, Any]:
    """What `isthmus predict` says of the same."""
    result = isthmus("predict", path, "--json", *options)
    answer: dict[str, Any] = json.loads(result.stdout)["predictions"][0]
    return answer
