"""All that answers a picture, as files: report, secondary capture, presentation state, segmentation, FHIR."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from pydicom.dataset import Dataset

from isthmus.dicom.fhir import fhir_bundle
from isthmus.dicom.finding import Finding, Model
from isthmus.dicom.pictures import presentation_state, secondary_capture, segmentation
from isthmus.dicom.report import structured_report
from isthmus.dicom.source_header import moment, quiet
from isthmus.files import json_text, make_folder, whole_file, write_text
from isthmus.nodule import Pixels

PageOf: TypeAlias = tuple[str, int]  # SOP instance UID and frame


@dataclass(frozen=True)
class Outputs:
    """The ``files`` that were written, and a sentence for each that the pictures don't allow."""

    files: tuple[Path, ...]
    left_out: tuple[str, ...]


def write_object(path: Path, answer: Dataset) -> None:
    """Writes a DICOM file, whole or not at all. Raises StorageError."""
    with quiet(), whole_file(path) as temporary:
        answer.save_as(temporary, enforce_file_format=True)


def write_outputs(
    folder: Path,
    findings: Sequence[Finding],
    pixels: Mapping[PageOf, Pixels],
    model: Model,
    at: datetime.datetime | None = None,
) -> Outputs:
    """Writes all that the pictures of the findings allow into ``folder``: ``report.dcm`` (SR), ``report.fhir.json``,
    and of each frame ``capture.dcm``, ``presentation.dcm`` and ``segmentation.dcm``, numbered from the second frame on.

    ``pixels`` are the frames as they were read, uint8 (h, w) or (h, w, 3), by SOP instance UID and frame number.
    Raises DataError as ``structured_report`` does, StorageError.
    """
    when = moment(at)
    report = structured_report(findings, model, when)
    make_folder(folder)
    files, left_out = [folder / "report.dcm", folder / "report.fhir.json"], []
    write_object(files[0], report)
    write_text(files[1], json_text(fhir_bundle(report)) + "\n")
    for number, (place, on_it) in enumerate(_by_frame(findings).items(), 1):
        ending = "" if number == 1 else f"-{number}"
        for name, made in _pictures(on_it, pixels[place], model, when):
            if isinstance(made, str):
                left_out.append(made if made not in left_out else "")
                continue
            files.append(folder / f"{name}{ending}.dcm")
            write_object(files[-1], made)
    return Outputs(tuple(files), tuple(filter(None, left_out)))


def _pictures(
    findings: Sequence[Finding], pixels: Pixels, model: Model, when: datetime.datetime
) -> Iterator[tuple[str, Dataset | str]]:
    makers: Mapping[str, Callable[[], Dataset | str]] = {
        "capture": partial(secondary_capture, findings, pixels, model, when),
        "presentation": partial(presentation_state, findings, model, when),
        "segmentation": partial(segmentation, findings, model, when),
    }
    for name, make in makers.items():
        yield name, make()


def _by_frame(findings: Sequence[Finding]) -> dict[PageOf, list[Finding]]:
    frames: dict[PageOf, list[Finding]] = {}
    for finding in findings:
        frames.setdefault((str(finding.image.SOPInstanceUID), finding.frame), []).append(finding)
    return frames
