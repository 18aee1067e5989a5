"""DDTI: the Digital Database of Thyroid Ultrasound Images, as it really is on disk.

L. Pedraza et al., "An open access thyroid ultrasound-image database", SPIE 9287 (2015), doi 10.1117/12.2073532.
One XML a case, ``<case>.xml``, beside its images, ``<case>_<image>.jpg``; flat or in subfolders.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, Fault, ImageRecord
from isthmus.data.labels import NO_CLASSES, TIRADS, Classes
from isthmus.data.names import folded, name_under, stem_of
from isthmus.data.readers.regions import Regions, picture_faults
from isthmus.data.walk import files_under
from isthmus.errors import DataError, UsageError
from isthmus.nodule import Box, ImageRef, Nodule, Point
from isthmus.progress import Progress, silent

ANNOTATION_LIMIT = 2500  # characters; DDTI's database cut longer annotations here
DESCRIPTORS = ("composition", "echogenicity", "margins", "calcifications")
SPELLINGS = {
    "ill- defined": "ill defined",
    "microcalcification": "microcalcifications",
    "macrocalcification": "macrocalcifications",
    "non": "none",
}
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)  # what odd JSON raises


@dataclass(frozen=True)
class Region:
    """One drawn region of a mark, as written: its points in pixels and its kind ("freehand", "arrow" or "")."""

    points: tuple[Point, ...]
    kind: str


def read(
    root: Path,
    progress: Progress = silent,
    classes: Classes = NO_CLASSES,
    decode: Decode = pixels.read_picture,
) -> DataSet:
    """Reads DDTI under ``root``. Labels are left to a policy; nodules without a TI-RADS are kept, unlabelled.

    Raises DataError if the folder is missing, UsageError for ``classes``, of which DDTI has none. Whatever is wrong
    inside the folder becomes a Fault.
    """
    if classes:
        raise UsageError("DDTI has no class names", where="--classes", remedy="Choose a policy with --labels instead.")
    files, faults = files_under(root, lambda path: pixels.is_image(path) or _is_xml(path))
    image_paths = [path for path in files if not _is_xml(path)]
    annotations = [path for path in files if _is_xml(path)]
    repeated = _repeated_stems(annotations)
    by_stem = {(path.parent, folded(stem_of(path))): path for path in image_paths}
    by_case: dict[tuple[Path, str], set[Path]] = defaultdict(set)
    for (folder, stem), path in by_stem.items():
        by_case[folder, _case(stem)].add(path)
    images: list[ImageRecord] = []
    nodules: list[Nodule] = []
    annotated: set[Path] = set()
    for annotation in progress(sorted(annotations, key=_natural), "reading"):
        beside = by_case[annotation.parent, folded(stem_of(annotation))]
        case = _Case(root, annotation, by_stem, beside, repeated, decode)
        case.read()
        images += case.images
        nodules += case.nodules
        faults += case.faults
        annotated |= case.claimed
    faults += [
        Fault(name_under(root, path), stem_of(path), "no-annotation", "left out", "no annotation names this image")
        for path in image_paths
        if path not in annotated
    ]
    return DataSet("ddti", root, tuple(images), tuple(nodules), tuple(faults), cases=len(annotations))


class _Case:
    """One case file on its way to images, nodules and faults."""

    def __init__(
        self,
        root: Path,
        annotation: Path,
        by_stem: Mapping[tuple[Path, str], Path],
        beside: Collection[Path],
        repeated: frozenset[str],
        decode: Decode,
    ) -> None:
        self.decode = decode
        self.root, self.annotation, self.by_stem, self.repeated = root, annotation, by_stem, repeated
        self.file, self.case = name_under(root, annotation), stem_of(annotation)
        self.images: list[ImageRecord] = []
        self.nodules: list[Nodule] = []
        self.faults: list[Fault] = []
        # Images beside a case file that can't be read belong to it all the same: one fault, not several.
        self.claimed = set(beside)
        self.regions: dict[str, Regions] = {}  # by image

    def read(self) -> None:
        try:
            element = defusedxml.ElementTree.parse(self.annotation).getroot()
        except (ParseError, DefusedXmlException, ValueError, LookupError, OSError) as error:
            kind = "unsafe-xml" if isinstance(error, DefusedXmlException) else "malformed-xml"
            self._fault("", kind, "left out", f"is not XML that can be read safely ({_short(error)})", broken=True)
            return
        marks = element.findall("mark")
        named = {folded(f"{self.case}_{_text(mark, 'image')}") for mark in marks}
        self.claimed = {path for path in self.claimed if folded(stem_of(path)) in named}
        if not marks:
            self._fault("", "no-marks", "read without images", "has no <mark>")
        self._check_header(element)
        for number, mark in enumerate(marks, 1):
            self._read_mark(element, mark, number)

    def _check_header(self, element: Element) -> None:
        number = _text(element, "number")
        if number and number != self.case:
            self._fault("", "other-number", "file name kept", f"<number> is {number}, the file {self.case}")
        tirads = _text(element, "tirads").lower()
        if tirads and tirads not in TIRADS:
            detail = f"<tirads> {tirads!r} is none of {', '.join(TIRADS)}"
            self._fault("", "unknown-tirads", "read without a label", detail, broken=True)

    def _read_mark(self, element: Element, mark: Element, number: int) -> None:
        stem = f"{self.case}_{_text(mark, 'image')}"
        path = self.by_stem.get((self.annotation.parent, folded(stem)))
        if path is None:
            self._fault(stem, "missing-image", "left out", f"mark {number}: image {stem} is not there", broken=True)
            return
        try:
            frame = self.decode(ImageRef(path), origin=stem)
        except DataError as error:
            self._fault(
                stem, "unreadable-image", "left out", f"mark {number}: image {path.name} {error.advice}", broken=True
            )
            return
        folder = name_under(self.root, path.parent)
        image = f"{folder}/{stem}".removeprefix("./") if self.case in self.repeated else stem
        patient = image.rpartition("_")[0]
        if image in self.regions:
            self._fault(image, "repeated-mark", "read into one image", f"mark {number}: a second mark for {image}")
        else:
            tirads = _text(element, "tirads").lower()
            record = ImageRecord(
                image, ImageRef(path), patient, frame.width, frame.height, tirads if tirads in TIRADS else ""
            )
            self.images.append(record)
            self.regions[image] = Regions(record)
            for kind, action, detail in picture_faults(frame, f"image {path.name}"):
                self._fault(image, kind, action, detail)
        regions = self.regions[image]
        before = sum(nodule.image == image for nodule in self.nodules)
        for offset, (box, contour) in enumerate(self._polygons(regions, mark, number), before + 1):
            self.nodules.append(_nodule(element, regions.record, f"{image}-{offset}", box, contour))

    def _polygons(self, regions: Regions, mark: Element, number: int) -> Iterator[tuple[Box, tuple[Point, ...]]]:
        report = functools.partial(self._fault, regions.record.id)
        for region in self._regions(regions.record.id, mark, number):
            if region.kind == "arrow":
                report("arrow", "ignored", f"mark {number}: an arrow points at something, it is no nodule")
            elif len(region.points) < 3:
                what = f"mark {number}: {len(region.points)} points are no polygon"
                report("no-polygon", "left out", what, broken=True)
            else:
                what = f"mark {number}: the polygon"
                placed = regions.placed(what, Box.around(region.points), region.points, None, report)
                yield from [placed] if placed else []

    def _regions(self, image: str, mark: Element, number: int) -> list[Region]:
        text = mark.findtext("svg") or ""
        if not text.strip():
            self._fault(image, "empty-annotation", "read without nodules", f"mark {number}: <svg> is empty")
            return []
        try:
            regions, problem = [_region(item) for item in json.loads(text)], None
        except UNREADABLE as error:
            regions, problem = salvage(text), error
        if problem is not None:
            cut = len(text) >= ANNOTATION_LIMIT and _stops_early(text, problem)
            what = f"cut at {ANNOTATION_LIMIT} characters" if cut else f"not JSON ({_short(problem)})"
            self._fault(
                image,
                "truncated-annotation" if cut else "malformed-annotation",
                f"kept {len(regions)} complete polygon{'' if len(regions) == 1 else 's'}",
                f"mark {number}: <svg> is {what}",
                broken=not cut,
            )
        return regions

    def _fault(self, image: str, kind: str, action: str, detail: str, *, broken: bool = False) -> None:
        self.faults.append(Fault(self.file, image, kind, action, detail, broken))


def salvage(text: str) -> list[Region]:
    """Every complete polygon of an annotation that isn't whole JSON, in order.

    A polygon is complete when its list of points is closed, whatever was cut off behind it.

    >>> [len(region.points) for region in salvage('[{"points": [{"x": 1, "y": 2}], "regionTy')]
    [1]
    """
    decoder = json.JSONDecoder()
    regions: list[Region] = []
    for start in re.finditer(r'"points"\s*:\s*(?=\[)', text):
        try:
            points, end = decoder.raw_decode(text, start.end())
            kind = re.match(r'\s*,\s*"annotation"\s*:\s*\{[^{}]*\}\s*,\s*"regionType"\s*:\s*"(\w+)"', text[end:])
            regions.append(_region({"points": points, "regionType": kind[1] if kind else ""}))
        except UNREADABLE:
            continue
    return regions


def _stops_early(text: str, problem: Exception) -> bool:
    """Whether the only thing wrong with an annotation is that its end is missing."""
    if not isinstance(problem, json.JSONDecodeError):
        return False
    return problem.msg.startswith("Unterminated string") or problem.pos >= len(text.rstrip()) - len("false")


def _region(item: Mapping[str, Any]) -> Region:
    points = tuple((float(point["x"]), float(point["y"])) for point in item["points"])
    if not all(abs(value) < 1e6 for point in points for value in point):
        raise ValueError("a point is not a finite pixel position")
    return Region(points, str(item.get("regionType", "")))


def _nodule(element: Element, record: ImageRecord, name: str, box: Box, contour: tuple[Point, ...]) -> Nodule:
    age, sex = _text(element, "age"), _text(element, "sex").upper()
    return Nodule(
        id=name,
        image=record.id,
        patient=record.patient,
        picture=record.picture,
        box=box,
        contour=contour,
        tirads=record.tirads,
        descriptors={name: _spelt(_text(element, name)) for name in DESCRIPTORS if _text(element, name)},
        age=int(age) if re.fullmatch(r"\d{1,3}", age) else None,
        sex=sex if sex in ("F", "M") else None,
    )


def _spelt(text: str) -> str:
    words = " ".join(text.lower().split())
    return SPELLINGS.get(words, words)


def _is_xml(path: Path) -> bool:
    return path.suffix.lower() == ".xml"


def _repeated_stems(paths: list[Path]) -> frozenset[str]:
    folders: dict[str, set[Path]] = defaultdict(set)
    for path in paths:
        folders[stem_of(path)].add(path.parent)
    return frozenset(stem for stem, where in folders.items() if len(where) > 1)


def _case(stem: str) -> str:
    return stem.rpartition("_")[0]


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__


def _natural(path: Path) -> tuple[str, int, str]:
    return (path.parent.as_posix(), int(path.stem) if path.stem.isdecimal() else 0, path.stem)
