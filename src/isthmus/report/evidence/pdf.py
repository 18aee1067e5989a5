"""The report of evidence as a PDF, from the same content as the page, by reportlab: nothing of the system is needed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.sax.saxutils import escape

import matplotlib
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
)
from reportlab.platypus import Table as Grid

from isthmus.nodule import DISCLAIMER
from isthmus.report.evidence.content import Content, Drawing, Listing, Section
from isthmus.report.plots import STYLE
from isthmus.report.render import VALIDITY
from isthmus.report.table import Cell, Table

MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
DOTS = 160  # an inch
NARROW = 0.65  # of another column's width: one of plain numbers
LEAST = 32 * mm  # of a table that stays with its title
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"  # matplotlib brings them: they have ≥ and −


def pdf(report: Content) -> bytes:
    """The report as a PDF: the same bytes for the same content."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{matplotlib.get_data_path()}/fonts/ttf/{name}.ttf"))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    file = io.BytesIO()
    document = BaseDocTemplate(
        file, pagesize=A4, title=report.title, author="isthmus", subject=DISCLAIMER, invariant=1, pageCompression=1
    )
    frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, leftPadding=0, rightPadding=0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=_foot))
    document.build(list(_story(report)))
    return file.getvalue()


def _style(size: float, font: str = REGULAR, after: float = 2.0, colour: str = "#1a1a1a") -> ParagraphStyle:
    return ParagraphStyle(
        f"{font} {size} {after}",
        fontName=font,
        fontSize=size,
        leading=1.35 * size,
        spaceAfter=after * mm,
        textColor=colors.HexColor(colour),
    )


TITLE, HEADING, NAME = _style(19, BOLD, 3), _style(12.5, BOLD, 2), _style(9.5, BOLD, 1.2)
BODY, SMALL, CELL = _style(9, after=1.6), _style(7.4, after=1.2, colour="#55585c"), _style(6.8, after=0)


def _foot(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont(REGULAR, 7)
    canvas.drawString(MARGIN, 9 * mm, DISCLAIMER)
    canvas.drawRightString(A4[0] - MARGIN, 9 * mm, str(document.page))


def _story(report: Content) -> Iterator[Flowable]:
    yield _text(report.title, TITLE)
    yield _text(report.summary, BODY)
    for title, sentences in (("On these data, the model can", report.can), ("It can’t", report.cannot)):
        yield _text(title, HEADING)
        yield from (Paragraph(escape(one), BODY, bulletText="•") for one in sentences)
    yield _text(f"{DISCLAIMER} {VALIDITY}", SMALL)
    yield PageBreak()
    for section in report.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[Flowable]:
    heading: list[Flowable] = [_text(section.title, HEADING)]
    paragraphs = [_text(one, BODY) for one in section.paragraphs]
    yield KeepTogether([*heading, *paragraphs])
    for drawing in section.drawings:
        yield KeepTogether(list(_drawing(drawing)))
    for listing in section.listings:
        yield from _listing(listing)


def _drawing(drawing: Drawing) -> Iterator[Flowable]:
    if drawing.figure:
        with matplotlib.rc_context(STYLE):
            picture = io.BytesIO()
            drawing.figure.savefig(picture, format="png", dpi=DOTS, metadata={"Software": None})
        wide, high = drawing.figure.get_size_inches()
        width = min(WIDTH, 72 * wide)
        yield Image(picture, width=width, height=width * high / wide, hAlign="LEFT")
    yield _text(f"{drawing.title}. {drawing.caption}", SMALL)


def _listing(listing: Listing) -> Iterator[Flowable]:
    yield CondPageBreak(LEAST)
    yield _text(listing.title, NAME)
    yield _text(listing.caption, SMALL)
    yield _grid(listing.table)
    yield from (_text(f"{sign}: {note}", SMALL) for sign, note in listing.table.notes)


def _grid(table: Table) -> Grid:
    count = len(table.columns)
    rows = [[Paragraph(f"<b>{escape(one.title)}</b>", CELL) for one in table.columns]]
    spans: list[tuple[object, ...]] = []
    for heading, lines in table.blocks.items():
        if heading:
            spans.append(("SPAN", (0, len(rows)), (-1, len(rows))))
            rows.append([Paragraph(f"<b>{escape(heading)}</b>", CELL), *[""] * (count - 1)])
        for one in lines:
            missing = count - len(one.cells)
            if missing:
                spans.append(("SPAN", (len(one.cells) - 1, len(rows)), (-1, len(rows))))
            rows.append([*(_cell(cell) for cell in one.cells), *[""] * missing])
    looks = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.HexColor("#d4d7da")),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        *spans,
    ]
    shares = [NARROW if one.kind == "number" else 1.0 for one in table.columns]
    widths = [WIDTH * share / sum(shares) for share in shares]
    return Grid(rows, colWidths=widths, repeatRows=1, style=looks, spaceAfter=3 * mm)


def _cell(cell: Cell) -> Paragraph:
    below = f'<br/><font size="5.8" color="#55585c">{escape(cell.below)}</font>' if cell.below else ""
    note = f" <super>{escape(cell.note)}</super>" if cell.note else ""
    return Paragraph(f"{escape(cell.text)}{note}{below}", CELL)


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)
