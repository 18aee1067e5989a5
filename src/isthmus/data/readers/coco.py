"""COCO: annotations of many images in one JSON file, as most annotation tools export them.

Format: any ``*.json`` under the folder that has ``images``, ``annotations`` and ``categories``; boxes are
``[x, y, width, height]``, segmentations lists of polygons. ``file_name`` is a path from the file's folder or from the
data set's, or the end of one that only one image has.

Classes: the names of its categories. Split: of several files each is a list, such as ``instances_train.json``; it
decides nothing, and a nodule has its lists in the descriptor "lists".

Citation: T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014,
doi 10.1007/978-3-319-10602-1_48; the format: https://cocodataset.org/#format-data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.labels import NO_CLASSES, Classes, class_meanings
from isthmus.data.names import Finder, name_under, stem_of
from isthmus.data.readers.coco_file import CocoFile, CocoImage, Entry, key_of, read_file
from isthmus.data.readers.coco_region import region_of
from isthmus.data.readers.contents import Contents, Regions, name_unknown_classes
from isthmus.data.walk import files_under
from isthmus.errors import DataError
from isthmus.nodule import ImageRef, Nodule
from isthmus.progress import Progress, silent
from isthmus.text import word

PREFIX = "instances_"  # of COCO's own files, before the name of the list

CONTENT = ("bbox", "segmentation", "iscrowd")  # what an annotation says but for its category
NO_CROWD = (None, 0, False, "0")

Mention = tuple[CocoFile, CocoImage]  # of a picture
Annotation = tuple[CocoFile, str, Entry]  # with its place in the file


def read(
    root: Path,
    progress: Progress = silent,
    classes: Classes = NO_CLASSES,
    decode: Decode = pixels.read_picture,
) -> DataSet:
    """Reads COCO under ``root``; a nodule's label is the meaning in ``classes`` of its category's name.

    An image's id is its path under ``root``; its patient is its ``patient`` or ``patient_id``, or else itself. Raises
    DataError if the folder is missing, or if no category that is used is benign, malignant or in ``classes``. Whatever
    else is wrong becomes a Fault.
    """
    return _Reader(root, class_meanings(classes), decode).read(progress)


class _Reader:
    """Reads one data set."""

    def __init__(self, root: Path, meanings: Classes, decode: Decode) -> None:
        self.root, self.meanings, self.contents = root, meanings, Contents(root, decode)
        paths, self.contents.faults = files_under(root, lambda path: pixels.is_image(path) or _is_json(path))
        self.pictures = [path for path in paths if not _is_json(path)]
        parsed = [read_file(path, self.contents.report(path, "")) for path in paths if _is_json(path)]
        self.files = [file for file in parsed if file is not None]
        self.lists = _list_names(root, [file.path for file in self.files])
        self.unknown: Counter[str] = Counter()
        self.doubtful: set[Path] = set()
        self.mentions = self._find_pictures()

    def read(self, progress: Progress) -> DataSet:
        for picture in progress(sorted(self.mentions), "reading"):
            self._read_picture(picture, self.mentions[picture])
        one_file = self.files[0].path if len(self.files) == 1 else self.root
        name_unknown_classes(self.contents, self.unknown, one_file, "annotation")
        for picture in self.pictures:
            if picture not in self.mentions and picture not in self.doubtful:
                image = name_under(self.root, picture)
                self.contents.fault(picture, image, "no-annotation", "left out", "no annotation names this image")
        return self.contents.data_set("coco")

    def _find_pictures(self) -> dict[Path, list[Mention]]:
        mentions: dict[Path, list[Mention]] = defaultdict(list)
        finder = _Finder(self.root, self.pictures)
        for file in self.files:
            for image in file.images:
                report = self.contents.report(file.path, image.name)
                matches = finder.find(image.name, file.path.parent, self.lists[file.path])
                if not matches:
                    missing = f"{image.place}: image {image.name} is not there"
                    report("missing-image", "left out", missing, broken=True)
                elif len(matches) > 1:
                    several = " or ".join(name_under(self.root, path) for path in matches[:2])
                    report("ambiguous-image", "left out", f"{image.place}: {image.name} may be {several}", broken=True)
                elif image.id in file.doubtful:
                    self.doubtful.add(matches[0])
                else:
                    mentions[matches[0]].append((file, image))
        return mentions

    def _read_picture(self, picture: Path, mentions: Sequence[Mention]) -> None:
        image = name_under(self.root, picture)
        frame = self.contents.frame(picture, image, self.contents.report(picture, image))
        if frame is None:
            return
        record = ImageRecord(image, ImageRef(picture), image, frame.width, frame.height)
        patients = {mention.patient for _, mention in mentions if mention.patient}
        for file, mention in mentions:
            if mention.size not in (None, (str(record.width), str(record.height))):
                stated = " x ".join(map(str, mention.size or ()))
                size = f"the image {record.width} x {record.height}{' as it is shown' * (frame.orientation != 1)}"
                detail = f"{mention.place} is {stated}, {size}: its boxes have no place"
                self.contents.fault(file.path, image, "other-size", "left out", detail, broken=True)
                return
        if len(patients) > 1:
            detail = f"{mentions[0][1].name} is of {' and '.join(sorted(patients))}"
            self.contents.fault(mentions[0][0].path, image, "two-patients", "left out", detail, broken=True)
            return
        record = replace(record, patient=next(iter(patients), image))
        self.contents.images.append(record)
        self._read_annotations(record, mentions)

    def _read_annotations(self, record: ImageRecord, mentions: Sequence[Mention]) -> None:
        regions = Regions(record)
        lists = dict.fromkeys(self.lists[file.path] for file, _ in mentions)
        descriptors = {"lists": ",".join(lists)} if len(self.files) > 1 else {}
        annotations = _annotations_of(mentions)
        for number, annotation in enumerate(annotations, 1):
            nodule = self._nodule(annotation, regions, number)
            self.contents.nodules += [replace(nodule, descriptors=descriptors)] if nodule else []
        if not annotations:
            file, image = mentions[0]
            detail = f"{image.place} has no annotation"
            self.contents.fault(file.path, record.id, "empty-annotation", "read without nodules", detail)

    def _nodule(self, annotation: Annotation, regions: Regions, number: int) -> Nodule | None:
        file, place, entry = annotation
        report = self.contents.report(file.path, regions.record.id)
        name = _category(file, entry)
        if name is None:
            detail = f"{place}: no category, or two, with the id {entry.get('category_id')!r:.60}"
            report("unknown-class", "left out", detail, broken=True)
            return None
        label = self.meanings.get(word(name))
        if label is None:
            self.unknown[name] += word(name) not in self.meanings
            return None
        if entry.get("iscrowd") not in NO_CROWD:
            report("crowd", "left out", f"{place} marks a crowd, not one nodule", broken=True)
            return None
        try:
            region = region_of(entry, regions.record)
        except DataError as error:
            report("bad-box", "left out", f"{place} {error.what}", broken=True)
            return None
        if region.problem:
            report("no-polygon", "box kept", f"{place} {region.problem}")
        return regions.placed(f"{place}: the box", region.box, region.contour, label, report, number)


class _Finder:
    """Finds pictures by path from the file's folder or the root on, or by the end of a path that only one has."""

    def __init__(self, root: Path, pictures: Sequence[Path]) -> None:
        self.root = root
        names = {name_under(root, path): path for path in pictures}
        self.by_path = Finder(names.items())
        self.by_end = Finder((end, path) for name, path in names.items() for end in _ends(name))

    def find(self, name: str, folder: Path, of_list: str) -> list[Path]:
        """What ``name`` may mean; of several, what is in a folder called as the list."""
        matches = self.by_path.find(f"{name_under(self.root, folder)}/{name}") or self.by_path.find(name)
        if matches:
            return matches
        matches = self.by_end.find(name)
        in_list = [path for path in matches if of_list in path.relative_to(self.root).parts[:-1]]
        return matches if len(matches) == 1 else in_list or matches


def _ends(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition("/")[2]


def _annotations_of(mentions: Sequence[Mention]) -> list[Annotation]:
    """The annotations of one picture; one that an earlier file has too comes once."""
    contents: dict[str, Path] = {}  # of annotations -> the first file that has it
    annotations = []
    for file, image in mentions:
        for place, entry in file.annotations.get(image.id, ()):
            content = repr((_category(file, entry), *(entry.get(key) for key in CONTENT)))
            if contents.setdefault(content, file.path) == file.path:
                annotations.append((file, place, entry))
    return annotations


def _category(file: CocoFile, entry: Entry) -> str | None:
    return file.categories.get(key_of(entry.get("category_id")) or "")


def _list_names(root: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """What each file is called as a list: its name, or that of its folder where those are the same."""
    by_file = {path: stem_of(path).removeprefix(PREFIX) for path in paths}
    by_folder = {path: stem_of(path.parent) for path in paths}
    whole = {path: name_under(root, path) for path in paths}
    return next(names for names in (by_file, by_folder, whole) if len(set(names.values())) == len(names))


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"
