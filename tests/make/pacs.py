"""What a PACS sends in a test: made ultrasound pictures, and objects of others that mark a nodule on them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import pack_bits
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian, SegmentationStorage, generate_uid

from isthmus.dicom.outputs import write_outputs
from isthmus.dicom.pictures import presentation_state, segmentation
from isthmus.dicom.report import structured_report
from isthmus.dicom.source_header import quiet
from isthmus.nodule import Box, Pixels
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import READ
from make.answered import MODEL, finding, picture, reading

BOX = Box(40, 50, 120, 110)
SIZE = (160, 200)


def ultrasound(kind: str = "grey", frames: int | None = None, patient: str = "ZH-7", study: str = "") -> Dataset:
    """A picture with its own UIDs, of speckle."""
    made = picture(kind, frames, SIZE, generate_uid())
    made.StudyInstanceUID, made.SeriesInstanceUID = study or generate_uid(), generate_uid()
    made.PatientID = patient
    shape = (frames or 1, *SIZE, made.SamplesPerPixel)
    noise = np.random.default_rng(3).normal(110, 40, shape)
    made.PixelData = np.clip([cv2.GaussianBlur(one, (0, 0), 1.5) for one in noise], 0, 255).astype(np.uint8).tobytes()
    return made


def marking(image: Dataset, kind: str = "PR", box: Box = BOX, frame: int = 1) -> Dataset:
    """Somebody else's presentation state ``PR``, ``SEG`` or ``SR`` with a box on a picture."""
    make = {"PR": presentation_state, "SEG": segmentation, "SR": structured_report}[kind]
    one = finding(image, prediction=reading(box), frame=frame, crops=(), grade=None)
    with quiet():
        made = make([one], MODEL)
    assert isinstance(made, Dataset), made
    made.Manufacturer = "Somebody"
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    made.SeriesInstanceUID = generate_uid()
    return made


def graphic(kind: str, numbers: Sequence[float], image: Dataset, **changes: str) -> Dataset:
    """A presentation state with one graphic on a picture, as small as it may be."""
    made = Dataset()
    made.Modality = "PR"
    item, annotation, reference = Dataset(), Dataset(), Dataset()
    item.GraphicAnnotationUnits, item.GraphicType = changes.get("units", "PIXEL"), kind
    item.GraphicFilled = changes.get("filled", "N")
    item.GraphicData = list(numbers)
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    annotation.GraphicObjectSequence, annotation.ReferencedImageSequence = [item], [reference]
    made.GraphicAnnotationSequence = [annotation]
    return made


def answered(inbox: Inbox, image: Dataset, origin: str = "dimse") -> str:
    """Puts a picture into an inbox and its answers beside it, as if it had been read; gives its UID."""
    uid = str(image.SOPInstanceUID)
    inbox.place(uid).write_bytes(as_file(image))
    inbox.queue.receive(uid, origin)
    entry = inbox.queue.entry(uid)
    assert entry is not None
    one = finding(image, prediction=reading(BOX), crops=(), grade=None)
    with inbox.new_answers(uid) as folder:
        write_outputs(folder, [one], {(uid, 1): image.pixel_array}, MODEL)
        assert inbox.queue.move(entry, READ, answers=folder.name)
    return uid


def segments(image: Dataset, *masks: Pixels, numbers: Sequence[int] = (), frames: Sequence[int] = ()) -> Dataset:
    """A segmentation of a picture with a frame for each mask, of segment ``numbers`` and picture ``frames``."""
    made = Dataset()
    made.SOPClassUID, made.Modality, made.SegmentationType = SegmentationStorage, "SEG", "BINARY"
    made.SOPInstanceUID = generate_uid()
    made.Rows, made.Columns = masks[0].shape
    made.NumberOfFrames, made.SamplesPerPixel, made.PhotometricInterpretation = len(masks), 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 1, 1, 0, 0
    made.PixelData = pack_bits(np.stack(masks).astype(np.uint8))
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.PerFrameFunctionalGroupsSequence = [
        _of_frame(image, numbers[at] if numbers else 1, frames[at] if frames else 0) for at in range(len(masks))
    ]
    return made


def _of_frame(image: Dataset, number: int, frame: int) -> Dataset:
    groups, derivation, source, segment = Dataset(), Dataset(), Dataset(), Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    if frame:
        source.ReferencedFrameNumber = frame
    segment.ReferencedSegmentNumber = number
    derivation.SourceImageSequence = [source]
    groups.DerivationImageSequence, groups.SegmentIdentificationSequence = [derivation], [segment]
    return groups


def coordinates(kind: str, numbers: Sequence[float], image: Dataset, frame: int = 0, by: str = "value") -> Dataset:
    """A report with one graphic that is selected from a picture, ``by`` value or by reference."""
    report, region, selected = Dataset(), Dataset(), Dataset()
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    if frame:
        reference.ReferencedFrameNumber = frame
    selected.ValueType, selected.RelationshipType, selected.ReferencedSOPSequence = "IMAGE", "CONTAINS", [reference]
    region.ValueType, region.GraphicType, region.GraphicData = "SCOORD", kind, list(numbers)
    report.SOPClassUID, report.Modality = ComprehensiveSRStorage, "SR"
    if by == "value":
        region.ContentSequence = [selected]
        report.ContentSequence = [region]
        return report
    pointer, group = Dataset(), Dataset()
    pointer.RelationshipType, pointer.ReferencedContentItemIdentifier = "R-SELECTED FROM", [1, 2, 1]
    region.ContentSequence = [pointer]
    group.ValueType, group.ContentSequence = "CONTAINER", [selected]
    report.ContentSequence = [region, group]
    return report


def as_file(dataset: Dataset) -> bytes:
    """A dataset as the bytes of a DICOM file."""
    buffer = io.BytesIO()
    with quiet():
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
