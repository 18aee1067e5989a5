"""Plain folders: ``benign/`` and ``malignant/`` with images, masks beside them if any, and a ``nodules.csv`` if any.

``ROOT/<class>/<image>``; masks are ``<image stem>_mask.png``, ``<image stem>_mask_1.png`` ..., one nodule each, as in
BUSI (W. Al-Dhabyani et al., "Dataset of breast ultrasound images", Data in Brief 28 (2020),
doi 10.1016/j.dib.2019.104863). An image without a mask is one nodule, whole. ``ROOT/nodules.csv`` overrides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.labels import NO_CLASSES, Classes, class_meanings
from isthmus.data.names import Finder, name_under, stem_of
from isthmus.data.readers.contents import Contents, Regions, report_display
from isthmus.data.readers.nodule_table import NoduleLine, read_rows
from isthmus.data.walk import files_under
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Point
from isthmus.progress import Progress, silent
from isthmus.text import word

TABLE = "nodules.csv"
MASK = re.compile(r"(?P<image>.+)_mask(?:_(?P<number>\d+))?", re.IGNORECASE)
# Around a mask's edge these write greys that were never drawn.
LOSSY = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".webp"})

Outline = tuple[Path, str, Box, tuple[Point, ...]]  # file, what a fault calls it, box, contour


def read(
    root: Path,
    progress: Progress = silent,
    classes: Classes = NO_CLASSES,
    decode: Decode = pixels.read_picture,
) -> DataSet:
    """Reads images under ``root``; a nodule's label is the meaning in ``classes`` of its folder or of its row's label.

    An image's id is its path under ``root``; its patient is the table's, or else itself. Raises DataError if the
    folder is missing, if the table can't be read, or if no folder is a class and no table names an image. Whatever
    else is wrong becomes a Fault.
    """
    return _Reader(root, class_meanings(classes), decode).read(progress)


class _Reader:
    """Reads one data set."""

    def __init__(self, root: Path, meanings: Classes, decode: Decode) -> None:
        self.root, self.meanings, self.contents = root, meanings, Contents(root, decode)
        self.strays: Counter[str] = Counter()  # images by a folder that is no class
        files, self.contents.faults = files_under(root, lambda path: pixels.is_image(path) or path == root / TABLE)
        self.pictures, self.masks = self._pictures_and_masks([path for path in files if pixels.is_image(path)])
        self.rows = self._read_table() if (root / TABLE).is_file() else {}

    def read(self, progress: Progress) -> DataSet:
        for picture in progress(self.pictures, "reading"):
            self._read_frame(picture)
        self._name_strays()
        return self.contents.data_set("folders")

    def _pictures_and_masks(self, paths: list[Path]) -> tuple[list[Path], Mapping[Path, list[Path]]]:
        """The pictures, and the masks that belong to each, by number."""
        named = {path: MASK.fullmatch(stem_of(path)) for path in paths}
        pictures = [path for path, name in named.items() if name is None]
        by_stem = Finder((self._beside(path, stem_of(path)), path) for path in pictures)
        masks: dict[Path, list[tuple[int, Path]]] = defaultdict(list)
        for path, name in named.items():
            if name is None:
                continue
            matches = by_stem.find(self._beside(path, name["image"]))
            if not matches:
                detail = f"mask {path.name} has no image {name['image']} beside it"
                self.contents.fault(path, self._id(path), "missing-image", "left out", detail, broken=True)
            else:
                masks[matches[-1]].append((int(name["number"] or 0), path))
        return pictures, {picture: [path for _, path in sorted(numbered)] for picture, numbered in masks.items()}

    def _read_table(self) -> Mapping[Path, list[NoduleLine]]:
        """Picture -> its rows, those with a problem too: no label is guessed from the folder where a row has one."""
        written, beyond = read_rows(self.root / TABLE)
        if beyond:
            self.contents.fault(
                self.root / TABLE, "", "unknown-columns", "ignored", f"no use is known for {', '.join(beyond)}"
            )
        rows: dict[Path, list[NoduleLine]] = defaultdict(list)
        finder = _Finder({self._id(path): path for path in self.pictures})
        for row in written:
            matches = finder.find(row.image)
            if len(matches) == 1:
                rows[matches[0]].append(row)
            if row.problem:
                self._row_fault(row, "bad-row", row.problem)
            elif not matches:
                self._row_fault(row, "missing-image", f"image {row.image} is not there")
            elif len(matches) > 1:
                first, second = map(self._id, matches[:2])
                self._row_fault(row, "ambiguous-image", f"{row.image} may be {first} or {second}")
        return rows

    def _read_frame(self, picture: Path) -> None:
        image = self._id(picture)
        folder = image.split("/")[0] if "/" in image else ""
        rows = self.rows.get(picture)
        if rows is None and word(folder) not in self.meanings:
            self.strays[folder] += 1
            return
        if rows is None and self.meanings[word(folder)] is None:
            return
        frame = self.contents.frame(picture, image, self.contents.report(picture, image))
        if frame is None:
            return
        patient = next((row.patient for row in rows or () if row.patient), image)
        record = ImageRecord(image, ImageRef(picture), patient, frame.width, frame.height)
        self.contents.images.append(record)
        regions = Regions(record)
        for row in [NoduleLine(0, image)] if rows is None else self._usable(rows, record):
            self._read_row(row, folder, regions)

    def _usable(self, rows: list[NoduleLine], record: ImageRecord) -> Iterator[NoduleLine]:
        for row in rows:
            if row.problem:
                continue
            if row.patient not in ("", record.patient):
                self._row_fault(row, "two-patients", f"{row.image} is of {row.patient} here, of {record.patient} above")
            else:
                yield row

    def _read_row(self, row: NoduleLine, folder: str, regions: Regions) -> None:
        record = regions.record
        if row.category and word(row.category) not in self.meanings:
            detail = f"label {row.category!r} is neither 'benign' nor 'malignant'; see --classes"
            self._row_fault(row, "unknown-class", detail)
            return
        category = word(row.category or folder)
        label, of_folder = self.meanings.get(category), self.meanings.get(word(folder))
        if category in self.meanings and label is None:
            return
        if None not in (label, of_folder) and label is not of_folder:
            detail = f"line {row.line}: {row.image} is {label} here, in a folder of {of_folder} images"
            self.contents.fault(self.root / TABLE, record.id, "other-label", "table kept", detail)
        for file, what, box, contour in self._outlines(row, record):
            nodule = regions.placed(what, box, contour, label, self.contents.report(file, record.id))
            self.contents.nodules += [nodule] if nodule else []

    def _outlines(self, row: NoduleLine, record: ImageRecord) -> Iterator[Outline]:
        masks = self.masks.get(record.picture.path, [])
        if row.box is not None:
            yield self.root / TABLE, f"line {row.line}: the box", row.box, ()
        elif not masks:
            of_table = f"line {row.line}: " if row.line else ""
            yield self.root / TABLE, f"{of_table}the whole image", Box(0, 0, record.width, record.height), ()
        else:
            for mask in masks:
                yield from self._mask_outline(mask, record)

    def _mask_outline(self, mask: Path, record: ImageRecord) -> Iterator[Outline]:
        report = self.contents.report(mask, record.id)
        try:
            frame = pixels.read_frame(mask, origin=mask.name)
        except DataError as error:
            report("unreadable-mask", "left out", f"mask {mask.name} {error.advice}", broken=True)
            return
        report_display(frame, f"mask {mask.name}", report)
        sizes = f"mask {frame.width} x {frame.height} on an image of {record.width} x {record.height}"
        if frame.width * record.height != frame.height * record.width:
            report("other-size", "left out", sizes, broken=True)
            return
        scale = record.width / frame.width
        if scale != 1:
            report("scaled-mask", "scaled", sizes)
        outlines = _pieces(frame, lossy=mask.suffix.lower() in LOSSY)
        if not outlines:
            report("empty-mask", "left out", f"mask {mask.name} marks no pixel", broken=True)
            return
        if len(outlines) > 1:
            detail = f"mask {mask.name} is in {len(outlines)} pieces; the largest is the contour"
            report("mask-in-pieces", "one box round all", detail)
        largest = max(outlines, key=cv2.contourArea)
        low, high = (edge(np.concatenate(outlines), axis=0) for edge in (np.min, np.max))
        box = Box.covering([*(low * scale), *((high + 1) * scale)])
        contour = tuple(_scaled(x, y, scale, box) for x, y in largest) if len(largest) > 2 else ()
        yield mask, f"mask {mask.name}", box, contour

    def _name_strays(self) -> None:
        if self.strays and not self.contents.images and not self.contents.faults:
            raise DataError(
                f"no image is in a folder benign or malignant, or in a {TABLE}, but in {_listed(self.strays)}",
                where=str(self.root),
                remedy="Rename the folders, say what they mean (--classes 0=benign,1=malignant), or write the table.",
            )
        for folder, count in sorted(self.strays.items()):
            images = f"{count} image{'' if count == 1 else 's'}"
            detail = (
                f"{images} in folder {folder!r}, which is neither 'benign' nor 'malignant'; see --classes"
                if folder
                else f"{images} in no class folder, and in no {TABLE}"
            )
            self.contents.fault(self.root / folder, "", "unknown-class", "left out", detail, broken=True)

    def _beside(self, path: Path, name: str) -> str:
        return f"{self._id(path.parent)}/{name}"

    def _id(self, path: Path) -> str:
        return name_under(self.root, path)

    def _row_fault(self, row: NoduleLine, kind: str, detail: str) -> None:
        self.contents.fault(self.root / TABLE, row.image, kind, "left out", f"line {row.line}: {detail}", broken=True)


class _Finder:
    """Finds pictures by what a table calls them: path under the root, else file name, else stem."""

    def __init__(self, pictures: Mapping[str, Path]) -> None:
        names = {path: name.rpartition("/")[2] for name, path in pictures.items()}
        self.by_path = Finder(pictures.items())
        self.by_name = Finder((name, path) for path, name in names.items())
        self.by_stem = Finder((stem_of(path), path) for path in pictures.values())

    def find(self, name: str) -> list[Path]:
        return self.by_path.find(name) or self.by_name.find(name) or self.by_stem.find(name)


def _scaled(x: float, y: float, scale: float, box: Box) -> Point:
    """Where the centre of a mask's pixel is in its image, ``scale`` times as large, within the nodule's box."""
    across, down = (x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5
    return min(max(across, box.x0), box.x1 - 1.0), min(max(down, box.y0), box.y1 - 1.0)


def _pieces(mask: Frame, lossy: bool) -> list[np.ndarray[tuple[int, int], np.dtype[np.int32]]]:
    """The outer outline of every piece of a mask, each (points, 2) as x, y."""
    marked = mask.pixels if mask.pixels.ndim == 2 else mask.pixels.max(axis=2)
    inside = (marked > (127 if lossy else 0)).astype(np.uint8)
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [outline.reshape(-1, 2).astype(np.int32) for outline in outlines]


def _listed(strays: Counter[str]) -> str:
    return ", ".join(repr(folder) if folder else "the root" for folder in sorted(strays))
