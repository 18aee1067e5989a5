"""The report as a PDF of one sheet of A4, from the same content as the page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, Image, KeepInFrame, PageTemplate, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from isthmus.nodule import DISCLAIMER
from isthmus.report.nodule.content import BURNT_IN, NOT_VERIFIED, TITLE, VOTES, Content, Row, Section, content
from isthmus.report.nodule.letters import BOLD, REGULAR, marked_up, register, warnings
from isthmus.report.nodule.picture import Picture
from isthmus.report.nodule.report import NoduleReport
from isthmus.report.nodule.scale import WIDTH as FIELD
from isthmus.report.nodule.scale import Bar, Scale, Stroke

MARGIN = 12 * mm
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 5 * mm
SIDE, GAP = 58 * mm, 6 * mm
TOLD = WIDTH - SIDE - GAP
TALLEST = 58 * mm
INK, SOFT, RULE = HexColor("#1a1a1a"), HexColor("#55585c"), HexColor("#d4d7da")
FILLS = {"benign": HexColor("#73b1d3"), "malignant": HexColor("#d39a73"), "interval": HexColor("#6d6d6d")}
STROKES = {"mark": (INK, 3.0), "threshold": (INK, 1.0), "prevalence": (HexColor("#ffffff"), 2.0)}
SIZES = {"strong": (12, BOLD), "plain": (10.5, REGULAR), "soft": (9.5, REGULAR)}


def pdf(report: NoduleReport) -> bytes:
    """The report as a PDF of one page, the same bytes for the same report; what is too long is set smaller."""
    register()
    file = io.BytesIO()
    document = BaseDocTemplate(
        file, pagesize=A4, title=TITLE, author="isthmus", subject=DISCLAIMER, invariant=1, pageCompression=1
    )
    frame = Frame(MARGIN, MARGIN + 5 * mm, WIDTH, HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=_foot))
    document.build([KeepInFrame(WIDTH, HEIGHT - 1, list(_story(content(report))), mode="shrink")])
    return file.getvalue()


def _style(size: float, font: str = REGULAR, after: float = 1.2, colour: HexColor = INK) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font} {size} {after} {colour}",
        fontName=font,
        fontSize=size,
        leading=1.3 * size,
        spaceAfter=after * mm,
        textColor=colour,
        splitLongWords=True,
    )


HEADLINE, HEADING, LEAD = _style(15, BOLD, 2), _style(10, BOLD), _style(8.5, BOLD, 0)
BODY, SMALL, CELL = _style(7.8), _style(6.8, colour=SOFT), _style(7.5, after=0)


def _foot(canvas: Canvas, document: BaseDocTemplate) -> None:
    canvas.setFont(BOLD, 7)
    canvas.drawString(MARGIN, 9 * mm, DISCLAIMER)
    canvas.setFont(REGULAR, 6.5)
    canvas.drawRightString(A4[0] - MARGIN, 9 * mm, BURNT_IN)


def _story(page: Content) -> Iterator[Flowable]:
    yield _text(f"{DISCLAIMER} {NOT_VERIFIED}", SMALL)
    yield _text(page.title, HEADLINE)
    columns = [[*_pictures(page.pictures), *_rows(page.head, SIDE, 13 * mm)], list(_told(page))]
    yield Grid([columns], colWidths=[SIDE + GAP, TOLD], style=[*PLAIN, ("RIGHTPADDING", (0, 0), (0, 0), GAP)])
    for part in (page.model, page.limits):
        yield _text(part.title, HEADING)
        yield from _rows(part.rows, WIDTH, 38 * mm)
        yield from (Paragraph(marked_up(one), BODY, bulletText="•") for one in part.sentences)
    yield from (_text(one, BODY) for one in warnings(page.texts))


PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
]


def _pictures(pictures: Sequence[Picture]) -> Iterator[Flowable]:
    for one in pictures:
        scale = min(SIDE / one.width, TALLEST / one.height)
        yield Image(io.BytesIO(one.png), width=scale * one.width, height=scale * one.height, hAlign="LEFT")
        yield Spacer(1, 1 * mm)
        yield _text(one.caption, SMALL)


def _told(page: Content) -> Iterator[Flowable]:
    yield from _section(page.answer, page.scale, page.votes)
    yield from _section(page.tirads, None, ())
    if page.own:
        yield from _section(page.own, None, ())


def _section(section: Section, scale: Scale | None, votes: Sequence[Row]) -> Iterator[Flowable]:
    yield _text(section.title, HEADING)
    if section.lead:
        yield _framed(section.lead)
    if scale:
        yield _drawing(scale)
    yield from _rows(section.rows, TOLD, 16 * mm)
    yield from (_text(one, BODY) for one in section.sentences)
    if votes:
        yield _text(VOTES, SMALL)
        yield _table_of(votes)


def _framed(lead: str) -> Grid:
    looks = [
        ("BACKGROUND", (0, 0), (-1, -1), HexColor("#f3f4f5")),
        ("LINEBEFORE", (0, 0), (0, -1), 3, INK),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    return Grid([[_text(lead, LEAD)]], colWidths=[TOLD], style=looks, spaceAfter=1.5 * mm)


def _table_of(votes: Sequence[Row]) -> Grid:
    cells = [[_text(one.name, CELL) for one in votes], [_text(one.value, CELL) for one in votes]]
    width = min(14 * mm, TOLD / len(votes))
    looks = [*PLAIN, ("LINEBELOW", (0, 0), (-1, -1), 0.3, RULE)]
    return Grid(cells, colWidths=[width] * len(votes), style=looks, hAlign="LEFT", spaceAfter=1.5 * mm)


def _rows(rows: Iterable[Row], width: float, names: float) -> Iterator[Flowable]:
    cells = [[Paragraph(f"<b>{marked_up(one.name)}</b>", CELL), _text(one.value, CELL)] for one in rows]
    if cells:
        yield Grid(cells, colWidths=[names, width - names], style=PLAIN, hAlign="LEFT", spaceAfter=1.2 * mm)


def _drawing(scale: Scale) -> Drawing:
    """The scale's shapes; a drawing's y goes up."""
    size = TOLD / FIELD
    drawing = Drawing(TOLD, size * scale.height)
    drawing.scale(size, size)
    top = scale.height
    for one in scale.shapes:
        if isinstance(one, Bar):
            fill = FILLS[one.look]
            drawing.add(Rect(one.x0, top - one.y1, one.x1 - one.x0, one.y1 - one.y0, fillColor=fill, strokeColor=None))
        elif isinstance(one, Stroke):
            colour, width = STROKES[one.look]
            dashes = [4, 2] if one.look == "threshold" else None
            line = Line(one.x, top - one.y0, one.x, top - one.y1, strokeDashArray=dashes)
            line.strokeColor, line.strokeWidth = colour, width
            drawing.add(line)
        else:
            points, font = SIZES[one.look]
            colour = SOFT if one.look == "soft" else INK
            text = String(one.x, top - one.y, one.text, fontName=font, fontSize=points, fillColor=colour)
            text.textAnchor = one.anchor
            drawing.add(text)
    return drawing


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(marked_up(text), style)
