"""Similar cases on the page: off until asked for, as the command gives them, and gone when the drawing changes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from make.seen import BOX, by_command, draw, open_file, read, sides


def test_cases_come_when_asked_for_and_go_with_the_drawing(page: Page, pictures: Path) -> None:
    file = pictures / "made.png"
    open_file(page, file)
    draw(page, BOX)
    read(page)
    expect(page.locator("#show-similar")).not_to_be_checked()
    expect(page.locator("#similar li")).to_have_count(0)
    page.check("#show-similar")
    expect(page.locator("#similar li")).to_have_count(5)
    found = by_command(file, "--box", ",".join(map(str, sides(page))), "--similar=5")["similar"]
    shown = page.locator("#similar li").all_text_contents()
    assert [one.split(";")[0] for one in shown] == [case["label"] for case in found["cases"]]
    expect(page.locator("#similar")).to_contain_text(found["sentences"][-1])
    page.click("#nodules button")
    draw(page, BOX)
    read(page)
    expect(page.locator("#similar li")).to_have_count(0)
