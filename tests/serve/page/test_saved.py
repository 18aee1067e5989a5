"""What a reader saved is listed on the page, exported, and deleted whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from make.running import Running
from make.seen import BOX, draw, open_file, read, ready, serious, shown, sides


@pytest.fixture
def kept(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    one = Running(options=["--store", str(tmp_path / "store")])
    yield ready(context.new_page(), one.url)
    one.stop()


def save(page: Page, probability: str, level: str, reason: str = "") -> None:
    page.fill("#own-probability", probability)
    page.select_option("#own-tirads", level)
    if reason:
        page.fill("#own-reason", reason)
    page.click("#own button")
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")
    expect(page.locator("#own-reason")).to_have_value("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_all_that_the_page_has(kept: Page, pictures: Path, scheme: str) -> None:
    page, found = kept, []
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name in ("made.png", "other.png"):
        open_file(page, pictures / name)
        draw(page, BOX)
        page.fill("#own-reader", "AB")
        save(page, "30", "TR3")
        read(page)
        page.click("[data-keep='0']")
    page.click("#saved-panel summary")
    page.click("#tirads-panel summary")
    page.check("#show-map")
    expect(page.locator("#saved-panel li")).to_have_count(2)
    expect(page.locator("#views output")).to_be_visible()
    found += serious(page)
    assert found == []


def test_saved_readings_are_listed_exported_and_deleted(kept: Page, pictures: Path) -> None:
    page, entries = kept, kept.locator("#saved-panel li")
    page.click("#saved-panel summary")
    expect(page.locator("#saved-panel")).to_contain_text("Nobody's name is known yet")
    for name, probability in (("made.png", "30"), ("other.png", "80")):
        open_file(page, pictures / name)
        draw(page, BOX)
        page.fill("#own-reader", "王 AB")
        save(page, probability, "TR5")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("The model's reading was not shown")
    read(page)
    expect(entries.first).to_contain_text("Your level and the model disagree")
    save(page, "60", "TR4", "the votes are low")
    expect(entries.first).to_contain_text("60 %, TR4, as the votes are low.")
    with page.expect_download() as waited:
        page.click("[data-export]")
    with waited.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["reader"], row["mode"], row["score"]) for row in rows] == [
        ("王 AB", "unaided", "0.3"),
        ("王 AB", "unaided", "0.8"),
        ("王 AB", "aided", "0.6"),
    ]
    page.once("dialog", lambda dialog: dialog.accept())
    entries.first.get_by_text("Delete the case").click()
    expect(entries).to_have_count(1)
    expect(page.locator("#own h3")).to_have_text("Your own reading")


def test_a_saved_case_is_shown_again_with_its_drawing_and_the_model(kept: Page, pictures: Path) -> None:
    page, entries = kept, kept.locator("#saved-panel li")
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    page.fill("#own-reader", "AB")
    save(page, "30", "TR3")
    before, drawn = read(page), sides(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.click("#saved-panel summary")
    entries.first.get_by_text("Picture").click()
    expect(page.locator("#results")).to_be_visible()
    assert (shown(page), sides(page)) == (before, drawn)
    expect(page.locator("#own h3")).to_have_text("Your reading is saved and locked")
    page.once("dialog", lambda dialog: dialog.accept())
    entries.first.get_by_text("Delete the case").click()
    expect(page.locator("#drop")).to_be_visible()


def test_who_has_seen_the_model_first_is_told_and_the_list_says_so(kept: Page, pictures: Path) -> None:
    page = kept
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    late = page.locator("#own .late")
    expect(late).to_be_hidden()
    read(page)
    expect(late).to_be_visible()
    page.reload()
    page.wait_for_selector("body[data-ready]")
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    expect(late).to_be_visible()
    page.fill("#own-reader", "AB")
    save(page, "30", "TR3")
    page.click("#saved-panel summary")
    expect(page.locator("#saved-panel li")).to_contain_text("Saved after the model's reading was seen")
    with page.expect_download() as waited:
        page.click("[data-export]")
    with waited.value.path().open(encoding="utf-8", newline="") as file:
        assert [row["mode"] for row in csv.DictReader(file)] == ["aided"]
