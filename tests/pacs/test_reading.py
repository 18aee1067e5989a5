"""From pictures and regions as they come, good and bad, to answers, or to a reason that a person understands."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless, generate_uid

from isthmus.nodule import Box, Mark
from isthmus.pacs import reading
from isthmus.pacs.classes import RETIRED
from isthmus.pacs.marks import FrameMark
from isthmus.pacs.queue import FAILED, READ, WAITING
from isthmus.pacs.reading import Office, fitting_marks
from isthmus.pacs.status import status_of
from make.office import came, entry_of, name_of, nodules, report_of, said_of
from make.pacs import BOX, as_file, marking, segments, ultrasound

MPEG2 = UID("1.2.840.10008.1.2.4.100")
LARGE = 64 << 20  # bytes
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def test_a_picture_that_the_gate_refuses_gets_a_report_without_an_answer(office: Office) -> None:
    image = ultrasound()  # noise
    came(office.inbox, image, marking(image))
    assert office.work() == 1
    (group,) = nodules(report_of(office.inbox, image))
    assert said_of(group, "Why the input gate refuses")
    names = [name_of(one) for one in group.ContentSequence]
    assert "Input gate" in names
    assert not [one for one in names if "robability" in one]


def in_syntax(image: Dataset, syntax: UID) -> Dataset:
    image.file_meta.TransferSyntaxUID = syntax
    return image


def with_changes(**changes: Any) -> Dataset:
    image = ultrasound(frames=2)
    for keyword, value in changes.items():
        setattr(image, keyword, value)
    return image


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lambda: with_changes(NumberOfFrames=3000), "states 3000 frames of 32,000 bytes and holds 2"),
        (lambda: with_changes(Rows=65_535, Columns=65_535), "at most 16384 a side are read"),
        (lambda: with_changes(Rows=16_000, Columns=16_000, SamplesPerPixel=3, PhotometricInterpretation="RGB"), "MiB"),
        (lambda: with_changes(PhotometricInterpretation="CMYK"), "colours in 'CMYK'"),
        (lambda: with_changes(BitsAllocated=32), "32 bits a sample"),
    ],
)
def test_pixels_that_cant_be_read_are_listed_with_a_reason_and_hold_nothing_up(
    bad: Any, why: str, office: Office
) -> None:
    image, good = bad(), ultrasound()
    came(office.inbox, image, good, marking(good))
    assert office.work() == 2
    assert why in entry_of(office.inbox, image).note
    assert entry_of(office.inbox, good).state == READ
    (listed,) = [one for one in status_of(office.inbox.queue)["objects"] if one["state"] == FAILED]
    assert (listed["uid"], why in listed["note"]) == (image.SOPInstanceUID, True)


def test_a_syntax_without_a_decoder_is_named(office: Office) -> None:
    image = ultrasound()
    image.PixelData = encapsulate([image.PixelData])
    image["PixelData"].is_undefined_length = True
    came(office.inbox, in_syntax(image, MPEG2))
    office.work()
    assert entry_of(office.inbox, image).note.startswith("is MPEG2 Main Profile")


def test_pixels_that_arent_in_the_stated_syntax_are_said_to(office: Office) -> None:
    image = ultrasound()
    content = as_file(image).replace(ExplicitVRLittleEndian.encode(), RLELossless.encode(), 1)
    came(office.inbox, content)
    office.work()
    assert (
        "its pixels are not compressed, which its transfer syntax (RLE Lossless)" in entry_of(office.inbox, image).note
    )


@pytest.mark.parametrize("named", RETIRED)
def test_a_picture_of_a_retired_class_is_answered(named: str, office: Office) -> None:
    image = ultrasound(frames=2 if named == RETIRED[1] else None)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = named
    came(office.inbox, image, marking(image))
    office.work()
    assert nodules(report_of(office.inbox, image))


def placed(office: Office, image: Dataset, *marks: FrameMark) -> None:
    """Has a picture with marks read."""
    came(office.inbox, image)
    office.inbox.queue.take(generate_uid(), "dimse", {image.SOPInstanceUID: marks}, 0)
    office.work()


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (FrameMark(9, Mark(BOX)), "a region is of frame 9, and there are 3"),
        (FrameMark(0, Mark(BOX)), "a region is of frame 0, and there are 3"),
        (FrameMark(1, Mark(Box(150, 50, 250, 110))), "leaves the image, which is 200 x 160 pixels"),
        (FrameMark(1, Mark(BOX), (100, 80)), "a region was drawn on 100 x 80 pixels, and the picture has 200 x 160"),
    ],
)
def test_a_region_that_doesnt_fit_waits_for_a_reader(mark: FrameMark, why: str, office: Office) -> None:
    image = ultrasound(frames=3)
    placed(office, image, mark)
    entry = entry_of(office.inbox, image)
    assert entry.state == WAITING
    assert why in entry.note
    assert entry.note.endswith(": draw the nodule on the page")


def test_a_segmentation_of_another_size_waits_for_a_reader(office: Office) -> None:
    image = ultrasound()
    mask = image.pixel_array[:80, :100] * 0 + 1
    made = segments(image, mask)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    came(office.inbox, image, made)
    office.work()
    assert "drawn on 100 x 80 pixels" in entry_of(office.inbox, image).note


def test_two_annotations_of_a_clip_are_two_nodules_on_their_frames(office: Office) -> None:
    image = ultrasound(frames=3)
    came(office.inbox, image, marking(image), marking(image, "SR", Box(20, 20, 60, 60), frame=3))
    office.work()
    assert len(nodules(report_of(office.inbox, image))) == 2


def test_what_is_left_out_of_an_answer_is_said_in_it(office: Office) -> None:
    image = ultrasound(frames=3)
    placed(office, image, FrameMark(1, Mark(BOX)), FrameMark(9, Mark(BOX)))
    (group,) = nodules(report_of(office.inbox, image))
    assert "A region is of frame 9, and there are 3." in said_of(group, "Comment")


def test_of_very_many_regions_the_first_are_read_and_that_is_said(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 2)
    image = ultrasound(frames=5)
    placed(office, image, *(FrameMark(frame, Mark(BOX)) for frame in range(1, 6)))
    groups = nodules(report_of(office.inbox, image))
    assert len(groups) == 2
    assert "More than 2 regions are marked, and the first 2 are read." in said_of(groups[0], "Comment")


def test_a_nodule_that_reaches_the_edge_of_the_picture_is_answered(office: Office) -> None:
    image = ultrasound()
    placed(office, image, FrameMark(1, Mark(Box(120, 90, 200, 160))))
    assert nodules(report_of(office.inbox, image))


@pytest.mark.parametrize(
    ("charset", "encoding", "name"),
    [
        ("GB18030", "gb18030", "Wang^XiaoMing=王^小明"),
        ("ISO_IR 192", "utf-8", "王^小明"),
        (["", "ISO 2022 IR 149"], "", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("ISO_IR 192", "", ""),
        ("ISO_IR 192", "", None),
    ],
)
def test_a_patients_name_goes_into_the_answer(charset: Any, encoding: str, name: str | None, office: Office) -> None:
    image = ultrasound()
    image.SpecificCharacterSet = charset
    image.PatientName = name
    if name is None:
        del image.PatientName
        del image.PatientID
    del image.ReferringPhysicianName
    came(office.inbox, image)
    office.inbox.queue.take(generate_uid(), "dimse", {image.SOPInstanceUID: (FrameMark(1, Mark(BOX)),)}, 0)
    office.work()
    report = report_of(office.inbox, image)
    assert str(report.PatientName or "") == (name or "")
    assert report.SpecificCharacterSet == "ISO_IR 192"
    assert report.PatientID == ("" if name is None else "ZH-7")
    assert encoding == "" or name is None or name.encode(encoding) in as_file(image)


def test_a_chinese_name_in_iso_2022_goes_into_the_answer(office: Office) -> None:
    image, name = ultrasound(), b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab= "  # PS3.5, K.2
    image.SpecificCharacterSet, image.ReferringPhysicianName = ["", "ISO 2022 IR 58"], ""
    image.PatientName = "X" * len(name)
    came(office.inbox, as_file(image).replace(b"X" * len(name), name))
    office.inbox.queue.take(generate_uid(), "dimse", {image.SOPInstanceUID: (FrameMark(1, Mark(BOX)),)}, 0)
    office.work()
    assert str(report_of(office.inbox, image).PatientName).rstrip("=") == "Zhang^XiaoDong=张^小东"


@pytest.mark.parametrize("study", [None, "", "../../x"])
def test_a_picture_without_a_study_is_answered(study: str | None, office: Office) -> None:
    image = ultrasound()
    if study is None:
        del image.StudyInstanceUID
    else:
        image.StudyInstanceUID = study
    placed(office, image, FrameMark(1, Mark(BOX)))
    report = report_of(office.inbox, image)
    assert UID(report.StudyInstanceUID).is_valid


def test_of_a_large_clip_only_the_frames_that_are_asked_for_are_read(office: Office) -> None:
    image = ultrasound(frames=1)
    frames = LARGE // (image.Rows * image.Columns)
    image.NumberOfFrames = frames
    content = as_file(image)
    place = office.inbox.place(image.SOPInstanceUID)
    with place.open("wb") as file:
        # The length of the pixels, which are a hole in the file.
        file.write(content[: -image.Rows * image.Columns - 4])
        file.write((frames * image.Rows * image.Columns).to_bytes(4, "little"))
        file.truncate(file.tell() + frames * image.Rows * image.Columns)
    tracemalloc.start()
    fitting, _ = fitting_marks(place, "clip", (FrameMark(frames, Mark(BOX)),))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(fitting) == 1
    assert peak < LARGE / 8
