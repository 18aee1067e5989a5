"""A real PACS: Orthanc sends pictures, and finds the reports by QIDO."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from isthmus.infer.predictor import Predictor
from isthmus.pacs.dimse import Peer, Store
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import listening
from isthmus.pacs.queue import Queue
from isthmus.pacs.run import working
from isthmus.pacs.session import Server
from isthmus.pacs.stow import Stow
from isthmus.pacs.web import Pull
from make.orthanc import TITLE, Orthanc, free_port, running, wait_for
from make.pacs import as_file, marking, ultrasound
from make.programs import program, said

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running(program("Orthanc", "orthanc"), tmp_path_factory.mktemp("orthanc"), free_port()) as one:
        yield one


@contextmanager
def linked(orthanc: Orthanc, predictor: Predictor, folder: Path, by_web: bool) -> Iterator[Inbox]:
    """`isthmus pacs` beside Orthanc."""
    with ExitStack() as stack:
        queue = Queue(folder)
        stack.callback(queue.close)
        one = Inbox(folder, queue, settle=0.2)
        one.open()
        server = Server(orthanc.dicomweb)
        back = Stow(server) if by_web else Store("ISTHMUS", Peer(TITLE, "127.0.0.1", orthanc.dicom))
        pulls = [Pull(server, one, print, "20260101").work] if by_web else []
        stack.enter_context(working(one, predictor, [back], print, pulls))
        if not by_web:
            stack.enter_context(listening("ISTHMUS", ("127.0.0.1", orthanc.ours), one, print))
        yield one


def answers_to(orthanc: Orthanc, image: Dataset, modality: str) -> list[Dataset]:
    """Our answers in Orthanc to a picture."""
    found = [dcmread(io.BytesIO(orthanc.file(uid))) for uid in orthanc.find(modality, image.StudyInstanceUID)]
    return [one for one in found if one.get("Manufacturer") == "isthmus"]


def refuse_errors(answers: list[Dataset], folder: Path) -> None:
    """Fails for any error that dciodvfy finds."""
    validator = program("dciodvfy", "dicom3tools")
    for one in answers:
        one.save_as(folder / "answer.dcm")
        assert [line for line in said(validator, folder / "answer.dcm")[1] if line.startswith("Error")] == []


@pytest.mark.parametrize("kind", ["PR", "SEG", "SR"])
@pytest.mark.parametrize("region_first", [False, True])
def test_a_picture_and_its_region_come_back_as_one_report(
    kind: str, region_first: bool, orthanc: Orthanc, predictor: Predictor, tmp_path: Path
) -> None:
    image = ultrasound()
    image.StudyDate = "20250105"
    objects = [image, marking(image, kind)]
    with linked(orthanc, predictor, tmp_path / "store", by_web=False) as inbox:
        for one in reversed(objects) if region_first else objects:
            name = orthanc.upload(as_file(one))
            assert name is not None
            assert orthanc.send(name)
            assert orthanc.send(name)  # once more
        wait_for(lambda: inbox.queue.counts()["sent"] == 1, 20, str(inbox.queue.entry(image.SOPInstanceUID)))
        assert list((tmp_path / "store" / "objects").iterdir()) == []
    (report,) = answers_to(orthanc, image, "SR")
    assert report.PatientID == "ZH-7"
    assert "小明" in str(report.PatientName)
    (capture,) = answers_to(orthanc, image, "OT")
    assert capture.SOPClassUID == SecondaryCaptureImageStorage
    others = answers_to(orthanc, image, "PR") + answers_to(orthanc, image, "SEG")
    assert len(others) == 2
    refuse_errors([report, capture, *others], tmp_path)


def test_what_dicomweb_finds_is_answered_by_stow(orthanc: Orthanc, predictor: Predictor, tmp_path: Path) -> None:
    image = ultrasound("colour", 3)
    for one in (image, marking(image, frame=2)):
        assert orthanc.upload(as_file(one))
    with linked(orthanc, predictor, tmp_path / "store", by_web=True) as inbox:
        wait_for(lambda: inbox.queue.counts()["sent"] == 1, 30, str(inbox.queue.entry(image.SOPInstanceUID)))
    (report,) = answers_to(orthanc, image, "SR")
    refuse_errors([report], tmp_path)
