"""The page on a tablet, in light and dark, for those who can't see it, and without a request to elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from make.running import Running
from make.seen import BOX, draw, on_screen, open_file, read, ready, serious, shown, sides

PAGE = Path(__file__).parents[3] / "src" / "isthmus" / "serve" / "page"


@pytest.fixture
def file(pictures: Path) -> Path:
    return pictures / "made.png"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, running: Running, file: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(running.url)
    page.wait_for_selector("body[data-ready]")
    found = serious(page)
    page.click("#about button")
    found += serious(page)
    open_file(page, file)
    draw(page, BOX)
    read(page)
    found += serious(page)
    context.close()
    assert found == []


def test_on_a_tablet_with_a_finger(browser: Browser, running: Running, file: Path) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    page = ready(context.new_page(), running.url)
    open_file(page, file)
    touch = context.new_cdp_session(page)

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        points = [(start[0] + (end[0] - start[0]) * k / 8, start[1] + (end[1] - start[1]) * k / 8) for k in range(9)]
        for number, (x, y) in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    drag(on_screen(page, (110, 90)), on_screen(page, (230, 190)))
    expect(page.locator("#nodules li")).to_have_count(1)
    assert all(abs(one - other) <= 2 for one, other in zip(sides(page), (110, 90, 230, 190), strict=True))
    near = on_screen(page, (230, 190))
    drag((near[0] + 12, near[1] + 12), tuple(one + 12 for one in on_screen(page, (260, 220))))  # type: ignore[arg-type]
    expect(page.locator("#nodules input").nth(2)).to_have_value(re.compile("2[56][0-9]"))
    assert sides(page)[2:] == pytest.approx((260, 220), abs=3)
    page.wait_for_timeout(500)  # ms; Chromium takes a tap right behind a drag, which no finger does, for no click
    page.tap("#read")
    assert 0 < shown(page) < 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("size", [(820, 1180), (390, 844)])
def test_in_one_column_the_picture_stays_in_sight_beside_the_number(
    browser: Browser, running: Running, file: Path, size: tuple[int, int]
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = ready(context.new_page(), running.url)
    open_file(page, file)
    draw(page, BOX)
    read(page)
    expect(page.locator("#cards .p").first).to_be_in_viewport(ratio=1)
    picture, number = page.locator("#frame").bounding_box(), page.locator("#cards .p").first.bounding_box()
    assert picture is not None
    assert number is not None
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] < number["y"]
    context.close()


def test_several_boxes_one_after_the_other_have_their_numbers_on_the_picture(
    context: BrowserContext, running: Running, file: Path
) -> None:
    page = ready(context.new_page(), running.url)
    open_file(page, file)
    draw(page, BOX)
    expect(page.locator("#marks .numbers text")).to_have_count(0)
    draw(page, (300, 80, 400, 150))
    draw(page, (300, 220, 400, 300))
    expect(page.locator("#marks .numbers text")).to_have_text(["1", "2", "3"])


def test_with_the_keyboard_alone(context: BrowserContext, running: Running, file: Path) -> None:
    page = ready(context.new_page(), running.url)
    expect(page.locator("#read-first")).to_have_text("Open a picture first.")
    page.focus("#file")
    open_file(page, file)
    expect(page.locator("#stage")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("button[data-tool=click]")).to_have_attribute("aria-pressed", "true")
    page.focus("#add-box")
    page.keyboard.press("Enter")
    for side in BOX:
        page.keyboard.press("Control+A")
        page.keyboard.type(str(side))
        page.keyboard.press("Tab")
    assert sides(page) == list(BOX)
    page.focus("#stage")
    page.keyboard.press("Enter")
    assert 0 < shown(page) < 1


def test_two_fingers_zoom_and_draw_nothing(browser: Browser, running: Running, file: Path) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    page = ready(context.new_page(), running.url)
    open_file(page, file)
    touch, wide = context.new_cdp_session(page), "document.getElementById('sheet').clientWidth"
    before, (x, y) = page.evaluate(wide), on_screen(page, (280, 180))

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})

    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x - 60, "y": y, "id": 0}]})
    fingers("touchStart", 60)
    for apart in (70, 80, 90, 100, 110, 120):
        fingers("touchMove", apart)
    fingers("touchEnd", 0)
    assert page.evaluate(wide) == pytest.approx(2 * before, rel=0.05)
    assert on_screen(page, (280, 180)) == pytest.approx((x, y), abs=12)  # the place between the fingers stays
    expect(page.locator("#nodules li")).to_have_count(0)
    assert page.evaluate("visualViewport.scale") == 1
    context.close()


def test_no_request_leaves_the_machine(context: BrowserContext, running: Running, file: Path) -> None:
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    ready(page, running.url)
    open_file(page, file)
    draw(page, BOX)
    read(page)
    outside = [url for url in asked if not url.startswith((running.url, "blob:", "data:"))]
    assert (outside, said) == ([], [])


def test_what_to_know_first_is_shown_once(context: BrowserContext, running: Running) -> None:
    page = context.new_page()
    page.goto(running.url)
    about = page.locator("#about")
    expect(about).to_be_visible()
    expect(about).to_contain_text("72 % of the nodules that it learned from are malignant")
    expect(about).to_contain_text("n = 2,770")
    page.click("#about button")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(about).to_be_hidden()


def test_every_word_of_the_page_stands_in_the_one_file() -> None:
    words = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    named = {part.split('"')[0] for mark in ('data-word="', 'data-label="') for part in html.split(mark)[1:]}
    assert named <= words.keys()
