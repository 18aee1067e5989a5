from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, JPEG2000Lossless, RLELossless

from isthmus.dicom.deidentify import KEPT, Pseudonyms, deidentified
from isthmus.dicom.read import read_frame
from isthmus.dicom.source_header import quiet
from isthmus.errors import DataError
from isthmus.nodule import Box
from make.answered import picture
from make.programs import program
from validators import dciodvfy_errors, ultrasound_files

KEY = "a secret that nobody knows"
AREA = Box(8, 6, 50, 40)


def saved(dataset: Dataset) -> bytes:
    file = io.BytesIO()
    with quiet():
        dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def region(box: Box) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box.x0, box.y0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box.x1 - 1, box.y1 - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.PhysicalDeltaX = item.PhysicalDeltaY = 0.01
    return item


def full(kind: str = "grey", frames: int | None = None) -> Dataset:
    """A picture that tells a lot, in every place where a name can be."""
    source = picture(kind, frames)
    source.SequenceOfUltrasoundRegions = [region(AREA)]
    source.InstitutionName, source.OperatorsName = "Ward of Wang Xiaoming", "Wang^Operator"
    source.StudyDescription = source.PatientComments = source.ImageComments = "Wang Xiaoming, left lobe"
    source.OtherPatientIDs, source.PatientAge, source.PatientAddress = "WANG-1", "093Y", "Wang street"
    source.ImageType = ["ORIGINAL", "PRIMARY", "WANG"]
    source.add_new(0x60000022, "LO", "Wang")  # of an overlay
    source.private_block(0x0011, "SOMEBODY", create=True).add_new(1, "LO", "Wang Xiaoming")
    nested = Dataset()
    nested.ReferencedSOPClassUID, nested.ReferencedSOPInstanceUID = source.SOPClassUID, "1.2.3.4.99"
    source.ReferencedImageSequence = [nested]
    return source


@pytest.mark.parametrize("kind", ["grey", "colour", "palette"])
@pytest.mark.parametrize("frames", [None, 3])
def test_nothing_that_tells_the_patient_is_left(kind: str, frames: int | None) -> None:
    content = saved(deidentified(saved(full(kind, frames)), [AREA], Pseudonyms(KEY)))
    for trace in ("wang", "小明", "ZH-7", "1.2.3.4", "19700102", "20260105", "A1", "093Y", "SOMEBODY"):
        assert trace.lower().encode() not in content.lower(), trace
    result = pydicom.dcmread(io.BytesIO(content))
    assert (result.PatientIdentityRemoved, result.PatientAge, result.PatientSex) == ("YES", "090Y", "F")
    assert result.PatientName == result.PatientID != ""


@pytest.mark.parametrize("kind", ["grey", "colour", "palette"])
def test_reading_sees_the_same_inside_and_black_outside(kind: str) -> None:
    source = saved(full(kind, 2))
    result = saved(deidentified(source, [AREA], Pseudonyms(KEY)))
    for page in (1, 2):
        before, after = read_frame(source, page=page), read_frame(result, page=page)
        inside = np.s_[AREA.y0 : AREA.y1, AREA.x0 : AREA.x1]
        assert np.array_equal(before.pixels[inside], after.pixels[inside])
        outside = after.pixels.copy()
        outside[inside] = 0
        assert outside.max() == 0
        assert after.regions == before.regions
        assert after.regions[0].spacing == (0.1, 0.1)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("bits", [8, 12])
def test_black_is_what_is_shown_black(photometric: str, bits: int) -> None:
    source = full()
    values = np.random.default_rng(1).integers(0, 1 << bits, (48, 64))
    source.PhotometricInterpretation = photometric
    source.BitsAllocated, source.BitsStored, source.HighBit = 8 if bits == 8 else 16, bits, bits - 1
    source.WindowCenter, source.WindowWidth = 1 << (bits - 1), 1 << bits
    source.PixelData = values.astype("<u1" if bits == 8 else "<u2").tobytes()
    after = read_frame(saved(deidentified(saved(source), [AREA], Pseudonyms(KEY))))
    assert after.pixels[: AREA.y0].max() == 0
    before = read_frame(saved(source))
    inside = np.s_[AREA.y0 : AREA.y1, AREA.x0 : AREA.x1]
    assert np.array_equal(before.pixels[inside], after.pixels[inside])


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_a_compressed_picture_is_compressed_again_without_loss(syntax: UID) -> None:
    source = full("colour", 2)
    source.compress(syntax, generate_instance_uid=False)
    result = deidentified(saved(source), [AREA], Pseudonyms(KEY))
    assert result.file_meta.TransferSyntaxUID == JPEG2000Lossless
    inside = np.s_[AREA.y0 : AREA.y1, AREA.x0 : AREA.x1]
    before, after = read_frame(saved(source), page=2), read_frame(saved(result), page=2)
    assert np.array_equal(before.pixels[inside], after.pixels[inside])


def test_files_of_a_patient_stay_together_and_intervals_stay() -> None:
    later = full()
    later.SOPInstanceUID = later.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.2"
    later.StudyDate = "20260115"
    names = Pseudonyms()
    one, other = (deidentified(saved(each), [AREA], names) for each in (full(), later))
    assert one.PatientID == other.PatientID
    assert one.StudyInstanceUID == other.StudyInstanceUID
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert np.datetime64(f"{other.StudyDate[:4]}-{other.StudyDate[4:6]}-{other.StudyDate[6:]}") - np.datetime64(
        f"{one.StudyDate[:4]}-{one.StudyDate[4:6]}-{one.StudyDate[6:]}"
    ) == np.timedelta64(10, "D")
    for uid in (one.SOPInstanceUID, one.StudyInstanceUID):
        assert uid.startswith("2.25.")


def test_dates_of_patients_move_by_different_numbers_of_days() -> None:
    other = full()
    other.PatientID = "ZH-8"
    names = Pseudonyms(KEY)
    assert deidentified(saved(full()), [AREA], names).StudyDate != deidentified(saved(other), [AREA], names).StudyDate


def test_a_key_gives_the_same_and_another_key_other_numbers() -> None:
    def number(key: str) -> str:
        return str(deidentified(saved(full()), [AREA], Pseudonyms(key)).PatientID)

    assert number(KEY) == number(KEY)
    assert len({number(KEY), number("another secret of some length"), number(""), number("")}) == 4


def test_who_looked_is_said_in_the_codes() -> None:
    def codes(looked_at: bool) -> set[str]:
        result = deidentified(saved(full()), [AREA], Pseudonyms(KEY), looked_at=looked_at)
        assert result.BurnedInAnnotation == ("NO" if looked_at else "YES")
        return {str(code.CodeValue) for code in result.DeidentificationMethodCodeSequence}

    assert codes(True) - codes(False) == {"113101"}


@pytest.mark.parametrize("keyword", ["PatientID", "StudyDate", "PatientSex", "InstanceNumber", "ImageType"])
def test_an_absent_attribute_is_no_matter(keyword: str) -> None:
    source = full()
    delattr(source, keyword)
    assert deidentified(saved(source), [AREA], Pseudonyms(KEY)).PatientName != ""


@pytest.mark.parametrize(
    ("keep", "what"), [([], "no scan area"), ([Box(500, 500, 600, 600)], "lies outside")], ids=["none", "outside"]
)
def test_an_area_that_is_none_is_refused(keep: Any, what: str) -> None:
    with pytest.raises(DataError, match=what):
        deidentified(saved(full()), keep, Pseudonyms(KEY))


def test_what_stays_is_no_text_of_a_person() -> None:
    dictionary = {
        keyword: pydicom.datadict.dictionary_VR(pydicom.datadict.tag_for_keyword(keyword)) for keyword in KEPT
    }
    assert {keyword for keyword, vr in dictionary.items() if vr in ("PN", "LT", "ST", "UT", "UN", "OB")} == set()


PYDICOMS = [path for path in ultrasound_files() if "examples" in path.name or "ALOKA-16.dcm" in path.name]


@pytest.mark.parametrize("path", PYDICOMS, ids=lambda path: path.name)
def test_pydicoms_files_get_no_new_errors(path: Path, tmp_path: Path) -> None:
    program("dciodvfy", "dicom3tools")
    frame = read_frame(path)
    area = Box(frame.width // 4, frame.height // 4, frame.width // 2, frame.height // 2)
    result = tmp_path / "result.dcm"
    result.write_bytes(saved(deidentified(path, [area], Pseudonyms(KEY))))
    assert dciodvfy_errors(result) == []
    inside = np.s_[area.y0 : area.y1, area.x0 : area.x1]
    assert np.array_equal(frame.pixels[inside], read_frame(result).pixels[inside])
