"""Pascal VOC: the layout of many detection data sets.

``Annotations/<image>.xml`` beside ``JPEGImages/<image>.jpg``, and lists of images in ``ImageSets/Main/*.txt``, if there
are any. M. Everingham et al., "The Pascal Visual Object Classes (VOC) challenge", IJCV 88 (2010),
doi 10.1007/s11263-009-0275-4. One nodule is one ``<object>``; its label is its class name's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from isthmus import files
from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.labels import NO_CLASSES, Classes, class_meanings
from isthmus.data.names import Finder, folded, name_of, name_under, stem_of
from isthmus.data.readers.contents import Contents, Regions, name_unknown_classes
from isthmus.data.readers.xml import is_xml, root_element, text_in
from isthmus.data.walk import files_under
from isthmus.errors import DataError
from isthmus.nodule import Box, ImageRef
from isthmus.progress import Progress, silent
from isthmus.text import composed, word

IMAGES, ANNOTATIONS, LISTS = "JPEGImages", "Annotations", Path("ImageSets", "Main")
FLAGS = ("truncated", "difficult", "occluded")
SIDES = ("xmin", "ymin", "xmax", "ymax")


def read(
    root: Path,
    progress: Progress = silent,
    classes: Classes = NO_CLASSES,
    decode: Decode = pixels.read_picture,
) -> DataSet:
    """Reads Pascal VOC under ``root``; an object's label is the meaning of its name in ``classes``.

    Where ``ImageSets/Main`` holds lists, only the listed images are read, and each nodule has theirs in its
    descriptor "lists". Raises DataError if a folder is missing, or if no object's name is benign, malignant or in
    ``classes``. Whatever else is wrong becomes a Fault.
    """
    return _Reader(root, class_meanings(classes), decode).read(progress)


class _Reader:
    """Reads one data set. An image's id is its path in JPEGImages without its ending."""

    def __init__(self, root: Path, meanings: Classes, decode: Decode) -> None:
        self.root, self.meanings = root, meanings
        for folder in (root, root / IMAGES, root / ANNOTATIONS):
            if not folder.is_dir():
                raise DataError("no such folder", where=str(folder), remedy=f"VOC holds {IMAGES} and {ANNOTATIONS}.")
        self.contents = Contents(root, decode)
        self.image_paths, self.contents.faults = files_under(root / IMAGES, pixels.is_image, root)
        annotations, unread = files_under(root / ANNOTATIONS, is_xml, root)
        self.contents.faults += unread
        self.annotations = {_id(path, root / ANNOTATIONS): path for path in annotations}
        self.named = Finder((image, image) for image in self.annotations)
        image_of = {path: _id(path, root / IMAGES) for path in reversed(self.image_paths)}
        self.paths = {self._annotated(image): path for path, image in image_of.items()}
        self.paths |= {image: path for path, image in image_of.items() if image in self.annotations}
        self.unknown: Counter[str] = Counter()
        self.lists = self._read_lists()

    def read(self, progress: Progress) -> DataSet:
        listed = [image for image in self.annotations if not self.lists or image in self.lists]
        for image in progress(listed, "reading"):
            self._read_annotation(image)
        name_unknown_classes(self.contents, self.unknown, self.root / ANNOTATIONS, "object")
        self._name_what_is_left(listed)
        return self.contents.data_set("voc")

    def _read_lists(self) -> Mapping[str, list[str]]:
        """Image -> the lists that name it. A list of one class holds ``<image> 1`` or ``<image> -1`` a line."""
        lists: dict[str, list[str]] = defaultdict(list)
        folder = self.root / LISTS
        paths, unread = (
            files_under(folder, lambda path: path.suffix == ".txt", self.root) if folder.is_dir() else ([], [])
        )
        self.contents.faults += unread
        for path in (path for path in paths if path.parent == folder):
            try:
                lines = files.read_text(path, where=path.name).splitlines()
            except DataError as error:
                self.contents.fault(
                    path, "", "unreadable-list", "left out", f"{error.what}. {error.remedy}", broken=True
                )
                continue
            for number, line in enumerate(lines, 1):
                image = self.named.one(line.strip()) or self._annotated(_listed(line))
                if not image:
                    continue
                if image not in lists:
                    self._check_listed(path, number, image)
                lists[image].append(stem_of(path))
        return lists

    def _annotated(self, image: str) -> str:
        """The image by the annotation's spelling of its name; ``image`` itself where no annotation has it."""
        return self.named.one(image) or image

    def _check_listed(self, path: Path, number: int, image: str) -> None:
        if image not in self.annotations:
            detail = f"line {number}: {image} has no {ANNOTATIONS}/{image}.xml"
            self.contents.fault(path, image, "listed-missing", "left out", detail, broken=True)

    def _name_what_is_left(self, listed: list[str]) -> None:
        unlisted = len(self.annotations) - len(listed)
        if unlisted:
            detail = f"{unlisted} of {len(self.annotations)} annotations are in no list"
            self.contents.fault(self.root / LISTS, "", "not-listed", "left out", detail)
        for image in sorted(self.paths.keys() - self.annotations.keys() - self.lists.keys()):
            self.contents.fault(self.paths[image], image, "no-annotation", "left out", "no annotation names this image")
        for path in sorted(set(self.image_paths) - set(self.paths.values())):
            image = self._annotated(_id(path, self.root / IMAGES))
            self.contents.fault(
                path, image, "repeated-image", "left out", f"{self.paths[image].name} has the same name"
            )

    def _read_annotation(self, image: str) -> None:
        annotation = self.annotations[image]
        element = root_element(annotation, self.contents.report(annotation, image))
        if element is None:
            return
        record = self._record(element, annotation, image)
        if record is None:
            return
        self.contents.images.append(record)
        objects = element.findall("object")
        if not objects:
            self.contents.fault(annotation, image, "empty-annotation", "read without nodules", "has no <object>")
        regions = Regions(record)
        for number, item in enumerate(objects, 1):
            self._read_object(item, annotation, regions, number)

    def _record(self, element: Element, annotation: Path, image: str) -> ImageRecord | None:
        path = self.paths.get(image)
        if path is None:
            detail = f"image {image} is not in {IMAGES}"
            self.contents.fault(annotation, image, "missing-image", "left out", detail, broken=True)
            return None
        frame = self.contents.frame(path, image, self.contents.report(path, image))
        if frame is None:
            return None
        named = text_in(element, "filename")
        if named and folded(named.replace("\\", "/")) not in (folded(name_of(path)), folded(stem_of(path))):
            detail = f"<filename> is {named}, the image beside it {path.name}"
            self.contents.fault(annotation, image, "other-filename", "own name kept", detail)
        stated = text_in(element, "size/width"), text_in(element, "size/height")
        if stated not in ((str(frame.width), str(frame.height)), ("", ""), ("0", "0")):
            shown = " as it is shown" if frame.orientation != 1 else ""
            size = f"the image {frame.width} x {frame.height}{shown}"
            detail = f"<size> is {' x '.join(stated)}, {size}: its boxes have no place"
            self.contents.fault(annotation, image, "other-size", "left out", detail, broken=True)
            return None
        patient = composed(text_in(element, "patient") or text_in(element, "source/patient")) or image
        return ImageRecord(image, ImageRef(path), patient, frame.width, frame.height)

    def _read_object(self, item: Element, annotation: Path, regions: Regions, number: int) -> None:
        record = regions.record
        name = text_in(item, "name")
        if word(name) not in self.meanings:
            self.unknown[name] += 1
            return
        label = self.meanings[word(name)]
        if label is None:
            return
        report = self.contents.report(annotation, record.id)
        try:
            nodule = regions.placed(f"object {number}: the box", _box(item), (), label, report, number)
        except DataError as error:
            report("bad-box", "left out", f"object {number}: {error.what}", broken=True)
            return
        if nodule is None:
            return
        flags = {flag: text_in(item, flag) for flag in FLAGS if text_in(item, flag)}
        lists = {"lists": ",".join(self.lists[record.id])} if self.lists else {}
        self.contents.nodules.append(replace(nodule, descriptors=flags | lists))


def _box(item: Element) -> Box:
    """VOC counts pixels from 1 and both ends belong to the box; ours counts from 0 and the end doesn't."""
    texts = [text_in(item, f"bndbox/{side}") for side in SIDES]
    try:
        x0, y0, x1, y1 = (float(text) for text in texts)
        if x0 <= x1 and y0 <= y1:
            return Box.covering([x0 - 1, y0 - 1, x1, y1])
        what = f"has its corners reversed ({','.join(SIDES)})"
    except (DataError, ValueError):
        what = f"is not four numbers {','.join(SIDES)}"
    raise DataError(f"<bndbox> {','.join(texts)} {what}")


def _listed(line: str) -> str:
    name, _, mark = line.strip().rpartition(" ")
    return name.strip() if name and mark in ("1", "0", "-1") else line.strip()


def _id(path: Path, folder: Path) -> str:
    return name_under(folder, path.with_suffix(""))
