"""Two views of one nodule on the page: each alone, and their mean with what it is worth."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from make.seen import BOX, draw, open_file, read


def test_two_pictures_are_joined_and_the_mean_follows_the_prevalence(page: Page, pictures: Path) -> None:
    alone = []
    for name in ("made.png", "other.png"):
        open_file(page, pictures / name)
        draw(page, BOX)
        alone.append(read(page))
        page.click("[data-keep='0']")
    views, value = page.locator("#views"), page.locator("#views output")
    expect(views.locator("li")).to_have_count(2)
    expect(views).to_contain_text(f"P(malignant) = {alone[1]:.3f}, on the benign side")
    expect(views).to_contain_text("not validated")
    mean = float(value.get_attribute("data-p") or "nan")
    assert mean == pytest.approx(sum(alone) / 2)
    page.fill("#prevalence", "10")
    page.keyboard.press("Tab")
    expect(value).not_to_have_attribute("data-p", str(mean))
    views.locator(".remove").first.click()
    expect(value).to_have_count(0)
    expect(views.locator("li")).to_have_count(1)
