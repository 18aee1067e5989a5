"""A picture without its patient: attributes by dicognito and a list of what stays, black outside the scan area."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from dicognito.anonymizer import Anonymizer
from dicognito.element_anonymizer import ElementAnonymizer
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless

from isthmus.dicom.decode import Decoded, Samples, decode
from isthmus.dicom.header import Opened, opened
from isthmus.dicom.layout import GREY, Layout, layout_of
from isthmus.dicom.read import BOUNDS
from isthmus.dicom.shown import as_shown
from isthmus.dicom.source_header import RETIRED, UTF8, in_form, quiet
from isthmus.dicom.uids import uid_of
from isthmus.errors import DataError
from isthmus.nodule import Box

# All that stays. Whatever isn't named here goes: names, free text, devices' numbers, private groups, overlays.
KEPT = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "ImageType"),
    *("PatientID", "PatientSex", "PatientAge", "StudyDate", "StudyTime", "ContentDate", "ContentTime"),
    *("SeriesNumber", "InstanceNumber", "BodyPartExamined", "Laterality", "ImageLaterality", "PatientOrientation"),
    *("Manufacturer", "ManufacturerModelName"),
    *("NumberOfFrames", "FrameTime", "FrameIncrementPointer", "CineRate", "RecommendedDisplayFrameRate"),
    *("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "PixelAspectRatio"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("RescaleIntercept", "RescaleSlope", "RescaleType", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *(
        "SequenceOfUltrasoundRegions",
        "LossyImageCompression",
        "LossyImageCompressionRatio",
        "LossyImageCompressionMethod",
    ),
)
EMPTY = ("PatientBirthDate", "AccessionNumber", "StudyID", "ReferringPhysicianName")  # of type 2: there, without value
TYPE_2 = ("PatientID", "PatientSex", "StudyDate", "StudyTime", "SeriesNumber", "InstanceNumber", "PatientOrientation")
OLDEST = 89  # years; above, an age tells who it is (PS3.15, E.3.6)
LUT_AND_REGIONS = (0x0018, 0x0028)  # groups of what stays in nested items
METHOD = "isthmus: attributes by dicognito and a list of what is kept, pixels outside the scan area black"
CODES = {
    "113100": "Basic Application Confidentiality Profile",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
}
CLEANED = {"113101": "Clean Pixel Data Option"}
LATEST = 2_000_000_000  # bytes of decoded pixels, of all frames


class Pseudonyms:
    """New numbers, UIDs and dates for old ones: the same for the same, of one patient and among files.

    ``key`` is a secret that they follow from: whoever has it can find out which patient is which. Without one they
    are the same among the files of this object only. Dates move back by 62 to 730 days, of each patient by another
    number, so that intervals stay.
    """

    def __init__(self, key: str = "") -> None:
        self._key = key or secrets.token_hex(32)
        self._of_patients: dict[str, Anonymizer] = {}

    def replace(self, dataset: Dataset) -> None:
        """Replaces what identifies in ``dataset``, which has a ``file_meta``."""
        patient = f"{dataset.get('PatientID') or dataset.StudyInstanceUID}"
        if patient not in self._of_patients:
            self._of_patients[patient] = Anonymizer(seed=f"{self._key}:{patient}")
            self._of_patients[patient].add_element_handler(_Uids(self._key))
        self._of_patients[patient].anonymize(dataset)


class _Uids(ElementAnonymizer):
    """A UID for a UID, under 2.25: dicognito's own have a root that nobody registered."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, _: Dataset, element: DataElement) -> bool:
        if element.VR != "UI":
            return False
        if element.keyword.endswith("InstanceUID"):
            element.value = uid_of("pseudonym", self._key, element.value)
        return True

    def describe_actions(self) -> Iterator[str]:
        yield "Replace instance UIDs"


def deidentified(
    source: Path | bytes, keep: Sequence[Box], pseudonyms: Pseudonyms, where: str = "", looked_at: bool = False
) -> Dataset:
    """The DICOM picture in a file without what tells its patient, ready to be written.

    Of its attributes those in KEPT stay, numbers and dates changed by ``pseudonyms``; the regions with their
    millimetres stay as they are. Every pixel of each frame outside all boxes of ``keep``, the scan areas in image
    pixels, is black. Frames are stored as they were decoded, colours as RGB, without loss. **Text burnt into the scan
    area stays**: whoever calls has to look for it, and says by ``looked_at`` that somebody did. Raises DataError for
    what isn't read, no box, a box outside, and clips of more than two gigabytes.
    """
    if not keep:
        raise DataError("no scan area to keep", where=where, remedy="Name the area that shows tissue.")
    with quiet(), opened(source, where) as file:
        layout = layout_of(file, BOUNDS)
        for box in keep:
            if not box.meets(layout.columns, layout.rows):
                raise DataError(f"the scan area {box} lies outside", where=file.where, remedy="Give one inside.")
        if layout.frames * layout.frame_bytes > LATEST:
            raise DataError("is a clip of more than 2 GB", where=file.where, remedy="Export the frames that you need.")
        result = _attributes(file.header, pseudonyms)
        _store(result, file, layout, keep)
    codes = CODES | (CLEANED if looked_at else {})
    result.DeidentificationMethodCodeSequence = [_code(value, meaning) for value, meaning in codes.items()]
    result.BurnedInAnnotation = "NO" if looked_at else "YES"
    return result


def _attributes(header: Dataset, pseudonyms: Pseudonyms) -> Dataset:
    result = Dataset()
    for keyword in KEPT:
        if keyword in header:
            element = header[keyword]
            result.add(element)
            if element.VR == "SQ":
                element.value = Items([_plain_item(item) for item in element.value])
            elif element.VR in ("DA", "TM"):
                element.value = in_form(element.VR, element.value)
    result.SpecificCharacterSet = UTF8
    result.SOPClassUID = RETIRED.get(header.SOPClassUID, header.SOPClassUID)
    result.file_meta = FileMetaDataset()
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result.file_meta.MediaStorageSOPClassUID = result.SOPClassUID
    result.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    pseudonyms.replace(result)
    result.PatientName = result.get("PatientID") or "ANONYMOUS"
    for keyword in EMPTY:
        setattr(result, keyword, "")
    for keyword in TYPE_2:
        setattr(result, keyword, result.get(keyword) or "")
    if not result.get("ImageLaterality"):
        result.Laterality = result.get("Laterality") or ""
    result.ImageType = list(result.get("ImageType") or ("ORIGINAL", "PRIMARY"))[:2]  # what follows is free text
    _cap_age(result)
    result.PatientIdentityRemoved = "YES"
    result.DeidentificationMethod = METHOD[:64]
    return result


def _plain_item(item: Dataset) -> Dataset:
    """An item with its numbers only: of a region or a table."""
    plain = Dataset()
    for element in item:
        if (
            element.tag.group in LUT_AND_REGIONS
            and not element.tag.is_private
            and element.VR not in ("LO", "ST", "LT", "UT")
        ):
            plain.add(element)
    return plain


def _cap_age(result: Dataset) -> None:
    age = str(result.get("PatientAge") or "")
    if age[:3].isdigit() and age.endswith("Y") and int(age[:3]) > OLDEST:
        result.PatientAge = f"{OLDEST + 1:03}Y"


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning[:64]
    return code


def _store(result: Dataset, file: Opened, layout: Layout, keep: Sequence[Box]) -> None:
    """Puts the frames into ``result``, black outside ``keep``, and says how they are stored."""
    black = np.ones((layout.rows, layout.columns), bool)
    for box in keep:
        part = box.clipped(layout.columns, layout.rows)
        black[part.y0 : part.y1, part.x0 : part.x1] = False
    dark = _darkest(file, layout)
    frames = [_blackened(frame, black, dark) for frame in _frames(file, layout)]
    stored = frames[0]
    if stored.ndim == 3:
        result.SamplesPerPixel, result.PlanarConfiguration, result.PixelRepresentation = 3, 0, 0
    result.PhotometricInterpretation = layout.photometric if stored.ndim == 2 else "RGB"
    result.BitsAllocated = 8 * stored.itemsize
    result.BitsStored = min(layout.stored, result.BitsAllocated) if stored.ndim == 2 else 8
    result.HighBit = min(layout.high, result.BitsAllocated - 1) if stored.ndim == 2 else 7
    content = b"".join(frame.astype(frame.dtype.newbyteorder("<")).tobytes() for frame in frames)
    result.PixelData = content + b"\0" * (len(content) % 2)
    result["PixelData"].VR = "OB" if stored.itemsize == 1 else "OW"
    if file.syntax.is_compressed:
        if stored.ndim == 3:
            result.PhotometricInterpretation = "YBR_RCT"  # what JPEG 2000 makes of RGB, without loss
        result.compress(JPEG2000Lossless, generate_instance_uid=False)


def _frames(file: Opened, layout: Layout) -> Iterator[Samples]:
    """Each frame: grey as it is stored, colours and palettes as they are shown, in RGB."""
    for page in range(1, layout.frames + 1):
        decoded = decode(file, layout, page)
        yield decoded.samples if layout.photometric in GREY else as_shown(decoded, layout, file.header, file.where)[0]


def _blackened(frame: Samples, black: npt.NDArray[np.bool_], dark: int) -> Samples:
    return np.where(black[..., None] if frame.ndim == 3 else black, frame.dtype.type(dark), frame)


def _darkest(file: Opened, layout: Layout) -> int:
    """The stored value that is shown darkest."""
    if layout.photometric not in GREY:
        return 0
    codes = np.arange(1 << layout.stored) << (layout.high - layout.stored + 1)
    codes = codes.astype(np.uint8 if layout.allocated == 8 else np.uint16)
    shown, _ = as_shown(Decoded(codes[None], "", 1, layout.stored), layout, file.header, file.where)
    return int(codes[int(shown[0].argmin())])
