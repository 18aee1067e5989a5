"""What every reader does alike: it decodes pictures, checks regions, and collects images, nodules and faults."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Protocol

from isthmus.data.dataset import DataSet, Decode, Fault, ImageRecord
from isthmus.data.names import name_under
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Label, Nodule, Point

Contour = tuple[Point, ...]


class Report(Protocol):
    """Takes a fault of one file and image: its kind, what was done, and what is wrong."""

    def __call__(self, kind: str, action: str, detail: str, *, broken: bool = False) -> None: ...


class Contents:
    """The images, nodules and faults under ``root``, in the order in which a reader adds them."""

    def __init__(self, root: Path, decode: Decode) -> None:
        self.root, self.decode = root, decode
        self.images: list[ImageRecord] = []
        self.nodules: list[Nodule] = []
        self.faults: list[Fault] = []

    def fault(self, file: Path, image: str, kind: str, action: str, detail: str, *, broken: bool = False) -> None:
        self.faults.append(Fault(name_under(self.root, file), image, kind, action, detail, broken))

    def report(self, file: Path, image: str) -> Report:
        """Adds faults of that file and image."""
        return functools.partial(self.fault, file, image)

    def frame(self, path: Path, origin: str, report: Report, place: str = "") -> Frame | None:
        """The picture at ``path``, which ``decode`` calls ``origin``; None, and a broken fault, if it can't be decoded.

        ``place`` is where the picture is named, such as "mark 2: ".
        """
        try:
            frame = self.decode(ImageRef(path), origin=origin)
        except DataError as error:
            report("unreadable-image", "left out", f"{place}image {path.name} {error.advice}", broken=True)
            return None
        report_display(frame, f"image {path.name}", report)
        return frame

    def data_set(self, kind: str, cases: int | None = None) -> DataSet:
        """All that was added. Without ``cases`` each patient counts as one."""
        cases = len({record.patient for record in self.images}) if cases is None else cases
        return DataSet(kind, self.root, tuple(self.images), tuple(self.nodules), tuple(self.faults), cases=cases)


def report_display(frame: Frame, name: str, report: Report) -> None:
    """Reports what a file shows otherwise than a single picture as it is stored."""
    if frame.orientation != 1:
        shown = f"is shown turned (EXIF orientation {frame.orientation})"
        report("orientation", "turned", f"{name} {shown}: boxes are of the picture as shown")
    if frame.pages > 1:
        report("several-pages", "page 1 read", f"{name} has {frame.pages} pages")


def name_unknown_classes(contents: Contents, unknown: Counter[str], file: Path, thing: str) -> None:
    """A broken fault of ``file`` for each class name that has no label, with its count of "object" or other things.

    Raises DataError, with all of them, where no nodule was read.
    """
    if unknown and not contents.nodules:
        names = ", ".join(f"{name!r} ({count})" for name, count in sorted(unknown.items()))
        raise DataError(
            f"{thing} names {names} are neither 'benign' nor 'malignant'",
            where=str(contents.root),
            remedy=f"Say what each means (benign, malignant, or none to leave it out): --classes "
            f"{','.join(f'{name}=...' for name in sorted(unknown))}.",
        )
    for name, count in sorted(unknown.items()):
        things = f"{count} {thing}{'' if count == 1 else 's'} named {name!r}"
        detail = f"{things}, which is neither 'benign' nor 'malignant'; see --classes"
        contents.fault(file, "", "unknown-class", "left out", detail, broken=True)


class Regions:
    """The regions of one image, which have to lie in it and to be drawn once."""

    def __init__(self, record: ImageRecord) -> None:
        self.record = record
        self.label_of: dict[tuple[Box, Contour], Label | None] = {}
        self.count = 0  # of nodules placed

    def placed(
        self, what: str, box: Box, contour: Contour, label: Label | None, report: Report, number: int | None = None
    ) -> Nodule | None:
        """The nodule in the part of a region that lies in the image; None, and a broken fault, if none does.

        It is named after its image and ``number``, or else its place among the nodules of the image. A region that is
        there already is a nodule too, and a fault, so that no count changes; with another label it is left out.
        ``what`` names the region in the faults, such as "object 2: the box".
        """
        record = self.record
        if not box.meets(record.width, record.height):
            report("outside", "left out", f"{what} ({box}) is outside the image", broken=True)
            return None
        if (box, contour) in self.label_of and self.label_of[box, contour] is not label:
            labels = f"{self.label_of[box, contour]} above, {label} here"
            report("two-labels", "left out", f"{what} ({box}) is {labels}", broken=True)
            return None
        if (box, contour) in self.label_of:
            report("repeated-region", "kept", f"{what} ({box}) stands there again")
        self.label_of[box, contour] = label
        if not box.fits(record.width, record.height):
            report("partly-outside", "clipped", f"{what} ({box}) leaves the image")
            right, bottom = record.width - 1.0, record.height - 1.0
            contour = tuple((min(max(x, 0.0), right), min(max(y, 0.0), bottom)) for x, y in contour)
        self.count += 1
        return Nodule(
            id=f"{record.id}-{self.count if number is None else number}",
            image=record.id,
            patient=record.patient,
            picture=record.picture,
            box=box.clipped(record.width, record.height),
            contour=contour,
            label=label,
            tirads=record.tirads,
        )
