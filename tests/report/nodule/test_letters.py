"""Letters of the PDF: embedded where this machine has a font with them, else the sheet says so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from isthmus.report.nodule import letters
from isthmus.report.nodule.letters import NO_FONT, NOT_EMBEDDED, marked_up, warnings
from isthmus.report.nodule.pdf import pdf
from make.nodule_report import report
from make.programs import program

CHINESE = "王秀英 左叶结节"


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a font that has ideographs."""
    monkeypatch.setattr(letters, "PLACES", ())


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with one: a font made here, whose letters are all one square."""
    made = tmp_path / "made-squares.ttf"
    write_font(made, CHINESE)
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(letters, "PLACES", (str(tmp_path / "gone.ttf"), str(tmp_path / "broken.ttf"), str(made)))


def write_font(to: Path, text: str) -> None:
    """A TrueType font with a square for each letter."""
    names = {ord(letter): f"u{ord(letter):04X}" for letter in set(text)}
    pen = TTGlyphPen(None)
    for number, point in enumerate(((100, 0), (100, 800), (900, 800), (900, 0))):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    square = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", *names.values()])
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys((".notdef", *names.values()), square))
    font.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (1000, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Squares", "styleName": "Regular", "psName": "Squares-Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(to)


def told(file: bytes) -> str:
    """The words of a PDF."""
    command = [program("pdftotext", "poppler-utils"), "-raw", "-", "-"]
    return subprocess.run(command, input=file, capture_output=True, check=True).stdout.decode()


@pytest.mark.usefixtures("within")
def test_chinese_is_embedded_where_a_font_has_it() -> None:
    made = pdf(report(title=CHINESE, patient=CHINESE))
    assert b"/FontFile2" in made
    assert re.search(rb"/BaseFont /[A-Z]{6}\+Squares", made)
    assert b"STSong" not in marked_up(CHINESE).encode()
    assert warnings([CHINESE]) == ()
    assert CHINESE in told(made)
    assert NOT_EMBEDDED[:40] not in told(made)


@pytest.mark.usefixtures("without")
def test_without_such_a_font_the_sheet_says_that_letters_may_be_missing() -> None:
    assert "STSong-Light" in marked_up("结节")
    assert "HYSMyeongJo" in marked_up("김")
    assert warnings(["结节"]) == (NOT_EMBEDDED,)
    flat = " ".join(told(pdf(report(patient=CHINESE))).split())
    assert NOT_EMBEDDED in flat
    assert NOT_EMBEDDED not in " ".join(told(pdf(report())).split())


@pytest.mark.usefixtures("within")
def test_letters_that_no_font_has_are_written_as_numbers_and_the_sheet_says_so() -> None:
    assert marked_up("ไ") == "[U+0E44]"
    assert marked_up("P ≥ 0.5 – “x”") == "P ≥ 0.5 – “x”"
    assert warnings(["ไ"]) == (NO_FONT,)
    assert "[U+0E44]" in told(pdf(report(patient="ไ")))
