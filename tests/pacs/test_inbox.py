"""What is taken up, once, and what is not: by C-STORE, as a PACS sends it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pydicom.uid as uids
import pytest
from pydicom import dcmread
from pydicom.uid import UID

from isthmus.errors import DataError
from isthmus.nodule import Box
from isthmus.pacs import listener
from isthmus.pacs.inbox import Inbox, OtherContentError, Taken
from isthmus.pacs.queue import AFTER, EXPECTED, FAILED, RECEIVED, SENT, TAKEN, WAITING
from isthmus.pacs.reading import Office
from isthmus.pacs.status import status_of
from make.office import came, entry_of, nodules, report_of
from make.pacs import BOX, as_file, marking, ultrasound
from make.peers import Ear, is_empty, send, taken

PATIENCE = 20.0  # seconds
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def test_an_object_of_another_modality_is_refused_each_time_and_listed(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = uids.SecondaryCaptureImageStorage
    image.Modality = "OT"
    assert [send(ear.port, image) for _ in range(2)] == [listener.NO_MATCH] * 2
    entry = inbox.queue.entry(image.SOPInstanceUID)
    assert entry is not None
    assert (entry.state, entry.note) == (FAILED, "is no ultrasound picture and holds no regions")


def test_what_isthmus_made_is_taken_and_not_read(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    report = marking(image, "SR")
    report.Manufacturer = "isthmus"
    assert [send(ear.port, report) for _ in range(2)] == [listener.SUCCESS] * 2
    entry = inbox.queue.entry(report.SOPInstanceUID)
    assert entry is not None
    assert (entry.state, entry.marks) == (TAKEN, ())
    assert inbox.queue.entry(image.SOPInstanceUID) is None
    assert taken(inbox) == 0


def test_one_picture_sixteen_times_at_once_is_received_once(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: send(ear.port, image), range(16)))
    assert told == [listener.SUCCESS] * 16
    assert (taken(inbox), inbox.queue.counts()[RECEIVED]) == (1, 1)
    assert is_empty(inbox.incoming)


def test_of_many_pictures_with_one_uid_at_once_one_is_kept_and_the_others_are_refused(ear: Ear, inbox: Inbox) -> None:
    first = ultrasound()
    others = [ultrasound() for _ in range(5)]
    for number, one in enumerate(others):
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = first.SOPInstanceUID
        one.PixelData = bytes([number]) * len(one.PixelData)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda one: send(ear.port, one), [first, *others]))
    assert sorted(told) == [listener.SUCCESS] + [listener.NOT_UNDERSTOOD] * 5  # type: ignore[type-var]
    kept = [first, *others][told.index(listener.SUCCESS)]
    assert dcmread(inbox.place(first.SOPInstanceUID)).PixelData == kept.PixelData
    assert inbox.queue.counts()[FAILED] == 5


def test_a_picture_that_was_cut_short_fails_and_is_read_when_it_comes_whole(office: Office) -> None:
    image = ultrasound()
    came(office.inbox, as_file(image)[:-1000], marking(image))
    office.work()
    entry = entry_of(office.inbox, image)
    assert entry.state == FAILED
    assert "is cut short: it states 32,000 bytes of pixels and holds 31,000" in entry.note
    again = came(office.inbox, as_file(image)[:-1000])
    assert again.note.startswith("came again as it was, and is cut short")
    assert came(office.inbox, image).note == "came again, and is read again"
    office.work()
    assert nodules(report_of(office.inbox, image))


def test_the_same_picture_again_is_answered_once(office: Office) -> None:
    image = ultrasound()
    came(office.inbox, image, marking(image), image)
    assert office.work() == 1
    entry = entry_of(office.inbox, image)
    assert office.inbox.queue.move(entry, SENT)
    office.inbox.discard(entry.uid, entry.answers)
    image.PatientName = "Somebody^Else"  # as a PACS corrects it; the picture is the same
    assert came(office.inbox, image) == Taken(image.SOPInstanceUID)
    assert office.work() == 0
    assert not office.inbox.place(image.SOPInstanceUID).exists()


@pytest.mark.parametrize("answered", [False, True])
def test_another_picture_with_the_uid_of_one_is_refused_and_listed(answered: bool, office: Office) -> None:
    image = ultrasound()
    came(office.inbox, image, marking(image))
    if answered:
        office.work()
        office.inbox.queue.move(entry_of(office.inbox, image), SENT)
    other = ultrasound()
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    other.PixelData = bytes(len(other.PixelData))
    for _ in range(2):
        with pytest.raises(OtherContentError, match="came with the UID of another object"):
            came(office.inbox, other)
    (listed,) = [one for one in status_of(office.inbox.queue)["objects"] if one["state"] == FAILED]
    assert image.SOPInstanceUID in listed["note"]
    assert dcmread(office.inbox.place(image.SOPInstanceUID)).PixelData == image.PixelData


def test_a_picture_in_another_syntax_is_not_compared_and_that_is_said(office: Office) -> None:
    image = ultrasound()
    came(office.inbox, image)
    image.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    assert "another transfer syntax" in came(office.inbox, image).note


def test_other_regions_with_the_uid_of_some_are_refused(office: Office) -> None:
    image = ultrasound()
    first, other = marking(image), marking(image, box=Box(10, 10, 60, 60))
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = first.SOPInstanceUID
    came(office.inbox, image, first)
    assert came(office.inbox, first) == Taken(first.SOPInstanceUID)
    with pytest.raises(OtherContentError):
        came(office.inbox, other)
    assert [one.mark.box for one in entry_of(office.inbox, image).marks] == [BOX]


@pytest.mark.parametrize("kind", ["SR", "PR", "SEG"])
def test_answers_of_isthmus_start_nothing(kind: str, office: Office) -> None:
    image = ultrasound()
    made = marking(image, kind)
    made.Manufacturer = "isthmus"
    assert came(office.inbox, image, made).note == "is an answer of isthmus, and isn't read"
    office.work()
    assert entry_of(office.inbox, made).state == TAKEN
    assert entry_of(office.inbox, image).state == WAITING  # as if nobody had marked anything


@pytest.mark.parametrize("element", [b"\x08\0\x18\0UI", b"\x28\0\x10\0US"])
def test_a_damaged_header_is_refused_and_said(element: bytes, inbox: Inbox) -> None:
    content = as_file(ultrasound())
    assert element in content
    with pytest.raises(DataError, match="header is damaged"):
        came(inbox, content.replace(element, element[:4] + b"U\x15"))
    assert is_empty(inbox.incoming)
    assert taken(inbox) == 0


def test_a_region_may_come_before_its_picture_and_wait_for_ever(office: Office) -> None:
    image, never = ultrasound(), ultrasound()
    came(office.inbox, marking(image), marking(never))
    assert office.work() == 0
    came(office.inbox, image)
    office.work()
    assert nodules(report_of(office.inbox, image))
    assert entry_of(office.inbox, never).state == EXPECTED


def test_a_region_that_comes_after_the_answer_is_said_to(office: Office) -> None:
    image = ultrasound()
    came(office.inbox, image, marking(image))
    office.work()
    late = marking(image, box=Box(10, 10, 60, 60))
    assert came(office.inbox, late).note == AFTER
    assert office.work() == 0


def test_an_object_that_marks_nothing_is_said_to(office: Office) -> None:
    image = ultrasound()
    state = marking(image)
    state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicAnnotationUnits = "DISPLAY"
    del state.DisplayedAreaSelectionSequence
    assert came(office.inbox, state).note == "marks no closed region in a picture"


def test_pictures_of_a_queue_that_was_lost_stay_and_are_counted(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    assert send(ear.port, image) == listener.SUCCESS
    assert inbox.sweep() == 0
    unknown = inbox.place("1.2.3")
    unknown.write_bytes(inbox.place(image.SOPInstanceUID).read_bytes())
    os.utime(unknown, (0, 0))
    assert inbox.sweep() == 1
    assert unknown.is_file()
