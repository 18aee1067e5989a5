"""What is no picture, lies, is too much, too slow, or never finished: a clear answer, and the next request is read."""

from __future__ import annotations

import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pydicom.uid as uids
import pytest
import uvicorn
from fastapi.testclient import TestClient
from pydicom.uid import UID

from isthmus.nodule import DISCLAIMER
from isthmus.serve.settings import Settings
from make.running import Running
from make.served import application, client, picture
from make.sonograms import grey, header, native, written

FRAME = np.kron(grey(), np.ones((4, 4), np.uint8))  # 192 x 256
BOX = "20,30,150,140"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb(side: int = 40_000) -> bytes:
    """A PNG of 1.5 MB that is whole, and 1.6 GB of grey when it is decoded."""
    compressor, rows = zlib.compressobj(9), bytes(1 << 20)
    data = b"".join(compressor.compress(rows) for _ in range((side * (side + 1)) >> 20)) + compressor.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def of_class(name: UID) -> bytes:
    made = header([FRAME], uids.ExplicitVRLittleEndian, SOPClassUID=name, Modality="SR", Rows=None, Columns=None)
    made.file_meta.MediaStorageSOPClassUID = name
    return written(made)


def claims(length: int) -> bytes:
    """A file whose pixels claim to be so many bytes."""
    content = native(FRAME)
    at = content.index(b"\xe0\x7f\x10\x00OB\x00\x00") + 8
    return content[:at] + struct.pack("<I", length) + content[at + 4 :]


def in_wrong_syntax() -> bytes:
    """Uncompressed pixels in a file that says JPEG 2000."""
    made = header([FRAME], uids.JPEG2000Lossless)
    made.add_new("PixelData", "OB", FRAME.tobytes())
    made["PixelData"].is_undefined_length = False
    content = native(FRAME)
    return content.replace(uids.ExplicitVRLittleEndian.encode() + b"\0", uids.JPEG2000.encode()[:19].ljust(20, b"\0"))


FILES = {
    "nothing": b"",
    "text": b"this is no picture " * 9,
    "a PDF": b"%PDF-1.7\n" + bytes(100),
    "a zip": b"PK\x03\x04" + bytes(100),
    "a cut PNG": picture()[:3000],
    "a bomb of a PNG": png_bomb(),
    "DICOM without pixels": written(header([FRAME], uids.ExplicitVRLittleEndian)),
    "DICOM of another transfer syntax than it says": in_wrong_syntax(),
    "DICOM that is cut short": native(FRAME)[:-1000],
    "a header that is cut short": native(FRAME)[:300],
    "4 GB claimed": claims(0xFFFFFFF0),
    "4 GB claimed by rows and columns": native(FRAME, Rows=65535, Columns=65535),
    "more frames than it holds": native(FRAME, FRAME, NumberOfFrames=3000),
    "frames that are no number": native(FRAME, NumberOfFrames=0),
    "a structured report": of_class(uids.ComprehensiveSRStorage),
    "a PDF in DICOM": of_class(uids.EncapsulatedPDFStorage),
}


@pytest.mark.parametrize("to", ["/predict", "/pictures", "/explain", "/report", "/propose"])
@pytest.mark.parametrize("what", FILES)
def test_a_file_that_cant_be_read_is_refused_with_the_reason(service: TestClient, what: str, to: str) -> None:
    response = service.post(to, files={"file": ("a.dcm", FILES[what])}, data={"click": "9,9"} if "pro" in to else {})
    told = response.json()
    assert response.status_code in (400, 415, 422)
    assert told["what"]
    assert told["remedy"]
    assert told["disclaimer"] == DISCLAIMER


def test_of_a_clip_of_3000_frames_the_last_is_read(service: TestClient) -> None:
    content = native(*([FRAME] * 3000))
    kept = service.post("/pictures", files={"file": ("clip.dcm", content)})
    assert (kept.status_code, kept.json()["frames"]) == (200, 3000)
    asked = {"picture": kept.json()["picture"], "box": BOX, "frame": 3000}
    one = service.post("/predict", data=asked)
    assert (one.status_code, one.json()["predictions"][0]["page"]) == (200, 3000)
    assert service.post("/predict", data=asked | {"frame": 3001}).status_code == 422


FIELDS = {
    "a giant field": {"box": "1" * 2_000_000},
    "a giant polygon": {"polygon": "1,1;" * 200_000 + "2,2"},
    "many fields of other names": {f"x{number}": "1" for number in range(2000)},
    "many boxes": {"box": [BOX] * 500},
    "a box of huge numbers": {"box": "1e308,1e308,2e308,2e308"},
    "a box of digits": {"box": "9" * 5000 + ",1,2,3"},
    "a polygon of two points": {"polygon": "1,2;30,40"},
    "a polygon outside": {"polygon": "1,2;3000,40;40,80"},
    "a polygon on a line": {"polygon": "1,1;5,5;9,9"},
}


@pytest.mark.parametrize("what", FIELDS)
def test_fields_that_are_too_much_or_wrong_are_refused(service: TestClient, what: str) -> None:
    response = service.post("/predict", files={"file": ("a.png", picture())}, data=FIELDS[what])
    assert response.status_code in (400, 413, 422)
    assert len(response.text) < 2000 or "giant" in what
    assert response.json()["error"]


PASSED_OVER = {
    "two files": ({"files": [("file", ("a.png", picture())), ("file", ("b.png", picture(1)))]}, "file"),
    "a file as text": ({"data": {"file": "text"}}, "file"),
    "two clicks": ({"data": {"click": ["9,9", "99,99"]}}, "click"),
    "two polygons": ({"data": {"polygon": ["1,1;9,1;9,9", "1,1;90,1;90,90"]}}, "polygon"),
    "two frames": ({"data": {"frame": ["1", "2"]}}, "frame"),
    "an empty box": ({"data": {"box": ""}}, "box"),
    "an empty polygon": ({"data": {"polygon": ""}}, "polygon"),
    "an empty click": ({"data": {"click": ""}}, "click"),
    "an empty frame": ({"data": {"frame": ""}}, "frame"),
    "a misspelt box": ({"data": {"boxes": BOX}}, "boxes"),
    "a box of another case": ({"data": {"BOX": BOX}}, "BOX"),
    "a box in the address": ({"params": {"box": BOX}}, "box"),
}


@pytest.mark.parametrize("what", PASSED_OVER)
def test_nothing_that_is_asked_is_passed_over(service: TestClient, what: str) -> None:
    """What isn't taken would leave the scan area, or the last of several, to be answered in its place."""
    asked, where = PASSED_OVER[what]
    response = service.post("/predict", **({"files": {"file": ("a.png", picture())}} | asked))
    assert (response.status_code, response.json()["where"]) == (422, where)
    assert response.json()["remedy"]


def test_the_other_forms_pass_nothing_over_either(service: TestClient) -> None:
    for to in ("/explain", "/propose", "/pictures", "/similar", "/report"):
        files = {"file": ("a.png", picture())}
        for wrong in ({"boxs": BOX}, {"frame": ["1", "1"]}):
            assert service.post(to, files=files, data=wrong | {"click": "9,9"}).status_code == 422, to
    asked = {"box": BOX, "title": "", "patient": "", "clinician": "", "form": "html"}
    assert service.post("/report", files={"file": ("a.png", picture())}, data=asked).status_code == 200


def test_a_refused_field_says_which_was_meant(service: TestClient) -> None:
    told = service.post("/predict", files={"file": ("a.png", picture())}, data={"polygone": "1,1"}).json()
    assert told["remedy"] == "Did you mean polygon?"


def test_a_form_that_is_no_form(service: TestClient) -> None:
    kinds = ("multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain")
    for kind in kinds:
        response = service.post("/predict", content=b"--x\r\nnonsense", headers={"Content-Type": kind})
        assert response.status_code in (400, 422), kind
        assert response.json()["error"]


def test_an_error_of_ours_is_500_without_a_word_of_the_file(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Zzyzx^Quentin")

    monkeypatch.setattr("isthmus.serve.reader.Reader.answer", fail)
    with client(bundle) as service:
        response = service.post("/predict", files={"file": ("a.png", picture())})
        assert (response.status_code, service.get("/health").status_code) == (500, 200)
    assert response.json()["what"] == "an error of this service"
    assert "RuntimeError at test_bad_input.py" in caplog.text
    assert "Zzyzx" not in caplog.text + response.text


@pytest.fixture(scope="module")
def running(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    one = Running(str(bundle), ["--store", str(tmp_path_factory.mktemp("kept") / "store")])
    yield one
    one.stop()


def post_begun(running: Running, claimed: int, sent: bytes) -> socket.socket:
    """A request of a form that has only begun."""
    connection = socket.create_connection(("127.0.0.1", running.port), 10)
    head = "POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    connection.sendall(head.encode() + f"Content-Length: {claimed}\r\n\r\n".encode() + sent)
    return connection


def answers(running: Running) -> int:
    """The status of a reading now."""
    with httpx.Client(base_url=running.url, timeout=20) as one:
        return one.post("predict", files={"file": ("a.png", picture())}, data={"box": BOX}).status_code


def test_who_goes_away_in_the_middle_leaves_nothing(running: Running) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    whole = head + picture() + b"\r\n--x--\r\n"
    for sent in (b"", head, whole[:5000], whole):
        for _ in range(5):
            post_begun(running, len(whole), sent).close()
    assert answers(running) == 200
    for _ in range(100):
        if "isthmus_pending 0.0" in httpx.get(running.url + "metrics").text:
            return
        time.sleep(0.05)
    raise AssertionError("readings of nobody are in line")


def test_an_upload_that_comes_too_slowly_is_given_up(bundle: Path) -> None:
    at = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(bundle, Settings(seconds=0.5)), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]})
    thread.start()
    try:
        with socket.create_connection(at.getsockname(), 10) as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n")
            connection.sendall(b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n")
            assert b" 408 " in connection.recv(100)
    finally:
        server.should_exit = True
        thread.join(10)
        at.close()


@pytest.mark.filterwarnings("ignore")  # of pydicom, as the file is made
def test_no_log_and_no_name_of_a_file_tells_who_the_patient_is(bundle: Path, tmp_path: Path) -> None:
    who = ("Zzyzx", "Quentin", "MRN-47114711")
    about = {"PatientName": "Zzyzx^Quentin", "PatientID": who[2], "PatientBirthDate": "Zzyzx", "StudyID": "Zzyzx" * 20}
    about |= {"OtherPatientIDs": "Zzyzx" * 20, "PatientAge": "Zzyzx Quentin"}
    good = native(FRAME, **about)
    bad = [good[:-1000], good[:400], native(FRAME, **about, NumberOfFrames=9), native(FRAME, **about, Rows=65535)]
    store = tmp_path / "store"
    running = Running(str(bundle), ["--store", str(store)])
    try:
        with httpx.Client(base_url=running.url, timeout=20) as one:
            for content in (good, *bad, b"Zzyzx"):
                for to in ("predict", "pictures", "explain", "report", "propose"):
                    data = {"propose": {"click": "30,40"}, "pictures": {}}.get(to, {"box": BOX})
                    files = {"file": ("Zzyzx_Quentin_MRN-47114711.dcm", content)}
                    status = one.post(to, files=files, data=data).status_code
                    assert status == 200 if content == good else 400 <= status < 500
            name = one.post("pictures", files={"file": ("Zzyzx.dcm", good)}).json()["picture"]
            new = {
                "key": "key-0001",
                "reader": "AB",
                "picture": name,
                "box": [BOX],
                "own": {"probability": 0.5, "tirads": ""},
            }
            assert one.post("reads", json=new).status_code == 201
            assert one.get(f"pictures/{name}/frames/1.png").status_code == 200
            one.get("pictures/Zzyzx/frames/1.png?name=Quentin")
            told = one.get("metrics").text
    finally:
        told += running.stop()
    told += " ".join(str(path) for path in store.rglob("*"))
    told += b"".join(path.read_bytes() for path in store.glob("readings.sqlite*")).decode("latin-1")
    assert not [word for word in who if word.lower() in told.lower()]
