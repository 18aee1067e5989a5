"""Plain folders: ``benign/`` and ``malignant/`` with images, masks beside them if any, and a ``nodules.csv`` if any.

``ROOT/<class>/<image>``; masks are ``<image stem>_mask.png``, ``<image stem>_mask_1.png`` ..., one nodule each, as in
BUSI (W. Al-Dhabyani et al., "Dataset of breast ultrasound images", Data in Brief 28 (2020),
doi 10.1016/j.dib.2019.104863). An image without a mask is one nodule, whole. ``ROOT/nodules.csv`` overrides, and may
name the mask of each image, or the folder of masks that are called as the images are, as in TN3K (H. Gong et al.,
"Thyroid region prior guided attention for ultrasound segmentation of thyroid nodules", Computers in Biology and
Medicine 155 (2023), doi 10.1016/j.compbiomed.2022.106389).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.labels import NO_CLASSES, Classes, class_meanings
from isthmus.data.names import Finder, name_under, stem_of
from isthmus.data.readers.contents import Contents, Contour, Regions
from isthmus.data.readers.masks import outline
from isthmus.data.readers.nodule_table import NoduleLine, read_rows
from isthmus.data.readers.row_files import NO_FILES, RowFiles, row_files
from isthmus.data.walk import files_under
from isthmus.errors import DataError
from isthmus.nodule import Box, ImageRef
from isthmus.progress import Progress, silent
from isthmus.text import word

TABLE = "nodules.csv"
MASK = re.compile(r"(?P<image>.+)_mask(?:_(?P<number>\d+))?", re.IGNORECASE)

Outline = tuple[Path, str, Box, Contour]  # file, what a fault calls it, box, contour


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
        images = [path for path in files if pixels.is_image(path)]
        self.rows, named = self._read_table(images) if (root / TABLE).is_file() else ({}, NO_FILES)
        self.mask_of = {line: paths[0] for line, paths in named.masks.items() if paths}
        others = [path for path in images if path not in named.mask_files | named.spare]
        self.pictures, self.masks = self._pictures_and_masks(others)
        for path in sorted(named.spare):
            self.contents.fault(path, "", "no-annotation", "left out", f"no row names this mask {path.name}")

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

    def _read_table(self, paths: list[Path]) -> tuple[Mapping[Path, list[NoduleLine]], RowFiles]:
        """Picture -> its rows, those with a problem too: no label is guessed from the folder where a row has one."""
        written, beyond = read_rows(self.root / TABLE)
        if beyond:
            self.contents.fault(
                self.root / TABLE, "", "unknown-columns", "ignored", f"no use is known for {', '.join(beyond)}"
            )
        pictures = [path for path in paths if not MASK.fullmatch(stem_of(path))]
        named = row_files(written, {self._id(path): path for path in paths}, frozenset(pictures))
        rows: dict[Path, list[NoduleLine]] = defaultdict(list)
        for row in written:
            kind, problem = self._row_problem(row, named)
            if problem:
                self._row_fault(row, kind, problem)
            for picture in named.images[row.line] if len(named.images[row.line]) == 1 else ():
                rows[picture].append(replace(row, problem=problem))
        return rows, named

    def _row_problem(self, row: NoduleLine, named: RowFiles) -> tuple[str, str]:
        """The kind of fault of a row and what is wrong with it; empty if nothing is."""
        images, masks = named.images[row.line], named.masks.get(row.line, [])
        if row.problem:
            return "bad-row", row.problem
        if not images:
            return "missing-image", f"image {row.image} is not there"
        if len(images) > 1:
            return "ambiguous-image", f"{row.image} may be {' or '.join(map(self._id, images[:2]))}"
        if row.mask and not masks:
            return "missing-mask", f"mask {row.mask} is not there"
        if len(masks) > 1:
            return "ambiguous-mask", f"mask {row.mask} may be {' or '.join(map(self._id, masks[:2]))}"
        if not named.image_files.isdisjoint(masks):
            return "bad-row", f"mask {row.mask} is an image of the table, no mask"
        return "", ""

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
        masks = [self.mask_of[row.line]] if row.mask else self.masks.get(record.picture.path, [])
        if row.box is not None:
            yield self.root / TABLE, f"line {row.line}: the box", row.box, ()
        elif not masks:
            of_table = f"line {row.line}: " if row.line else ""
            yield self.root / TABLE, f"{of_table}the whole image", Box(0, 0, record.width, record.height), ()
        for mask in masks if row.box is None else ():
            marked = outline(mask, record, self.contents.report(mask, record.id))
            if marked is not None:
                yield mask, f"mask {mask.name}", *marked

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


def _listed(strays: Counter[str]) -> str:
    return ", ".join(repr(folder) if folder else "the root" for folder in sorted(strays))
