"""Similar cases on the page: off until asked for, as the command gives them, and gone when the drawing changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from isthmus.data.sources import open_source
from isthmus.export import write
from make.running import Running
from make.seen import BOX, by_command, draw, open_file, read, ready, sides
from make.training import TINY


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


def test_pictures_are_shown_where_the_training_data_are_at_hand(
    context: BrowserContext, phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "FEWEST", 10)
    data = open_source("phantom", phantom)
    recipe = TINY.changed(epochs=1, patience=0)
    bundle = write.train_bundle(data, recipe, tmp_path / "model", device="cpu")
    nodule = data.labelled[0]
    service = Running(str(bundle.folder), ["--training-data", str(phantom)])
    try:
        page = ready(context.new_page(), service.url)
        open_file(page, nodule.picture.path)
        draw(page, (nodule.box.x0, nodule.box.y0, nodule.box.x1, nodule.box.y1))
        read(page)
        page.check("#show-similar")
        pictures = page.locator("#similar img")
        expect(pictures).to_have_count(5)
        widths = pictures.evaluate_all(
            "all => Promise.all(all.map((one) => one.decode().then(() => one.naturalWidth)))"
        )
        assert widths == [recipe.preparation.size] * 5
        expect(page.locator("#similar")).to_contain_text("mirrored")
    finally:
        service.stop()
