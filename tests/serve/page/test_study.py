"""A whole tiny study on the page: two readers, three nodules, from the first to what `isthmus readers` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from make.commands import isthmus
from make.planned import plan
from make.running import Running
from make.seen import serious


@pytest.fixture
def study(context: BrowserContext, tmp_path: Path) -> Iterator[tuple[Page, Running]]:
    path = plan(tmp_path / "planned")
    one = Running(options=["--store", str(tmp_path / "store"), "--study", str(path)])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page, one
    one.stop()


def begin(page: Page, url: str, reader: str) -> None:
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    page.select_option("#reader", reader)
    page.click("#begin button")
    expect(page.locator("#opinion button")).to_be_visible()


def give(page: Page, p: int, level: str, reason: str = "") -> None:
    """Fills in an opinion and locks it; waits until the step is another."""
    step = "".join(page.locator(one).inner_text() for one in ("#progress", "#session", "#opinion h3"))
    page.fill("#own-probability", str(p))
    page.select_option("#own-tirads", level)
    if reason:
        page.fill("#own-reason", reason)
    page.click("#opinion button")
    page.wait_for_function(
        "was => !document.getElementById('end').hidden || document.getElementById('progress').innerText"
        " + document.getElementById('session').innerText + document.querySelector('#opinion h3').innerText !== was",
        arg=step,
    )


def test_two_readers_read_three_nodules(study: tuple[Page, Running], tmp_path: Path) -> None:
    page, running = study
    for reader in ("anna", "ben"):
        begin(page, running.url, reader)
        for number in (1, 2, 3):
            expect(page.locator("#progress")).to_have_text(f"Nodule {number} of 3")
            expect(page.locator("#answer")).to_be_hidden()
            give(page, 30 + number, "TR4")
            expect(page.locator("#answer")).to_contain_text("P(malignant) = 0.")
            if (reader, number) == ("anna", 2):  # stopped and gone on with, after the service was started anew
                running.restart()
                begin(page, running.url, reader)
                expect(page.locator("#opinion")).to_contain_text("Yours before: 32 %, TR4.")
            page.click("#opinion button") if number == 3 else give(page, 70 + number, "TR5", "the model's reading")
        expect(page.locator("#ended")).to_contain_text("turned round on purpose for 1 of 3 nodules")
    (file,) = (tmp_path / "store").glob("study-*.sqlite")
    told = json.loads(isthmus("readers", file, "--json", "--export", tmp_path / "grades.csv").stdout)
    assert (told["modes"], told["reads"]) == (["before", "after"], 12)
    rows = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 2 * 3 * 2
    assert sum(",the model's reading," in row for row in rows) == 4


def test_a_crossover_shows_the_model_in_one_session_alone(context: BrowserContext, tmp_path: Path) -> None:
    path = plan(tmp_path / "planned", "crossover", washout_days=0)
    running = Running(options=["--store", str(tmp_path / "store"), "--study", str(path)])
    page = context.new_page()
    begin(page, running.url, "anna")
    sessions: dict[str, list[bool]] = {}
    for _ in range(6):
        sessions.setdefault(page.locator("#session").inner_text(), []).append(page.locator("#answer").is_visible())
        give(page, 40, "TR4")
    running.stop()
    assert set(sessions) == {"Session 1 of 2", "Session 2 of 2"}
    assert sorted(sessions.values()) == [[False] * 3, [True] * 3]
    expect(page.locator("#ended")).to_contain_text("All is read")


def test_a_change_of_mind_needs_a_reason(study: tuple[Page, Running]) -> None:
    page, running = study
    begin(page, running.url, "anna")
    give(page, 30, "TR4")
    page.fill("#own-probability", "80")
    page.click("#opinion button")
    expect(page.locator("#own-reason")).to_be_focused()
    expect(page.locator("#progress")).to_have_text("Nodule 1 of 3")


def test_another_tab_cant_lock_a_second_time(study: tuple[Page, Running], context: BrowserContext) -> None:
    page, running = study
    other = context.new_page()
    for tab in (page, other):
        begin(tab, running.url, "anna")
    give(page, 30, "TR4")
    other.fill("#own-probability", "90")
    other.select_option("#own-tirads", "TR5")
    other.click("#opinion button")
    expect(other.locator("#reading [data-message]")).to_contain_text("is locked already")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state(study: tuple[Page, Running], scheme: str) -> None:
    page, running = study
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(running.url)
    page.wait_for_selector("body[data-ready]")
    found = serious(page)
    begin(page, running.url, "ben")
    found += serious(page)
    give(page, 30, "TR4")
    found += serious(page)
    for _ in range(2):
        give(page, 30, "TR4")
        give(page, 30, "TR4")
    page.click("#opinion button")
    expect(page.locator("#ended")).to_be_visible()
    assert found + serious(page) == []


def test_with_keys_alone(study: tuple[Page, Running]) -> None:
    page, running = study
    page.goto(running.url)
    page.wait_for_selector("body[data-ready]")
    page.focus("#reader")
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_be_focused()
    for text in ("TR4", "35"):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("P(malignant)")
