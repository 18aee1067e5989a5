"""A study on the page: the reader's own reading is saved and locked before the model's appears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from make.running import Running
from make.seen import BOX, by_command, draw, open_file, read, ready, sides


@pytest.fixture
def study(context: BrowserContext, tmp_path: Path) -> Iterator[tuple[Page, Running]]:
    one = Running(options=["--store", str(tmp_path / "store"), "--own-first"])
    yield ready(context.new_page(), one.url), one
    one.stop()


def test_first_the_readers_own_then_the_models_over_a_restart(study: tuple[Page, Running], pictures: Path) -> None:
    page, running = study
    file = pictures / "made.png"
    open_file(page, file)
    draw(page, BOX)
    expect(page.locator("#read")).to_be_disabled()
    page.fill("#own-reader", "AB")
    page.fill("#own-probability", "30")
    page.select_option("#own-tirads", "TR3")
    page.click("#own button")
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")
    running.restart()
    box = ",".join(map(str, sides(page)))
    assert read(page) == by_command(file, "--box", box)["p_malignant"]
    page.fill("#own-probability", "10")
    page.fill("#own-reason", "the votes are low")
    page.click("#own button")
    expect(page.locator("#own")).to_contain_text("30 %, TR3.")
    expect(page.locator("#own")).to_contain_text("10 %, TR3, as the votes are low.")
    expect(page.locator("#results")).to_be_visible()


def test_what_was_saved_and_seen_is_found_again_with_its_picture(study: tuple[Page, Running], pictures: Path) -> None:
    page, _ = study
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    page.fill("#own-reader", "AB")
    page.fill("#own-probability", "30")
    page.select_option("#own-tirads", "TR3")
    page.click("#own button")
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")
    page.click("#tirads-panel summary")
    page.select_option("#tirads-margin", "smooth")
    page.check("#tirads input[value=punctate]")
    open_file(page, pictures / "other.png")
    expect(page.locator("#own h3")).to_have_text("First your own reading")
    expect(page.locator("#tirads-margin")).to_have_value("")
    expect(page.locator("#tirads input[value=punctate]")).not_to_be_checked()
    page.click("#files button >> nth=0")
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")
    box = sides(page)
    expect(page.locator("#read")).to_be_enabled()
    expect(page.locator("#tirads-margin")).to_have_value("smooth")
    expect(page.locator("#tirads input[value=punctate]")).to_be_checked()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    open_file(page, pictures / "made.png")
    expect(page.locator("#own h3")).to_have_text("First your own reading")
    page.click("#add-box")
    for number, value in enumerate(box):
        page.fill(f"#nodules input >> nth={number}", str(value))
        page.keyboard.press("Tab")
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")


def test_the_level_of_the_panel_is_taken_over_unless_another_is_chosen(
    study: tuple[Page, Running], pictures: Path
) -> None:
    page, _ = study
    open_file(page, pictures / "made.png")
    page.fill("#own-probability", "22")
    draw(page, BOX)
    expect(page.locator("#own-probability")).to_have_value("22")  # what is typed stays while the box is drawn
    page.click("#tirads-panel summary")
    answers = {"composition": "solid-or-almost", "echogenicity": "hypoechoic", "shape": "wider-than-tall"}
    for name, answer in (answers | {"margin": "smooth"}).items():
        page.select_option(f"#tirads-{name}", answer)
    page.check("#tirads input[value=none]")
    expect(page.locator("#own-tirads")).to_have_value("TR4")
    page.select_option("#own-tirads", "TR5")
    page.select_option("#tirads-shape", "taller-than-wide")
    page.select_option("#tirads-echogenicity", "hyper-or-isoechoic")
    expect(page.locator("#tirads .level")).to_contain_text("6 points")
    expect(page.locator("#own-tirads")).to_have_value("TR5")


def test_tirads_stands_beside_the_model_and_says_whether_they_agree(page: Page, pictures: Path) -> None:
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    page.click("#tirads-panel summary")
    answers = {
        "composition": "solid-or-almost",
        "echogenicity": "very-hypoechoic",
        "shape": "taller-than-wide",
        "margin": "smooth",
    }
    for name, answer in answers.items():
        page.select_option(f"#tirads-{name}", answer)
    expect(page.locator("#tirads .level")).to_have_text("No level yet")
    page.check("#tirads input[value=punctate]")
    expect(page.locator("#tirads .level")).to_have_text("TR5 (11 points)")
    expect(page.locator("#agreement")).to_be_hidden()
    read(page)
    expect(page.locator("#agreement")).to_contain_text("They disagree: the model calls the nodule benign")
