"""A reader on the page: opens a file, draws the nodule, and sees what `isthmus predict` says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from make.running import Running
from make.seen import BOX, by_command, draw, on_screen, open_file, read, ready, shown, sides


@pytest.fixture
def file(pictures: Path) -> Path:
    return pictures / "made.png"


def box_of(page: Page) -> str:
    return ",".join(map(str, sides(page)))


def test_the_number_is_that_of_the_command(page: Page, file: Path) -> None:
    open_file(page, file)
    draw(page, BOX)
    assert all(abs(one - other) <= 1 for one, other in zip(sides(page), BOX, strict=True))
    assert read(page) == by_command(file, "--box", box_of(page))["p_malignant"]


def test_a_dropped_file_is_taken_up(page: Page, file: Path) -> None:
    made = page.evaluate_handle(
        "bytes => { const moved = new DataTransfer();"
        "moved.items.add(new File([new Uint8Array(bytes)], 'dropped.png')); return moved; }",
        list(file.read_bytes()),
    )
    page.dispatch_event("#stage", "drop", {"dataTransfer": made})
    expect(page.locator("#facts")).to_contain_text("dropped.png: 560 × 360 pixels")


def test_drawn_while_zoomed_it_is_the_same_place(page: Page, file: Path) -> None:
    open_file(page, file)
    page.keyboard.press("+")
    page.keyboard.press("+")
    draw(page, (200, 140, 330, 220))
    assert all(abs(one - other) <= 1 for one, other in zip(sides(page), (200, 140, 330, 220), strict=True))


def test_crops_and_their_votes_lie_on_the_picture(page: Page, file: Path) -> None:
    open_file(page, file)
    draw(page, BOX)
    read(page)
    votes = by_command(file, "--box", box_of(page))["votes"]
    texts = page.locator("#marks .crops text").all_text_contents()
    assert texts == [f"{number}: {vote:.3f}" for number, vote in enumerate(votes, 1)]


def test_votes_on_a_small_nodule_show_once_there_is_room_for_them(page: Page, file: Path) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    open_file(page, file)
    draw(page, (150, 120, 210, 170))
    read(page)
    texts = page.locator("#marks .crops text")
    assert set(texts.all_text_contents()) <= {"1", "2", "3", "4", "5"}
    for _ in range(8):
        page.keyboard.press("+")
    expect(texts.first).to_contain_text("1: 0.")


def test_a_map_says_on_the_picture_that_it_is_no_evidence(page: Page, file: Path) -> None:
    open_file(page, file)
    draw(page, BOX)
    read(page)
    assert page.locator("#marks .map *").count() == 0
    page.check("#show-map")
    expect(page.locator("#marks .map text")).to_have_text("Map: not evidence")
    expect(page.locator("#marks .map image")).to_have_count(1)
    page.uncheck("#show-map")
    expect(page.locator("#marks .map *")).to_have_count(0)


def test_with_keys_alone(page: Page, file: Path) -> None:
    open_file(page, file)
    page.focus("#add-box")
    page.keyboard.press("Enter")
    page.focus("#nodules input >> nth=0")
    for value in BOX:
        page.keyboard.press("Control+a")
        page.keyboard.type(str(value))
        page.keyboard.press("Tab")
    page.focus("#stage")
    page.keyboard.press("Enter")
    assert shown(page) == by_command(file, "--box", ",".join(map(str, BOX)))["p_malignant"]


def test_an_outline_is_read_by_the_box_around_it(page: Page, file: Path) -> None:
    open_file(page, file)
    page.keyboard.press("p")
    for point in ((110, 90), (250, 100), (180, 210)):
        page.mouse.click(*on_screen(page, point))
    page.mouse.dblclick(*on_screen(page, (120, 180)))
    expect(page.locator("#nodules")).to_contain_text("Outline of")
    page.click("#read")
    p = shown(page)
    assert 0 < p < 1


def test_a_click_proposes_a_box_with_handles(page: Page, file: Path) -> None:
    open_file(page, file)
    page.keyboard.press("c")
    page.mouse.click(*on_screen(page, (180, 150)))
    expect(page.locator("#nodules li")).to_have_count(1)
    x0, y0, x1, y1 = sides(page)
    assert x0 <= 180 < x1
    assert y0 <= 150 < y1
    expect(page.locator("#sheet .a9s-handle")).not_to_have_count(0)
    command = by_command(file, "--click", "180,150")
    assert [x0, y0, x1, y1] == pytest.approx(command["box"], abs=3)


def test_what_is_drawn_anew_has_no_number_until_it_is_read(page: Page, file: Path) -> None:
    open_file(page, file)
    draw(page, BOX)
    read(page)
    page.fill("#nodules input >> nth=0", "25")
    page.keyboard.press("Tab")
    expect(page.locator("#results")).to_be_hidden()
    assert page.locator("#marks .crops text").count() == 0


def test_the_sites_prevalence_is_entered_once_and_moves_p(page: Page, file: Path) -> None:
    open_file(page, file)
    draw(page, BOX)
    plain = read(page)
    page.fill("#prevalence", "10")
    page.keyboard.press("Tab")
    assert read(page) < plain
    page.reload()
    expect(page.locator("#prevalence")).to_have_value("10")


def test_frames_are_scrolled_and_each_has_its_drawing(page: Page, pictures: Path) -> None:
    file = pictures / "clip.tif"
    open_file(page, file)
    draw(page, BOX)
    page.keyboard.press("PageDown")
    expect(page.locator("#frame-shown")).to_have_text("2 of 3")
    expect(page.locator("#nodules li")).to_have_count(0)
    draw(page, BOX)
    assert read(page) == by_command(file, "--box", box_of(page), "--page", 2)["p_malignant"]
    page.keyboard.press("PageUp")
    expect(page.locator("#nodules li")).to_have_count(1)


def test_a_file_that_isnt_read_is_named_and_the_page_goes_on(page: Page, file: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("no picture, but words " * 20, encoding="utf-8")
    page.set_input_files("#file", str(wrong))
    expect(page.locator("#message")).to_contain_text("notes.txt: is text, which is not read")
    open_file(page, file)
    draw(page, BOX)
    read(page)
    expect(page.locator("#message")).to_be_hidden()


def test_a_refused_picture_has_no_number_anywhere(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "flat.png"
    Image.fromarray(np.full((200, 200), 90, np.uint8)).save(file)
    open_file(page, file)
    page.click("#read")
    expect(page.locator("#cards .abstain")).to_have_text("No answer")
    assert page.locator("#cards .p, #cards .votes, #marks text").count() == 0


def test_two_tabs_dont_mix(context: BrowserContext, running: Running, pictures: Path) -> None:
    files = [pictures / name for name in ("made.png", "other.png")]
    tabs = []
    for number, file in enumerate(files):
        tabs.append(ready(context.new_page(), running.url) if not tabs else context.new_page())
        if number:
            tabs[-1].goto(running.url)
            tabs[-1].wait_for_selector("body[data-ready]")  # before that nobody listens for a file
        open_file(tabs[-1], file)
    for tab in tabs:
        draw(tab, BOX)
        tab.click("#read")
    for tab, file in zip(tabs, files, strict=True):
        assert shown(tab) == by_command(file, "--box", box_of(tab))["p_malignant"]


def test_after_a_restart_the_reading_goes_on(page: Page, file: Path, running: Running) -> None:
    open_file(page, file)
    draw(page, BOX)
    running.stop()
    page.click("#read")
    expect(page.locator("#message")).to_contain_text("The service doesn't answer")
    running.start()
    assert read(page) == by_command(file, "--box", box_of(page))["p_malignant"]


def test_the_list_of_files_keeps_the_focus_of_who_goes_through_it_by_keys(page: Page, pictures: Path) -> None:
    page.set_input_files("#file", [str(pictures / "made.png"), str(pictures / "other.png")])
    page.wait_for_selector("#frame[alt='made.png']")
    page.focus("#files button >> nth=1")
    page.keyboard.press("Enter")
    page.wait_for_selector("#frame[alt='other.png']")
    expect(page.locator("#files button >> nth=1")).to_be_focused()
