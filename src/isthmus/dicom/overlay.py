"""The picture that a secondary capture holds: the frame, what was drawn and read on it, and a panel of text below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from isthmus.dicom.finding import Finding, Model
from isthmus.nodule import DISCLAIMER, Pixels

LEAST_WIDTH = 800  # pixels; a smaller frame is enlarged, so that the text can be read
REGION, CROP, TEXT, GROUND = (255, 214, 0), (86, 180, 233), (235, 235, 235), (0, 0, 0)  # told apart by the colour-blind


def overlay(pixels: Pixels, findings: Sequence[Finding], model: Model) -> Pixels:
    """The frame ``pixels``, uint8 (h, w) or (h, w, 3), with each finding's region, its crops by number, and below it
    the results in words: uint8 (h', w', 3). A refused nodule has its reasons, without numbers and crops.

    No name, number or date of a patient is drawn; those that are burnt into the frame stay.
    """
    frame = Image.fromarray(pixels).convert("RGB")
    scale = max(1, -(-LEAST_WIDTH // frame.width))
    frame = frame.resize((frame.width * scale, frame.height * scale), Image.Resampling.BICUBIC)
    font = _font(max(14, frame.width // 50))
    _draw(frame, findings, scale, font)
    lines = list(_wrapped(_lines(findings, model), font, frame.width - 20))
    step = round(1.35 * font.size)
    whole = Image.new("RGB", (frame.width, frame.height + step * len(lines) + 16), GROUND)
    whole.paste(frame, (0, 0))
    draw = ImageDraw.Draw(whole)
    for at, line in enumerate(lines):
        draw.text((10, frame.height + 8 + step * at), line, TEXT, font)
    return np.asarray(whole)


def results(finding: Finding, name: str) -> Iterator[str]:
    """What came of one nodule, called ``name``, in lines of text: benign or malignant with P and threshold, or why
    there is no verdict."""
    read = finding.prediction
    if read.verdict is None:
        yield f"{name}: no verdict, as {'; '.join(read.gate.reasons if read.gate else ())}."
    else:
        point = f", the threshold {read.operating_point}" if read.operating_point else ""
        yield (
            f"{name}: {read.verdict}, P(malignant) = {read.probability:.3f} "
            f"(malignant from {read.threshold:.3f} on{point})"
        )
        if read.label_set is not None:
            yield f"Not ruled out: {' and '.join(map(str, read.label_set)) or 'neither benign nor malignant'}"
        votes = ", ".join(f"{at}: {vote:.2f}" for at, vote in enumerate(read.votes, 1))
        yield f"Votes for malignant: whole {read.whole:.2f}" + (f"; crops {votes}" if votes else "")
    if finding.size_mm is not None:
        yield f"Size: {finding.size_mm[0]:.1f} x {finding.size_mm[1]:.1f} mm (width x height of the region)"
    if finding.grade is not None:
        points = "" if finding.grade.points is None else f", {finding.grade.points} points"
        yield f"TI-RADS {finding.grade.system}: {finding.grade.level or 'no level'}{points}"


def _lines(findings: Sequence[Finding], model: Model) -> Iterator[str]:
    for number, finding in enumerate(findings, 1):
        yield from results(finding, label(finding, number))
        yield from finding.notes
    yield f"isthmus {model.version}, model {model.name} {model.sha256[:12]}. Not verified by a physician."
    yield DISCLAIMER


def label(finding: Finding, number: int) -> str:
    """The nodule's number, and its name in ASCII: neither our font nor many viewers have Chinese."""
    has_letters = finding.nodule.isascii() and finding.nodule.isprintable()
    return f"nodule {number} ({finding.nodule})" if finding.nodule and has_letters else f"nodule {number}"


def _draw(frame: Image.Image, findings: Sequence[Finding], scale: int, font: ImageFont.FreeTypeFont) -> None:
    draw, line = ImageDraw.Draw(frame), max(2, frame.width // 400)
    for number, finding in enumerate(findings, 1):
        accepted = finding.prediction.verdict is not None
        for at, crop in enumerate(finding.crops if accepted else (), 1):
            x0, y0, x1, y1 = (scale * side for side in crop)
            draw.rectangle((x0 - 1, y0 - 1, x1 + 1, y1 + 1), outline=GROUND, width=3)
            draw.rectangle((x0, y0, x1, y1), outline=CROP)
            draw.text(((x0 + x1) / 2, (y0 + y1) / 2), str(at), CROP, font, "mm", stroke_width=2, stroke_fill=GROUND)
        outline = [(scale * x, scale * y) for x, y in finding.outline]
        draw.line(outline, GROUND, line + 2)
        draw.line(outline, REGION, line)
        x, y = min(outline, key=lambda point: (point[1], point[0]))
        above = y > 1.3 * font.size
        draw.text(
            (x, y - 3 if above else y + 3),
            str(number),
            REGION,
            font,
            "ls" if above else "lt",
            stroke_width=2,
            stroke_fill=GROUND,
        )


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # of a Pillow without FreeType it would be a bitmap
    return font


def _wrapped(lines: Iterator[str], font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    for line in lines:
        kept = ""
        for word in line.split():
            longer = f"{kept} {word}" if kept else word
            if kept and font.getlength(longer) > width:
                yield kept
                longer = f"    {word}"
            kept = longer
        yield kept
