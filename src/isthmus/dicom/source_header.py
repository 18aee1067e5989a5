"""The header of a picture made fit to be answered: names in UTF-8, what is absent added, what is retired renamed."""

from __future__ import annotations

import contextlib
import copy
import datetime
import re
import warnings
from collections.abc import Iterator, Mapping

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from isthmus.dicom.uids import uid_of
from isthmus.errors import DataError

UTF8 = "ISO_IR 192"

# Retired storage classes -> those that took their place. highdicom knows no retired ones.
RETIRED: Mapping[str, UID] = {
    "1.2.840.10008.5.1.4.1.1.6": UltrasoundImageStorage,
    "1.2.840.10008.5.1.4.1.1.3": UltrasoundMultiFrameImageStorage,
}
# What an answer needs of a patient and a study even where nothing is known of it (type 2 of PS3.3).
TYPE_2 = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
TEXTS = ("LO", "SH", "ST", "LT", "UT")
UIDS = r"[0-9.]{1,64}"  # of what was made against the standard too, as it is what the study is found by
NAMES = ("PatientName", "ReferringPhysicianName")
FORMS = {
    "DA": r"(1[5-9]|2\d)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    "TM": r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?",
}
SEXES = ("M", "F", "O")
BULK = frozenset((0x0002, *range(0x5000, 0x6100), 0x7FE0))  # groups of the file itself, curves, overlays and pixels
PALETTES = range(0x1101, 0x1300)  # in group 0x0028


def header_of(dataset: Dataset) -> Dataset:
    """A copy of a picture's attributes, without its pixels, as an answer to it may take them over.

    Text is Unicode and will be written in UTF-8 (ISO_IR 192), since without a character set Chinese names are saved as
    question marks. Retired ultrasound classes have the name of those of today. Patient and study have every attribute
    of type 2, empty where the picture lacks it or says no date, time or sex. The study's UID, where there is none,
    follows from the picture's. Raises DataError for what has no UID or no pixels.
    """
    _refuse_no_picture(dataset)
    with quiet():  # of text that isn't in its character set: it is read as far as it goes
        header = _without_bulk(dataset)
        _repair(header)
    header.SpecificCharacterSet = UTF8
    header.SOPClassUID = RETIRED.get(header.SOPClassUID, header.SOPClassUID)
    for kind in ("Study", "Series"):
        if not re.fullmatch(UIDS, str(header.get(f"{kind}InstanceUID") or "")):
            setattr(header, f"{kind}InstanceUID", uid_of(kind, header.SOPInstanceUID))
    header.file_meta = FileMetaDataset()  # highdicom refuses big endian; these attributes are no file's any more
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return header


def frames_of(dataset: Dataset) -> int:
    """How many frames the picture says that it has; 1 where it says nothing, or none."""
    try:
        return max(int(dataset.get("NumberOfFrames") or 1), 1)
    except (TypeError, ValueError):
        return 1


def is_multi_frame(header: Dataset) -> bool:
    """Whether the picture's class is one of several frames, so that a reference to one names it. A reference to a class
    of one frame must not, be there several in the file."""
    name = UID(header.SOPClassUID).name
    return "Multi-frame" in name or "Enhanced" in name


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings of pydicom and highdicom within, which repeat values of a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def unnamed(header: Dataset) -> Dataset:
    """The header without names of persons: highdicom warns of names that it doubts and repeats them, in logs."""
    copied = Dataset()
    copied.update(header)
    copied.file_meta = header.file_meta
    for keyword in NAMES:
        copied[keyword] = DataElement(keyword, "PN", "")  # an element of its own: the header keeps the name
    return copied


def name_again(answer: Dataset, header: Dataset, when: datetime.datetime) -> None:
    """Gives an answer the names that ``unnamed`` left out, and the moment of its making for highdicom's now."""
    for keyword in NAMES:
        setattr(answer, keyword, header[keyword].value)
    answer.InstanceCreationDate = when.strftime("%Y%m%d")
    answer.InstanceCreationTime = when.strftime("%H%M%S")
    answer.ContributingEquipmentSequence[-1].ContributionDateTime = when.strftime("%Y%m%d%H%M%S")  # highdicom's own


def _refuse_no_picture(dataset: Dataset) -> None:
    where = str(dataset.get("SOPInstanceUID") or "DICOM object")
    for keyword in ("SOPInstanceUID", "SOPClassUID"):
        if not dataset.get(keyword):
            raise DataError(f"has no {keyword}, so that no report can name it", where=where, remedy="Repair the file.")
    if not (dataset.get("Rows") and dataset.get("Columns")):
        raise DataError("has no pixels to report on", where=where, remedy="Give the picture that was read.")


def _without_bulk(dataset: Dataset) -> Dataset:
    header = Dataset()
    for tag in dataset.keys():  # noqa: SIM118  # iterating over a Dataset would read its pixels
        if tag.group in BULK or tag.is_private or (tag.group == 0x0028 and tag.element in PALETTES):
            continue
        element = copy.deepcopy(dataset[tag])
        if element.VR == "PN":  # as text, so that no character set of the source clings to it
            names = map(str, element.value if element.VM > 1 else [element.value or ""])
            element.value = without_escapes("\\".join(names))
        elif element.VR in TEXTS and isinstance(element.value, str):
            element.value = without_escapes(element.value)
        header.add(element)
    return header


def _repair(header: Dataset) -> None:
    """Adds what is absent; empties what has no value of its kind, which highdicom raises an error for."""
    for keyword in TYPE_2:
        if header.get(keyword) is None:
            setattr(header, keyword, "")
    if header.PatientSex not in SEXES:
        header.PatientSex = ""
    for element in list(header):
        if element.VR in FORMS:
            element.value = in_form(element.VR, element.value)


def without_escapes(text: str) -> str:
    r"""Text without the escape sequences of ISO 2022, which pydicom leaves in Chinese text of ISO 2022 IR 58.

    >>> without_escapes("Zhang^XiaoDong=\x1b$)A张^\x1b$)A小东")
    'Zhang^XiaoDong=张^小东'
    """
    return re.sub("\x1b[ -/]+[0-~]", "", text)


def in_form(vr: str, value: object) -> str:
    """A date or time as DICOM 3 writes it; ACR-NEMA wrote 1994.11.05 and 10:20:30. "" for what is none."""
    text = str(value or "").replace(".", "", 2 if vr == "DA" else 0).replace(":", "").strip()
    return text if re.fullmatch(FORMS[vr], text) else ""


def moment(at: datetime.datetime | None) -> datetime.datetime:
    """When an answer was made: now, in local time, unless it is said. Microseconds are left out."""
    return (at or datetime.datetime.now()).replace(microsecond=0)
