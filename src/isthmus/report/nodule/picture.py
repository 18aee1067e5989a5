"""The pictures of the report: where the nodule lies, and the window round it with its crops. As PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from isthmus.dicom.overlay import CROP, GROUND, REGION
from isthmus.nodule import Box, Frame
from isthmus.report.nodule.report import NoduleReport

Rectangle = tuple[float, float, float, float]

SIDE = 720  # pixels of a picture's longer side
AROUND = 0.35  # of the nodule's longer side is shown round it, at least
CONTEXT = 1.2  # the same, in the picture of where it lies, unless more may be shown


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it shows."""

    png: bytes
    width: int
    height: int
    caption: str


def pictures(report: NoduleReport) -> tuple[Picture, ...]:
    """Where the nodule lies, and the nodule large, with the numbered crops where the model gives an answer."""
    box, crops = report.box, report.crops if report.answered else ()
    near = _round(box, report.frame, AROUND, [one.in_image for one in crops])
    seen, what = _overview(report)
    drawn = "the polygon that was drawn" if report.contour else "the box that was read"
    numbered = ", the crops of the network by number" if crops else ""
    return (
        _picture(report, seen, (), f"{what}; yellow: {drawn}."),
        _picture(report, near, [one.in_image for one in crops], f"The nodule{numbered}."),
    )


def _overview(report: NoduleReport) -> tuple[Box, str]:
    """What may be shown: the frame if asked for, else the file's tissue region, else what is round the nodule."""
    frame, box = report.frame, report.box
    if report.whole_frame:
        return Box(0, 0, frame.width, frame.height), "The whole picture"
    for region in frame.regions:
        area = region.box
        inside = area.x0 >= 0 and area.y0 >= 0 and area.x1 <= frame.width and area.y1 <= frame.height
        holds = area.x0 <= box.x0 and area.y0 <= box.y0 and box.x1 <= area.x1 and box.y1 <= area.y1
        if region.kind == "tissue" and inside and holds:
            return area, "The scan area"
    return _round(box, frame, CONTEXT, ()), "What is round the nodule"


def _round(box: Box, frame: Frame, share: float, others: Sequence[Rectangle]) -> Box:
    more = round(share * max(box.width, box.height))
    x0 = min([box.x0 - more, *(int(one[0]) - 2 for one in others)])
    y0 = min([box.y0 - more, *(int(one[1]) - 2 for one in others)])
    x1 = max([box.x1 + more, *(int(one[2]) + 3 for one in others)])
    y1 = max([box.y1 + more, *(int(one[3]) + 3 for one in others)])
    return Box(max(0, x0), max(0, y0), min(frame.width, x1), min(frame.height, y1))


def _by_place(crops: Sequence[Rectangle]) -> dict[Rectangle, str]:
    """The numbers of the crops at each place: a mirror image's lie on those of the image."""
    places: dict[Rectangle, str] = {}
    for number, (x0, y0, x1, y1) in enumerate(crops, 1):
        place = (round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1))
        places[place] = f"{places[place]}, {number}" if place in places else str(number)
    return places


def _picture(report: NoduleReport, shown: Box, crops: Sequence[Rectangle], caption: str) -> Picture:
    scale = SIDE / max(shown.width, shown.height)
    cut = Image.fromarray(report.frame.pixels[shown.y0 : shown.y1, shown.x0 : shown.x1]).convert("RGB")
    size = (max(1, round(scale * shown.width)), max(1, round(scale * shown.height)))
    image = cut.resize(size, Image.Resampling.BICUBIC)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(SIDE // 16)

    def at(x: float, y: float) -> tuple[float, float]:
        return scale * (x - shown.x0), scale * (y - shown.y0)

    for (x0, y0, x1, y1), numbers in _by_place(crops).items():
        corners = (*at(x0, y0), *at(x1, y1))
        draw.rectangle((corners[0] - 2, corners[1] - 2, corners[2] + 2, corners[3] + 2), outline=GROUND, width=8)
        draw.rectangle(corners, outline=CROP, width=4)
        middle = ((corners[0] + corners[2]) / 2, (corners[1] + corners[3]) / 2)
        draw.text(middle, numbers, CROP, font, "mm", stroke_width=4, stroke_fill=GROUND)
    box = report.box
    corners_of_box = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    outline = [at(x, y) for x, y in report.contour or corners_of_box]
    outline.append(outline[0])
    draw.line(outline, GROUND, 10)
    draw.line(outline, REGION, 5)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Picture(file.getvalue(), *image.size, caption)
