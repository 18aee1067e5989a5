"""DDTI: the Digital Database of Thyroid Ultrasound Images, as it is distributed.

L. Pedraza et al., "An open access thyroid ultrasound-image database", SPIE 9287 (2015), doi 10.1117/12.2073532.
One XML a case, ``<case>.xml``, next to its images, ``<case>_<image>.jpg``; flat or in subfolders.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.labels import NO_CLASSES, TIRADS, Classes
from isthmus.data.names import folded, name_under, stem_of
from isthmus.data.readers.contents import Contents, Regions, Report
from isthmus.data.readers.xml import is_xml, root_element, short, text_in
from isthmus.data.walk import files_under
from isthmus.errors import UsageError
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
    """Reads DDTI under ``root``. Labels are left to a policy; nodules without a TI-RADS stay, unlabelled.

    Raises DataError if the folder is missing, UsageError for ``classes``, of which DDTI has none. Whatever is wrong
    inside the folder becomes a Fault.
    """
    if classes:
        raise UsageError("DDTI has no class names", where="--classes", remedy="Choose a policy with --labels instead.")
    contents = Contents(root, decode)
    files, contents.faults = files_under(root, lambda path: pixels.is_image(path) or is_xml(path))
    image_paths = [path for path in files if not is_xml(path)]
    annotations = [path for path in files if is_xml(path)]
    repeated = _repeated_stems(annotations)
    by_folder: dict[Path, dict[str, Path]] = defaultdict(dict)
    for path in image_paths:
        by_folder[path.parent][folded(stem_of(path))] = path
    annotated: set[Path] = set()
    for annotation in progress(sorted(annotations, key=_natural), "reading"):
        case = _Case(contents, annotation, by_folder[annotation.parent], stem_of(annotation) in repeated)
        annotated |= case.read()
    for path in image_paths:
        if path not in annotated:
            contents.fault(path, stem_of(path), "no-annotation", "left out", "no annotation names this image")
    return contents.data_set("ddti", cases=len(annotations))


class _Case:
    """Reads one case file, with the ``pictures`` next to it by stem.

    ``repeated``: another folder has a case of the same name, so that the folder is a part of the images' names.
    """

    def __init__(self, contents: Contents, annotation: Path, pictures: Mapping[str, Path], repeated: bool) -> None:
        self.contents, self.annotation, self.pictures, self.repeated = contents, annotation, pictures, repeated
        self.case = stem_of(annotation)
        self.regions: dict[str, Regions] = {}  # by image

    def read(self) -> set[Path]:
        """Adds what the case holds, and returns the pictures that belong to it."""
        element = root_element(self.annotation, self._report(""))
        if element is None:  # one fault, not another for each of its pictures
            return {path for stem, path in self.pictures.items() if _case(stem) == folded(self.case)}
        marks = element.findall("mark")
        if not marks:
            self._fault("", "no-marks", "read without images", "has no <mark>")
        self._check_header(element)
        for number, mark in enumerate(marks, 1):
            self._read_mark(element, mark, number)
        named = {folded(self._stem(mark)) for mark in marks}
        return {self.pictures[stem] for stem in named & self.pictures.keys()}

    def _check_header(self, element: Element) -> None:
        number = text_in(element, "number")
        if number and number != self.case:
            self._fault("", "other-number", "file name kept", f"<number> is {number}, the file {self.case}")
        tirads = text_in(element, "tirads").lower()
        if tirads and tirads not in TIRADS:
            detail = f"<tirads> {tirads!r} is none of {', '.join(TIRADS)}"
            self._fault("", "unknown-tirads", "read without a label", detail, broken=True)

    def _read_mark(self, element: Element, mark: Element, number: int) -> None:
        regions = self._image(element, self._stem(mark), number)
        if regions is None:
            return
        report = self._report(regions.record.id)
        for region in self._regions(regions.record.id, mark, number):
            if region.kind == "arrow":
                report("arrow", "ignored", f"mark {number}: an arrow points at something, it is no nodule")
            elif len(region.points) < 3:
                what = f"mark {number}: {len(region.points)} points are no polygon"
                report("no-polygon", "left out", what, broken=True)
            else:
                what, box = f"mark {number}: the polygon", Box.around(region.points)
                nodule = regions.placed(what, box, region.points, None, report)
                self.contents.nodules += [_described(nodule, element)] if nodule else []

    def _image(self, element: Element, stem: str, number: int) -> Regions | None:
        """The regions so far of the image that a mark names, and the image itself where this is its first mark."""
        path = self.pictures.get(folded(stem))
        if path is None:
            self._fault(stem, "missing-image", "left out", f"mark {number}: image {stem} is not there", broken=True)
            return None
        folder = name_under(self.contents.root, path.parent)
        image = f"{folder}/{stem}".removeprefix("./") if self.repeated else stem
        if image in self.regions:
            self._fault(image, "repeated-mark", "read into one image", f"mark {number}: a second mark for {image}")
            return self.regions[image]
        frame = self.contents.frame(path, stem, self._report(image), f"mark {number}: ")
        if frame is None:
            return None
        tirads = text_in(element, "tirads").lower()
        record = ImageRecord(
            id=image,
            picture=ImageRef(path),
            patient=_case(image),
            width=frame.width,
            height=frame.height,
            tirads=tirads if tirads in TIRADS else "",
        )
        self.contents.images.append(record)
        self.regions[image] = Regions(record)
        return self.regions[image]

    def _stem(self, mark: Element) -> str:
        return f"{self.case}_{text_in(mark, 'image')}"

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
            what = f"cut at {ANNOTATION_LIMIT} characters" if cut else f"not JSON ({short(problem)})"
            self._fault(
                image,
                "truncated-annotation" if cut else "malformed-annotation",
                f"kept {len(regions)} complete polygon{'' if len(regions) == 1 else 's'}",
                f"mark {number}: <svg> is {what}",
                broken=not cut,
            )
        return regions

    def _report(self, image: str) -> Report:
        return self.contents.report(self.annotation, image)

    def _fault(self, image: str, kind: str, action: str, detail: str, *, broken: bool = False) -> None:
        self._report(image)(kind, action, detail, broken=broken)


def salvage(text: str) -> list[Region]:
    """Every complete polygon of an annotation that isn't whole JSON, in order.

    A polygon is complete when its list of points is closed, whatever was cut off after it.

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


def _described(nodule: Nodule, element: Element) -> Nodule:
    """The nodule with what the case file states of the patient and all of the case's nodules."""
    age, sex = text_in(element, "age"), text_in(element, "sex").upper()
    return replace(
        nodule,
        descriptors={name: _spelt(text_in(element, name)) for name in DESCRIPTORS if text_in(element, name)},
        age=int(age) if re.fullmatch(r"\d{1,3}", age) else None,
        sex=sex if sex in ("F", "M") else None,
    )


def _spelt(text: str) -> str:
    words = " ".join(text.lower().split())
    return SPELLINGS.get(words, words)


def _repeated_stems(paths: list[Path]) -> frozenset[str]:
    folders: dict[str, set[Path]] = defaultdict(set)
    for path in paths:
        folders[stem_of(path)].add(path.parent)
    return frozenset(stem for stem, where in folders.items() if len(where) > 1)


def _case(stem: str) -> str:
    return stem.rpartition("_")[0]


def _natural(path: Path) -> tuple[str, int, str]:
    return (path.parent.as_posix(), int(path.stem) if path.stem.isdecimal() else 0, path.stem)
