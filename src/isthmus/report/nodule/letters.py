"""Letters in the PDF: those of Latin are embedded; Chinese, Japanese and Korean ones are the viewer's own."""

from __future__ import annotations

import functools
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from isthmus.text import one_line

REGULAR, BOLD = "Vera", "VeraBd"  # reportlab brings them
CHINESE, KOREAN = "STSong-Light", "HYSMyeongJo-Medium"  # Adobe's names for what every viewer replaces
NO_LETTER = ""


@functools.cache
def register() -> None:
    """Makes the fonts known to reportlab."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    for name in (CHINESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def marked_up(text: str) -> str:
    """The text for a Paragraph, each run in a font that has its letters; what none has is written as its number.

    >>> marked_up("<结节> 1")
    '&lt;<font name="STSong-Light">结节</font>&gt; 1'
    """
    register()
    runs = ((font, "".join(letters)) for font, letters in groupby(one_line(text), _font))
    return "".join(_run(font, letters) for font, letters in runs)


def _run(font: str, letters: str) -> str:
    if font == NO_LETTER:
        return "".join(f"[U+{ord(letter):04X}]" for letter in letters)
    return escape(letters) if font == REGULAR else f'<font name="{font}">{escape(letters)}</font>'


def _font(letter: str) -> str:
    if ord(letter) in pdfmetrics.getFont(REGULAR).face.charToGlyph:
        return REGULAR
    for name, encoding in ((CHINESE, "gb18030"), (KOREAN, "euc-kr")):
        if name == CHINESE and not _is_chinese(letter):
            continue
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            continue
        return name
    return NO_LETTER


def _is_chinese(letter: str) -> bool:
    """Whether the Chinese font has it: Greek, Cyrillic, kana and the ideographs of the first plane."""
    at = ord(letter)
    return 0x391 <= at <= 0x451 or 0x3000 <= at <= 0x30FF or 0x4E00 <= at <= 0x9FFF or 0xFF01 <= at <= 0xFF5E
