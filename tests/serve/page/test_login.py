"""Signing in on the page, with the keyboard, and out of it; nothing else is shown before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from isthmus.serve.login.users import Users
from isthmus.serve.store import Store
from make.running import Running
from make.seen import BOX, WAIT, draw, open_file, read, serious
from make.users import PASSWORDS


@pytest.fixture
def guarded(context: BrowserContext, tmp_path: Path) -> Iterator[tuple[Page, Running]]:
    store = Store(tmp_path / "store")
    Users(store.engine).add("Ada", PASSWORDS["Ada"])
    store.close()
    one = Running(options=["--store", str(tmp_path / "store"), "--login"])
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(one.url)
    page.wait_for_selector("body[data-ready]")
    yield page, one
    one.stop()


def test_in_with_the_keyboard_read_and_out(guarded: tuple[Page, Running], pictures: Path) -> None:
    page, running = guarded
    assert page.url == running.url + "login"
    page.keyboard.type("Ada")
    page.keyboard.press("Tab")
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("the name or the password is wrong")
    page.keyboard.type(PASSWORDS["Ada"])
    page.keyboard.press("Enter")
    page.wait_for_url(running.url)
    page.click("#about button")
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    expect(page.locator("#own-reader")).to_have_value("Ada")
    assert 0 < read(page) < 1
    running.restart()
    assert 0 < read(page) < 1  # the session outlives the service
    page.click("#sign-out")
    page.wait_for_url(running.url + "login")
    page.goto(running.url)
    page.wait_for_url(running.url + "login")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_by_axe(guarded: tuple[Page, Running], scheme: str) -> None:
    page, _ = guarded
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert serious(page) == []
