"""A reader saves the report of the nodule on the screen, and it says what the screen says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from isthmus.nodule import DISCLAIMER
from make.programs import program
from make.seen import BOX, draw, open_file, read

ANSWERS = {
    "composition": "solid-or-almost",
    "echogenicity": "hypoechoic",
    "shape": "taller-than-wide",
    "margin": "smooth",
}


def saved(page: Page, form: str, to: Path) -> Path:
    """Saves the report of the first nodule, and gives the file."""
    with page.expect_download() as waited:
        page.click(f"[data-report={form}] >> nth=0")
    file = to / waited.value.suggested_filename
    waited.value.save_as(file)
    return file


def test_the_report_has_the_number_the_tirads_and_the_interval_of_the_screen(
    page: Page, pictures: Path, tmp_path: Path
) -> None:
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    page.click("#tirads-panel summary")
    for name, answer in ANSWERS.items():
        page.select_option(f"#tirads-{name}", answer)
    page.check("#tirads input[value=none]")
    page.fill("#prevalence", "10")
    p = read(page)
    page.fill("#report-title-0", "left lobe 左叶")
    html = saved(page, "html", tmp_path).read_text(encoding="utf-8")
    expect(page.locator(".save-report [role=status]")).to_contain_text("Your TI-RADS stands on it")
    for told in (f"P(malignant) is {p:.3f}", "TR5", "7 points", "10.0 % of nodules", "left lobe 左叶", DISCLAIMER):
        assert told in html
    assert "95 % interval of the share of malignant nodules among 384" in html
    assert page.locator("#agreement").inner_text() in html
    assert "made.png" not in html
    pdf = saved(page, "pdf", tmp_path)
    assert pdf.name.startswith("nodule-1-")
    words = subprocess.run([program("pdftotext", "poppler-utils"), pdf, "-"], capture_output=True, check=True)
    assert f"P(malignant) is {p:.3f}" in words.stdout.decode()


def test_of_several_nodules_each_has_its_own_report(page: Page, pictures: Path, tmp_path: Path) -> None:
    open_file(page, pictures / "made.png")
    draw(page, BOX)
    page.click("#add-box")
    expect(page.locator("#nodules li")).to_have_count(2)
    for side, value in enumerate((110, 90, 250, 210)):
        page.fill(f"#nodules li >> nth=1 >> input >> nth={side}", str(value))
        page.keyboard.press("Tab")
    read(page)
    second = float(page.locator("#cards .p").nth(1).get_attribute("data-p") or "nan")
    with page.expect_download() as waited:
        page.click("[data-report=html] >> nth=1")
    assert f"P(malignant) is {second:.3f}" in waited.value.path().read_text(encoding="utf-8")
    expect(page.locator(".save-report [role=status]").nth(1)).to_contain_text("no TI-RADS stands on it")


def test_the_report_of_a_refused_picture_has_no_number(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "flat.png"
    Image.fromarray(np.full((200, 200), 90, np.uint8)).save(file)
    open_file(page, file)
    page.click("#read")
    expect(page.locator("#cards .abstain")).to_have_text("No answer")
    html = saved(page, "html", tmp_path).read_text(encoding="utf-8")
    assert "gives no answer" in html
    assert re.search(r"P\(malignant\) is \d", html) is None
