"""A folder of DICOM files: patients and studies by their headers, nodules by a ``nodules.csv``.

``ROOT/**`` holds DICOM files, whatever they are called. ``ROOT/nodules.csv`` names for each nodule its image (path
under the root, name, stem, or SOP instance UID), label, box, frame (1 where it names none), and the patient if it
isn't the header's. PS3.3 C.7.1.1 (Patient), C.7.2.1 (Study), C.8.5.5 (US Region Calibration).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode, ImageRecord
from isthmus.data.file_kinds import is_dicom_file
from isthmus.data.labels import NO_CLASSES, Classes, class_meanings
from isthmus.data.names import Finder, name_of, name_under, stem_of
from isthmus.data.readers.contents import Contents, Regions, report_display
from isthmus.data.readers.nodule_table import COLUMNS, NoduleLine, read_rows
from isthmus.data.walk import files_under
from isthmus.dicom.header import opened
from isthmus.dicom.regions import meets_doppler, scan_area, spacing_in
from isthmus.errors import DataError
from isthmus.nodule import Frame, ImageRef
from isthmus.progress import Progress, silent
from isthmus.text import word

TABLE = "nodules.csv"
IDENTITY = ("PatientID", "StudyInstanceUID", "SOPInstanceUID")
TAGS = tuple(tag for keyword in IDENTITY if (tag := tag_for_keyword(keyword)) is not None)
SYNTAX, MILLIMETRES, DOPPLER = "transfer syntaxes", "nodules by millimetres", "images with Doppler"


@dataclass(frozen=True)
class _Stated:
    """What a file's header says of whose it is; "" for what it doesn't."""

    patient: str = ""
    study: str = ""
    uid: str = ""
    syntax: str = ""


def read(
    root: Path, progress: Progress = silent, classes: Classes = NO_CLASSES, decode: Decode = pixels.read_picture
) -> DataSet:
    """Reads the DICOM files under ``root``; a case is a study. A nodule's label is the meaning in ``classes`` of its
    row's.

    An image's patient is the row's, else the header's PatientID, else its study, else itself. Without a row a file's
    first frame is an image without nodules. Raises DataError if the folder is missing or the table can't be read;
    whatever else is wrong becomes a Fault.
    """
    return _Reader(root, class_meanings(classes), decode).read(progress)


class _Reader:
    """Reads one folder."""

    def __init__(self, root: Path, meanings: Classes, decode: Decode) -> None:
        self.root, self.meanings, self.contents = root, meanings, Contents(root, decode)
        paths, self.contents.faults = files_under(root, pixels.is_image)
        self.stated = {path: _stated(path) for path in paths if self._is_dicom(path)}
        self.patients = self._patients()
        self.rows = self._read_table() if (root / TABLE).is_file() else {}
        self.counted: Mapping[str, Counter[str]] = {name: Counter() for name in (SYNTAX, MILLIMETRES, DOPPLER)}

    def read(self, progress: Progress) -> DataSet:
        for picture in progress(self._pictures(), "reading"):
            self._read_picture(picture)
        read = {record.picture.path for record in self.contents.images}
        cases = len({one.study or str(path) for path, one in self.stated.items() if path in read})
        counted = {name: dict(sorted(counts.items())) for name, counts in self.counted.items() if counts}
        return replace(self.contents.data_set("dicom", cases), counted=counted)

    def _is_dicom(self, path: Path) -> bool:
        if is_dicom_file(path):
            return True
        detail = f"{path.name} is no DICOM file"
        self.contents.fault(path, self._id(path), "unreadable-image", "left out", detail, broken=True)
        return False

    def _patients(self) -> Mapping[Path, str]:
        """Each file's patient. A study is of one patient: of the first that its files name, in their order."""
        of_study: dict[str, str] = {}
        patients = {}
        for path, one in self.stated.items():
            name = one.patient or one.study or self._id(path)
            patients[path] = of_study.setdefault(one.study, name) if one.study else name
            if not one.patient:
                detail = f"{path.name} states no PatientID; its {'study' if one.study else 'file'} stands for it"
                self.contents.fault(path, self._id(path), "no-patient", "read", detail)
            elif patients[path] != name:
                detail = f"{path.name} is of {name}, its study of {patients[path]}"
                self.contents.fault(path, self._id(path), "two-patients", "joined to one", detail)
        return patients

    def _read_table(self) -> Mapping[ImageRef, list[NoduleLine]]:
        """Picture -> its rows."""
        written, beyond = read_rows(self.root / TABLE, (*COLUMNS[:-1], "frame"))
        if beyond:
            detail = f"no use is known for {', '.join(beyond)}"
            self.contents.fault(self.root / TABLE, "", "unknown-columns", "ignored", detail)
        by_name = Finder((name, path) for path, one in self.stated.items() for name in self._names(path, one))
        rows: dict[ImageRef, list[NoduleLine]] = defaultdict(list)
        for row in written:
            files = list(dict.fromkeys(by_name.find(row.image)))
            if row.problem:
                self._row_fault(row, "bad-row", row.problem)
            elif not files:
                self._row_fault(row, "missing-image", f"image {row.image} is not there")
            elif len(files) > 1:
                self._row_fault(row, "ambiguous-image", f"{row.image} may be {' or '.join(map(self._id, files[:2]))}")
            else:
                rows[ImageRef(files[0], row.page)].append(row)
        return rows

    def _names(self, path: Path, stated: _Stated) -> set[str]:
        return {self._id(path), name_of(path), stem_of(path), stated.uid} - {""}

    def _pictures(self) -> list[ImageRef]:
        """The frames that rows name, and of every other file the first."""
        named = {picture.path for picture in self.rows}
        return sorted([*self.rows, *(ImageRef(path) for path in self.stated if path not in named)])

    def _read_picture(self, picture: ImageRef) -> None:
        path, image = picture.path, picture.named(self._id(picture.path))
        rows = self.rows.get(picture, [])
        frame = self._frame(picture, image, named=bool(rows))
        if frame is None:
            return
        patient = next((row.patient for row in rows if row.patient), self.patients[path])
        record = ImageRecord(image, picture, patient, frame.width, frame.height)
        self.contents.images.append(record)
        self.counted[SYNTAX][self.stated[path].syntax] += 1
        if any(region.kind == "doppler" for region in frame.regions):
            self.counted[DOPPLER]["a region of Doppler"] += 1
        regions = Regions(record)
        for row in rows:
            self._read_row(row, regions, frame)

    def _frame(self, picture: ImageRef, image: str, named: bool) -> Frame | None:
        report = self.contents.report(picture.path, image)
        try:
            frame = self.contents.decode(picture, origin=image)
        except DataError as error:
            report("unreadable-image", "left out", f"image {image} {error.advice}", broken=True)
            return None
        if not named:
            report_display(frame, f"image {image}", report)
        for note in frame.notes:
            report("other-colours", "put right", f"image {image}: {note}")
        return frame

    def _read_row(self, row: NoduleLine, regions: Regions, frame: Frame) -> None:
        if row.patient not in ("", regions.record.patient):
            detail = f"{row.image} is of {row.patient} here, of {regions.record.patient} above"
            self._row_fault(row, "two-patients", detail)
            return
        if row.category and word(row.category) not in self.meanings:
            detail = f"label {row.category!r} is neither 'benign' nor 'malignant'; see --classes"
            self._row_fault(row, "unknown-class", detail)
            return
        label = self.meanings.get(word(row.category))
        if row.category and label is None:
            return
        report = self.contents.report(self.root / TABLE, regions.record.id)
        box = row.box or scan_area(frame)
        nodule = regions.placed(f"line {row.line}: the box", box, (), label, report)
        if nodule is None:
            return
        self.contents.nodules.append(nodule)
        known = spacing_in(frame, nodule.box)
        self.counted[MILLIMETRES]["known" if known.mm else f"unknown: {known.reason.partition(':')[0]}"] += 1
        if meets_doppler(frame, nodule.box):
            report("doppler", "read", f"line {row.line}: the box ({nodule.box}) meets a region of Doppler")

    def _row_fault(self, row: NoduleLine, kind: str, detail: str) -> None:
        self.contents.fault(self.root / TABLE, row.image, kind, "left out", f"line {row.line}: {detail}", broken=True)

    def _id(self, path: Path) -> str:
        return name_under(self.root, path)


def _stated(path: Path) -> _Stated:
    try:
        with opened(path, tags=TAGS) as file:
            patient, study, uid = (_text(file.header, keyword) for keyword in IDENTITY)
            return _Stated(patient, study, uid, str(file.syntax.name))
    except DataError:  # its decoding says what is wrong
        return _Stated()


def _text(header: Dataset, keyword: str) -> str:
    try:
        return " ".join(str(header.get(keyword) or "").split())
    except Exception:  # pydicom reads a value when it is asked for, and raises what it stumbles over
        return ""
