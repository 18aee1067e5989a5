"""Who calls, and what they send: bad callers and bad objects leave nothing behind and hold nobody up."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pydicom.uid as uids
import pytest
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.association import Association

from isthmus.errors import UsageError
from isthmus.pacs import listener
from isthmus.pacs.classes import RETIRED
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.queue import RECEIVED
from make.orthanc import wait_for
from make.pacs import ultrasound
from make.peers import Ear, associated, hang_up, is_empty, pdus, push, send, status, taken, works

PATIENCE = 20.0  # seconds
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def test_a_picture_is_on_disk_and_in_the_queue_when_its_sender_is_told(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    assert send(ear.port, image) == listener.SUCCESS
    entry = inbox.queue.entry(image.SOPInstanceUID)
    assert entry is not None
    assert entry.state == RECEIVED
    assert dcmread(inbox.place(image.SOPInstanceUID)).PixelData == image.PixelData


def test_an_echo_is_answered(ear: Ear) -> None:
    entity = AE("PEER")
    entity.add_requested_context(listener.VERIFICATION)
    association = entity.associate("127.0.0.1", ear.port, ae_title="ISTHMUS")
    assert association.send_c_echo().Status == listener.SUCCESS
    association.release()


def test_who_calls_another_title_is_rejected_and_named(ear: Ear) -> None:
    association = associated(ear.port, ultrasound(), title="OTHER")
    assert association.is_rejected
    wait_for(lambda: bool(ear.said), PATIENCE, "nothing was said")
    assert ear.said == ["rejected 'PEER': it calls 'OTHER', and we are 'ISTHMUS'"]


def test_one_association_too_many_is_rejected_until_another_ends(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> None:
    monkeypatch.setattr(listener, "MOST_ASSOCIATIONS", 2)
    said: list[str] = []
    with listener.listening("ISTHMUS", ("127.0.0.1", 0), inbox, said.append) as port:
        image = ultrasound()
        both = [associated(port, image) for _ in range(2)]
        assert associated(port, image).is_rejected
        wait_for(lambda: bool(said), PATIENCE, "nothing was said")
        assert said == ["rejected 'PEER': 2 associations are open"]
        for one in both:
            one.release()
        wait_for(lambda: send(port, image) == listener.SUCCESS, PATIENCE, "nobody is let in any more")


def test_who_only_looks_whether_the_port_is_open_takes_no_place(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> None:
    monkeypatch.setattr(listener, "MOST_ASSOCIATIONS", 2)
    with listener.listening("ISTHMUS", ("127.0.0.1", 0), inbox, print) as port:
        for _ in range(4):
            socket.create_connection(("127.0.0.1", port)).close()
        wait_for(lambda: send(port, ultrasound()) == listener.SUCCESS, PATIENCE, "the places are taken")


@pytest.mark.parametrize("named", [uids.EncapsulatedPDFStorage, uids.CTImageStorage])
def test_a_class_that_holds_neither_pictures_nor_regions_is_refused(named: str, ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    image.SOPClassUID = named
    assert send(ear.port, image) is None
    works(ear, inbox)


@pytest.mark.parametrize("named", RETIRED)
def test_retired_ultrasound_classes_are_taken(named: str, ear: Ear, inbox: Inbox) -> None:
    image = ultrasound(frames=2 if named == RETIRED[1] else None)
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = named
    assert send(ear.port, image) == listener.SUCCESS
    assert inbox.place(image.SOPInstanceUID).is_file()


@pytest.mark.parametrize("how", ["hangs up", "aborts", "hangs up in a PDU"])
def test_of_an_object_that_breaks_off_nothing_is_kept(how: str, ear: Ear, inbox: Inbox) -> None:
    image = ultrasound(frames=4)
    association = associated(ear.port, image)
    parts = pdus(association, image)
    half = len(parts) // 2
    push(association, *parts[:half])
    wait_for(lambda: not is_empty(inbox.incoming), PATIENCE, "nothing came")
    if how == "aborts":
        association.abort()
    else:
        push(association, parts[half][:100] if how == "hangs up in a PDU" else b"")
        hang_up(association)
    wait_for(lambda: is_empty(inbox.incoming), PATIENCE, "something half was kept")
    assert inbox.queue.entry(image.SOPInstanceUID) is None
    works(ear, inbox)


def test_who_falls_silent_in_a_pdu_is_let_go(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> None:
    monkeypatch.setattr(listener, "SECONDS", 0.5)
    with listener.listening("ISTHMUS", ("127.0.0.1", 0), inbox, print) as port:
        image = ultrasound(frames=4)
        association = associated(port, image)
        parts = pdus(association, image)
        push(association, *parts[:3], parts[3][:100])
        wait_for(lambda: not is_empty(inbox.incoming), PATIENCE, "nothing came")
        wait_for(lambda: is_empty(inbox.incoming), PATIENCE, "it is waited for")
        wait_for(lambda: not association.is_established, PATIENCE, "its association is kept")


def test_the_end_comes_also_while_somebody_is_in_the_middle_of_a_pdu(inbox: Inbox) -> None:
    with listener.listening("ISTHMUS", ("127.0.0.1", 0), inbox, print) as port:
        image = ultrasound(frames=4)
        association = associated(port, image)
        parts = pdus(association, image)
        push(association, *parts[:3], parts[3][:100])
        wait_for(lambda: not is_empty(inbox.incoming), PATIENCE, "nothing came")
    ours = [one for one in threading.enumerate() if isinstance(one, Association) and one.is_acceptor]
    assert ours == []  # none is still waiting for the rest
    assert is_empty(inbox.incoming)
    assert not [one.name for one in threading.enumerate() if one.name.startswith("AcceptorThread")]


@pytest.mark.parametrize("changes", [{"uid": ""}, {"context": 99}])
def test_what_is_no_message_ends_its_association_and_is_said(changes: Any, ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    association = associated(ear.port, image)
    assert status(association, *pdus(association, image, **changes)) is None
    wait_for(lambda: bool(ear.said), PATIENCE, "nothing was said")
    assert "ended an association with 'PEER'" in ear.said[0]
    works(ear, inbox)


def test_a_pdu_that_claims_four_gigabytes_ends_its_association(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    association = associated(ear.port, image)
    assert status(association, b"\x04\0\xff\xff\xff\xff" + bytes(1000)) is None
    works(ear, inbox)


@pytest.mark.parametrize("uid", ["../../x", "1.2.3/4", "x" * 70])
def test_a_uid_that_is_a_path_is_no_name_of_a_file(uid: str, ear: Ear, inbox: Inbox, tmp_path: Path) -> None:
    image = ultrasound()
    association, stated = associated(ear.port, image), image.SOPInstanceUID
    image.SOPInstanceUID = uid
    assert status(association, *pdus(association, image, uid=stated)) == listener.NO_MATCH
    association.release()
    assert taken(inbox) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"store"}
    works(ear, inbox)


def test_an_object_without_its_uid_is_refused_and_said(ear: Ear, inbox: Inbox) -> None:
    image = ultrasound()
    association = associated(ear.port, image)
    uid = image.SOPInstanceUID
    image.SOPInstanceUID = ""
    assert status(association, *pdus(association, image, uid=uid)) == listener.NO_MATCH
    association.release()
    assert ear.said == [f"{uid}: not taken up: has no valid SOPInstanceUID. Repair it"]
    works(ear, inbox)


def test_a_failed_object_says_why_in_the_status(ear: Ear) -> None:
    image = ultrasound()
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = uids.SecondaryCaptureImageStorage
    image.Modality = "OT"
    association = associated(ear.port, image)
    told = association.send_c_store(image)
    association.release()
    assert told.ErrorComment == "is no ultrasound picture and holds no regions"


def test_a_port_that_is_taken_is_said_to_be(ear: Ear, inbox: Inbox) -> None:
    with (
        pytest.raises(UsageError, match="can't listen"),
        listener.listening("ISTHMUS", ("127.0.0.1", ear.port), inbox, print),
    ):
        pass
