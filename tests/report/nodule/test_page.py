"""The page and the PDF of one nodule: whole, one sheet, and safe whatever the names."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from isthmus.infer.answer import read_nodules
from isthmus.infer.predictor import Predictor
from isthmus.nodule import DISCLAIMER, Box, Frame, ScanRegion
from isthmus.report.nodule.content import content
from isthmus.report.nodule.page import html
from isthmus.report.nodule.pdf import pdf
from isthmus.report.nodule.report import Interval, NoduleReport
from make.gated import roi
from make.nodule_report import prediction, report

NAMES = ("<b>&\"'", "</para>", "王秀英 김철수 Иванов ไทย", "\ud800\x1b[2J\n", "x" * 500)


class Links(HTMLParser):
    """Every address that a page would fetch, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: bytes) -> Links:
    links = Links()
    links.feed(page.decode())
    return links


def sheets(file: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", file))


def test_the_page_holds_all_that_it_needs_and_no_script() -> None:
    page = parsed(html(report()))
    assert page.addresses
    assert all(one.startswith("data:image/png;base64,") for one in page.addresses)
    assert "script" not in page.tags
    assert page.text.count(DISCLAIMER) == 2
    assert b"url(" not in html(report())
    assert b"@import" not in html(report())


def test_the_page_says_what_the_content_says() -> None:
    made = report()
    page, text = content(made), parsed(html(made)).text
    for section in (page.answer, page.tirads, page.model, page.limits):
        assert section.title in text
        assert section.lead in text
        assert all(row.value in text for row in section.rows)
        assert all(one in text for one in section.sentences)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_kind_stay_text(name: str) -> None:
    made = report(title=name, patient=name, picture=name)
    page = parsed(html(made))
    assert "para" not in page.tags
    if name == NAMES[0]:
        assert page.text.count(name) >= 3
    assert sheets(pdf(made)) == 1


@pytest.mark.parametrize("refused", [(), ("it is unlike the nodules that the model learned from",)])
@pytest.mark.parametrize("graded", [True, False])
def test_the_pdf_is_one_sheet_and_the_same_each_time(refused: tuple[str, ...], graded: bool) -> None:
    made = report(prediction=prediction(refused=refused), **({} if graded else {"grading": None}))
    file = pdf(made)
    assert file.startswith(b"%PDF-")
    assert file.rstrip().endswith(b"%%EOF")
    assert sheets(file) == 1
    assert file == pdf(made)
    assert html(made) == html(made)


def test_too_much_for_a_sheet_is_set_smaller() -> None:
    interval = Interval(0.7, 0.9, "an interval of " + "very " * 1500 + "many words")
    assert sheets(pdf(report(interval=interval, title="long " * 100))) == 1


@pytest.mark.parametrize("shape", [(1000, 200), (200, 1000), (200, 200, 3)])
def test_pictures_of_any_form_fit(shape: tuple[int, ...]) -> None:
    frame = Frame(np.full(shape, 90, np.uint8))
    made = report(frame=frame, whole_frame=True)
    assert sheets(pdf(made)) == 1


def test_of_a_reading_finds_crops_millimetres_and_model() -> None:
    predictor = Predictor.load("tn5000-hfcn", threads=1)
    region = ScanRegion(Box(0, 0, 200, 200), "tissue", (0.1, 0.2))
    frame, box = Frame(roi(0, 200), regions=(region,)), Box(60, 50, 140, 120)
    (read,) = read_nodules(predictor, frame, [box])
    made = NoduleReport.of(predictor, read, frame, at="2020-01-01")
    assert made.size_mm == pytest.approx((16.0, 7.0))
    assert [one.probability for one in made.crops] == list(read.prediction.votes)
    assert made.origin.model.name == predictor.bundle.name
    without = NoduleReport.of(predictor, read_nodules(predictor, Frame(roi(0, 200)), [box])[0], Frame(roi(0, 200)))
    assert without.size_mm is None
    assert "millimetres" in without.no_size
    (undrawn,) = read_nodules(predictor, frame)
    assert NoduleReport.of(predictor, undrawn, frame).size_mm is None
    assert sheets(pdf(made)) == 1
    assert parsed(html(made)).text.count("2770") >= 2


def test_neither_torch_nor_matplotlib_is_needed() -> None:
    code = (
        "import sys\nsys.modules['torch'] = sys.modules['matplotlib'] = None\n"
        "import isthmus.report.nodule.page, isthmus.report.nodule.pdf"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pictures_are_png_of_the_size_that_they_say() -> None:
    for one in content(report()).pictures:
        assert Image.open(io.BytesIO(one.png)).size == (one.width, one.height)
