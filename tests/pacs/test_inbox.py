"""What is taken up, once, and what is not: by C-STORE, as a PACS sends it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pydicom.uid as uids
import pytest
from pydicom import dcmread

from isthmus.pacs import listener
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import FAILED, RECEIVED, TAKEN
from make.pacs import marking, ultrasound
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
