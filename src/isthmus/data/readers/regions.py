"""What holds for a drawn region and for a picture, whatever kind of data set they come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from isthmus.data.dataset import ImageRecord
from isthmus.nodule import Box, Frame, Label, Point

Contour = tuple[Point, ...]


class Report(Protocol):
    """Takes a fault of a region or a picture: its kind, what was done, and what is wrong."""

    def __call__(self, kind: str, action: str, detail: str, *, broken: bool = False) -> None: ...


class Regions:
    """The regions of one image, which have to lie in it and to be drawn once."""

    def __init__(self, record: ImageRecord) -> None:
        self.record = record
        self.seen: dict[tuple[Box, Contour], Label | None] = {}

    def placed(
        self, what: str, box: Box, contour: Contour, label: Label | None, report: Report
    ) -> tuple[Box, Contour] | None:
        """The part of a region that lies in the image; None, and a broken fault, if none does.

        One that stands there already is kept and named, so that nothing a data set counts vanishes; with another label
        it is left out. ``what`` names the region in the faults, such as "object 2: the box".
        """
        width, height = self.record.width, self.record.height
        if not box.meets(width, height):
            report("outside", "left out", f"{what} ({box}) is outside the image", broken=True)
            return None
        if (box, contour) in self.seen and self.seen[box, contour] is not label:
            labels = f"{self.seen[box, contour]} above, {label} here"
            report("two-labels", "left out", f"{what} ({box}) is {labels}", broken=True)
            return None
        if (box, contour) in self.seen:
            report("repeated-region", "kept", f"{what} ({box}) stands there again")
        self.seen[box, contour] = label
        if not box.fits(width, height):
            report("partly-outside", "clipped", f"{what} ({box}) leaves the image")
            contour = tuple((min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)) for x, y in contour)
        return box.clipped(width, height), contour


def picture_faults(frame: Frame, name: str) -> Iterator[tuple[str, str, str]]:
    """Kind, action and detail of what a file shows otherwise than a single picture as it is stored."""
    if frame.orientation != 1:
        detail = f"{name} is shown turned (EXIF orientation {frame.orientation}): boxes are of the picture as shown"
        yield "orientation", "turned", detail
    if frame.pages > 1:
        yield "several-pages", "page 1 read", f"{name} has {frame.pages} pages"
