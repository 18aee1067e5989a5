"""What is refused before any work: other names, other pages, too much, too many."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from isthmus.serve.pictures import Pictures
from make.served import client, picture


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "", "[::2]"])
def test_another_name_isnt_answered(service: TestClient, host: str) -> None:
    assert service.get("/health", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "[::1]:8000", "127.0.0.1:80"])
def test_the_names_of_this_machine_are(service: TestClient, host: str) -> None:
    assert service.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:8000@evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_changes_nothing(service: TestClient, headers: dict[str, str]) -> None:
    response = service.post("/predict", files={"file": ("a.png", picture())}, headers=headers)
    assert response.status_code == 403


def test_this_page_may(service: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert service.post("/predict", files={"file": ("a.png", picture())}, headers=headers).status_code == 200


def test_every_answer_lets_nothing_in_from_elsewhere(service: TestClient) -> None:
    for path in ("/", "/health", "/nothing"):
        headers = service.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"


def test_too_much_is_refused_by_its_length_and_while_it_comes(bundle: Path) -> None:
    with client(bundle, most_bytes=10_000) as small:
        assert small.post("/predict", files={"file": ("a.png", bytes(20_000))}).status_code == 413
        pieces = (bytes(1000) for _ in range(30))
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert small.post("/predict", content=pieces, headers=headers).status_code == 413


def test_without_a_file_a_mebibyte_is_enough(service: TestClient) -> None:
    """JSON of 60 MB took 2 GB of memory, and the event loop for 20 s."""
    wide = b"[" + b"[]," * 400_000 + b"[]]"
    for headers in ({"Content-Type": "application/json"}, {"Content-Type": "text/plain"}, {}):
        response = service.post("/reads", content=wide, headers=headers)
        assert (response.status_code, response.json()["what"]) == (413, "the request is larger than 1 MiB")
    pieces = (bytes(100_000) for _ in range(12))
    response = service.post("/tirads", content=pieces, headers={"Content-Type": "application/json"})
    assert response.status_code == 413


def test_a_compressed_request_is_refused(service: TestClient) -> None:
    headers = {"Content-Encoding": "gzip"}
    response = service.post("/predict", files={"file": ("a.png", picture())}, headers=headers)
    assert (response.status_code, response.json()["what"]) == (415, "the request is compressed")


def test_who_comes_when_the_line_is_full_is_told_when_to_come_again(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, begun = threading.Event(), threading.Event()

    def slow(self: Pictures, content: bytes) -> str:
        begun.set()
        go.wait(20)
        return "0" * 64

    monkeypatch.setattr(Pictures, "add", slow)
    file = {"file": ("a.png", picture())}
    with client(bundle, threads=1, waiting=0) as service:
        first = threading.Thread(target=service.post, args=("/pictures",), kwargs={"files": file})
        first.start()
        assert begun.wait(10)
        second = service.post("/predict", files=file)
        go.set()
        first.join()
        for _ in range(100):
            if (third := service.post("/predict", files=file)).status_code == 200:
                break
            time.sleep(0.05)
    assert (second.status_code, third.status_code) == (503, 200)
    assert int(second.headers["retry-after"]) >= 1


def test_what_takes_too_long_is_given_up(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(Pictures, "add", lambda self, content: str(go.wait(20)))
    with client(bundle, seconds=0.3) as service:
        response = service.post("/pictures", files={"file": ("a.png", picture())})
        go.set()
    assert response.status_code == 503
