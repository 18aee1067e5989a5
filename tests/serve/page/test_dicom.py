"""DICOM on the page: frames of a clip, millimetres where the file has them, and files that can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from make.clip import clip, dual
from make.seen import BOX, by_command, draw, on_screen, open_file, read, sides


def measured(page: Page, start: tuple[int, int], end: tuple[int, int]) -> str:
    """What the ruler says between two points of the picture."""
    page.keyboard.press("r")
    page.mouse.move(*on_screen(page, start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, end), steps=4)
    page.mouse.up()
    return page.locator("#marks .ruler text").text_content() or ""


def test_a_frame_of_a_clip_is_read_as_the_command_reads_it(page: Page, pictures: Path, tmp_path: Path) -> None:
    file = clip(pictures / "made.png", tmp_path / "clip.dcm")
    open_file(page, file)
    page.hover("#stage")
    page.mouse.wheel(0, 120)
    expect(page.locator("#frame-shown")).to_have_text("2 of 3")
    page.focus("#frame-number")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#frame-shown")).to_have_text("3 of 3")
    draw(page, BOX)
    p, box = read(page), ",".join(map(str, sides(page)))
    command = by_command(file, "--frame", 3, "--box", box)
    assert (p, command["page"]) == (command["p_malignant"], 3)
    size = command["size_mm"]
    expect(page.locator("#cards h3")).to_have_text(f"Nodule 1: {size['width']:.1f} × {size['height']:.1f} mm")
    expect(page.locator("#facts")).to_contain_text("0.100 × 0.050 mm a pixel")


def test_the_ruler_has_the_millimetres_of_the_view_that_it_lies_in(page: Page, pictures: Path, tmp_path: Path) -> None:
    open_file(page, dual(pictures / "made.png", tmp_path / "dual.dcm"))
    expect(page.locator("#facts")).to_contain_text("2 views that have their own mm")
    expect(page.locator("#nodules-none")).to_contain_text("the scan area of the file is read")
    assert measured(page, (50, 100), (150, 100)) == "10.0 mm"
    assert measured(page, (350, 100), (450, 100)) == "20.0 mm"
    assert measured(page, (200, 100), (400, 100)) == "200 pixels"


def test_without_millimetres_the_ruler_has_pixels(page: Page, pictures: Path) -> None:
    open_file(page, pictures / "made.png")
    assert measured(page, (50, 100), (150, 100)) == "100 pixels"


@pytest.mark.parametrize(("part", "says"), [(0.5, "clip.dcm: "), (0.0, "clip.dcm")])
def test_a_file_that_is_cut_short_is_named(page: Page, pictures: Path, tmp_path: Path, part: float, says: str) -> None:
    file = clip(pictures / "made.png", tmp_path / "clip.dcm")
    file.write_bytes(file.read_bytes()[: int(part * file.stat().st_size)])
    page.set_input_files("#file", str(file))
    expect(page.locator("#message")).to_contain_text(says)
    expect(page.locator("#drop")).to_be_visible()
