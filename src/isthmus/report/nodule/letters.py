"""Letters in the PDF: Latin ones are embedded from reportlab's font, Chinese, Japanese and Korean ones from one of this
machine; where it has none they are left to the viewer, and the sheet says so."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from isthmus.text import one_line

REGULAR, BOLD = "Vera", "VeraBd"  # reportlab brings them
CHINESE, KOREAN = "STSong-Light", "HYSMyeongJo-Medium"  # Adobe's names for what a viewer may have
NO_LETTER = ""
# TrueType fonts of Debian, macOS and Windows that have ideographs; reportlab embeds the letters that are used.
PLACES = (
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",  # fonts-droid-fallback
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",  # fonts-wqy-microhei, with Korean
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",  # fonts-wqy-zenhei
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
    "C:/Windows/Fonts/malgun.ttf",
)
NOT_EMBEDDED = (
    "The machine that made this sheet has no font with some of its letters: they are left to your viewer, which may "
    "show boxes or nothing in their place. The report as HTML shows them all."
)
NO_FONT = "Letters that no font has are written as their Unicode number, such as [U+0E01]. The report as HTML has them."


@functools.cache
def register() -> None:
    """Makes the fonts known to reportlab."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    for name in (CHINESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


@functools.cache
def embeddable(places: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the fonts in these files, of those that are there and can be embedded."""
    names = []
    for place in places:
        if not Path(place).is_file():
            continue
        name = f"machine-{Path(place).stem}"
        try:
            pdfmetrics.registerFont(TTFont(name, place))
        except (TTFError, OSError):
            continue
        names.append(name)
    return tuple(names)


def marked_up(text: str) -> str:
    """The text for a Paragraph, each run in a font that has its letters; what none has is written as its number.

    >>> marked_up("<a> 1")
    '&lt;a&gt; 1'
    """
    register()
    runs = ((font, "".join(letters)) for font, letters in groupby(one_line(text), _font))
    return "".join(_run(font, letters) for font, letters in runs)


def warnings(texts: Iterable[str]) -> tuple[str, ...]:
    """What the sheet has to say of letters in its texts that it doesn't hold."""
    register()
    fonts = {_font(letter) for text in texts for letter in set(one_line(text))}
    left = NOT_EMBEDDED if fonts & {CHINESE, KOREAN} else ""
    return tuple(one for one in (left, NO_FONT if NO_LETTER in fonts else "") if one)


def _run(font: str, letters: str) -> str:
    if font == NO_LETTER:
        return "".join(f"[U+{ord(letter):04X}]" for letter in letters)
    return escape(letters) if font == REGULAR else f'<font name="{font}">{escape(letters)}</font>'


def _font(letter: str) -> str:
    if _has(REGULAR, letter):
        return REGULAR
    if not _stands_alone(letter):
        return NO_LETTER
    found = next((name for name in embeddable(PLACES) if _has(name, letter)), None)
    return found or _viewers(letter)


def _has(font: str, letter: str) -> bool:
    return ord(letter) in pdfmetrics.getFont(font).face.charToGlyph


def _stands_alone(letter: str) -> bool:
    """Whether it is drawn right without shaping: Greek, Cyrillic, and letters of Chinese, Japanese and Korean."""
    at = ord(letter)
    return 0x370 <= at <= 0x4FF or 0x2E80 <= at <= 0x9FFF or 0xAC00 <= at <= 0xD7A3 or 0xF900 <= at <= 0xFFEE


def _viewers(letter: str) -> str:
    """The font, not embedded, that a viewer may have for a letter; NO_LETTER for none."""
    at = ord(letter)
    chinese = 0x391 <= at <= 0x451 or 0x3000 <= at <= 0x30FF or 0x4E00 <= at <= 0x9FFF or 0xFF01 <= at <= 0xFF5E
    for name, encoding in ((CHINESE, "gb18030"), (KOREAN, "euc-kr")):
        if name == CHINESE and not chinese:
            continue
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            continue
        return name
    return NO_LETTER
