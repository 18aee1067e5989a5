"""`isthmus predict FILE.dcm --sr OUT.dcm --dicom-to FOLDER`: what was read, as DICOM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isthmus import files
from isthmus.cli import work
from isthmus.cli.talk import note
from isthmus.errors import DataError, UsageError
from isthmus.text import printable

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from isthmus.dicom.finding import Finding
    from isthmus.infer.answer import Reading
    from isthmus.infer.predictor import Predictor

NO_DICOM = "A report names the picture, its study and patient, which only DICOM has; --json gives the result."


@dataclass(frozen=True)
class Wanted:
    """Where the report goes, and the folder for all that answers a picture; ``names`` of the nodules, in the order of
    the marks, () without."""

    sr: Path | None = None
    folder: Path | None = None
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.sr is not None or self.folder is not None

    def refuse(self, paths: Sequence[str], marks: int) -> None:
        """Raises UsageError where a target is a file that is read or can't be written, or names and marks differ in
        number; DataError for a file that is no DICOM. All of it before anything is read."""
        if self.names and not self:
            raise UsageError("--nodule goes with --sr or --dicom-to", remedy="Name where the report goes.")
        if self.names and len(self.names) != max(marks, 1):
            what = f"{len(self.names)} names for {max(marks, 1)} nodules"
            raise UsageError(what, where="--nodule", remedy="Give one for each, boxes first.")
        for option, target in (("--sr", self.sr), ("--dicom-to", self.folder)):
            if target is None:
                continue
            if any(files.same(target, Path(path)) for path in paths):
                raise UsageError(
                    "is what this command reads", where=f"{option} {printable(target)}", remedy="Change it."
                )
            files.refuse_unwritable(target)
        if self.sr is not None and self.sr.is_dir():
            raise UsageError("is a folder", where=f"--sr {printable(self.sr)}", remedy="Name a file, such as sr.dcm.")
        if self.folder is not None and self.folder.exists() and not self.folder.is_dir():
            raise UsageError("is a file", where=f"--dicom-to {printable(self.folder)}", remedy="Name a folder.")
        for path in paths if self else ():
            header_of(Path(path))


def header_of(path: Path) -> Dataset:
    """The header of a DICOM picture. Raises DataError for anything else."""
    try:
        header = work.dicom_header.read_header(path)
    except DataError as error:
        if path.is_file() and not _is_dicom(path):
            raise DataError("is no DICOM file", where=printable(path), remedy=NO_DICOM) from None
        raise error
    if not header.get("SOPInstanceUID"):
        raise DataError("is no DICOM file with a UID", where=printable(path), remedy=NO_DICOM)
    return header


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def write_reports(predictor: Predictor, read: Sequence[tuple[Path, Sequence[Reading]]], wanted: Wanted) -> None:
    """Writes what was read of each file as one report, and says so. Nothing where nothing could be read.

    Raises DataError where the files are of several patients, StorageError.
    """
    found = list(_findings(predictor, read, wanted.names))
    if not found:
        return
    model, findings = work.reporting.model_of(predictor), [finding for finding, _, _ in found]
    if wanted.sr is not None:
        report = work.dicom_report.structured_report(findings, model)
        work.dicom_outputs.write_object(wanted.sr, report)
        note(f"isthmus: report {printable(wanted.sr)} (SR, {len(findings)} nodule{'s' if len(findings) > 1 else ''})")
    if wanted.folder is not None:
        pixels = {
            (str(finding.image.SOPInstanceUID), finding.frame): work.pixels.read_frame(path, page=page).pixels
            for finding, path, page in found
        }
        made = work.dicom_outputs.write_outputs(wanted.folder, findings, pixels, model)
        for path in made.files:
            note(f"isthmus: written: {printable(path)}")
        for sentence in made.left_out:
            note(f"isthmus: {sentence}")


def _findings(
    predictor: Predictor, read: Sequence[tuple[Path, Sequence[Reading]]], names: tuple[str, ...]
) -> Iterator[tuple[Finding, Path, int]]:
    for path, readings in read:
        if not readings:
            continue
        header, page = header_of(path), readings[0].prediction.page
        frame = work.pixels.read_frame(path, page=page)
        for at, reading in enumerate(readings):
            name = names[at] if at < len(names) else ""
            yield work.reporting.finding_of(predictor, reading, frame, header, name), path, page
