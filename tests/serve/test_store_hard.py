"""The store under a kill, a full disk, and what either leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from isthmus.errors import StorageError
from isthmus.serve.pictures import identity
from isthmus.serve.store import LOST_SECONDS, PICTURES, VERSION, Read, Store
from make.served import client, picture

OWN = {"probability": 0.4, "tirads": "TR4"}
SAVES = """
import sys
from pathlib import Path
from isthmus.serve.pictures import identity
from isthmus.serve.store import Read, Store
store, first = Store(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
for number in range(first, first + 10_000):
    content = b"%d " % number * 20_000
    read = Read(f"key-{number:06}", "AB", identity(content), 1, {}, {"n": number}, "m", "0" * 64)
    print(store.save(read, content)[0]["id"], number, flush=True)
"""


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    answered: dict[str, int] = {}
    for kill in range(5):
        command = [sys.executable, "-c", SAVES, str(tmp_path / "store"), str(10_000 * kill)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.05 + 0.037 * kill)
            process.send_signal(signal.SIGKILL)
            for line in process.stdout.read().splitlines(keepends=True):
                if line.endswith("\n"):
                    name, number = line.split()
                    answered[name] = int(number)
        store = Store(tmp_path / "store")
        for name, number in answered.items():
            content = b"%d " % number * 20_000
            assert store.read(name)["own"] == {"n": number}
            assert store.picture(identity(content)) == content
        store.close()
    assert answered


def aged(path: Path) -> None:
    os.utime(path, (time.time() - 2 * LOST_SECONDS,) * 2)


def test_what_a_kill_left_goes_later_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    kept, lost, fresh = b"kept", b"lost", b"fresh"
    store.save(Read("key-0001", "AB", identity(kept), 1, {}, {}, "m", "0" * 64), kept)
    store.close()
    folder = tmp_path / "store" / PICTURES
    for name in (identity(lost), f".{identity(lost)}.x", identity(fresh)):
        (folder / name).write_bytes(b"x")
    for path in folder.iterdir():
        if path.name != identity(fresh):
            aged(path)
    Store(tmp_path / "store").close()
    assert {path.name for path in folder.iterdir()} == {identity(kept), identity(fresh)}


def full(store: Store) -> None:
    """The database may grow no more, as on a disk that is full."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar()
    event.listen(store.engine, "connect", lambda raw, _: raw.execute(f"pragma max_page_count = {pages}"))
    store.engine.dispose()


def save(service: TestClient, number: int):  # type: ignore[no-untyped-def]
    content = picture(number)
    assert service.post("/pictures", files={"file": ("a.png", content)}).status_code == 200
    new = {"key": f"key-{number:04}", "reader": "AB", "picture": identity(content), "box": ["1,2,90,90"]}
    return service.post("/reads", json=new | {"own": OWN | {"note": "x" * 1000}})


def test_a_full_database_is_507_and_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    with client(bundle, store=tmp_path / "store") as service:
        store = service.app.state.service.store  # type: ignore[attr-defined]
        assert save(service, 0).status_code == 201
        full(store)
        responses = [save(service, number) for number in range(1, 40)]
        refused = [one for one in responses if one.status_code == 507]
        assert {one.status_code for one in responses} == {201, 507}
        assert "full" in refused[0].json()["error"]
        assert "free some space" in refused[0].json()["remedy"]
        saved = [one for one in responses if one.status_code == 201]
        assert len(store.reads("AB")) == len(saved) + 1
        assert len(list((tmp_path / "store" / PICTURES).iterdir())) == len(saved) + 1
        assert service.get("/health").status_code == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    return folder


def test_a_full_disk_is_507_and_leaves_nothing_half_written(bundle: Path, small_disk: Path) -> None:
    try:
        with client(bundle, store=small_disk / "store") as service:
            responses = [save(service, number) for number in range(20)]
            assert {one.status_code for one in responses} == {201, 507}
            saved = [one.json()["id"] for one in responses if one.status_code == 201]
            assert {one["id"] for one in service.get("/reads", headers={"X-Reader": "AB"}).json()["reads"]} == set(
                saved
            )
            for path in (small_disk / "store" / PICTURES).iterdir():
                assert identity(path.read_bytes()) == path.name
    finally:
        subprocess.run(["umount", "-l", str(small_disk)], check=True)


def test_an_upload_that_finds_no_room_is_507(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", no_room)
    with client(bundle) as service:
        response = service.post("/predict", files={"file": ("a.png", picture())})
    assert response.status_code == 507


def test_a_folder_that_was_somebodys_keeps_its_files_and_its_mode(tmp_path: Path) -> None:
    """A study's plan lies beside its pictures: `--store .` there took what was older than an hour."""
    folder = tmp_path / PICTURES
    (folder / "more").mkdir(parents=True)
    (folder / "case-1.png").write_bytes(b"x")
    (tmp_path / "plan.toml").touch()
    for path in folder.iterdir():
        aged(path)
    tmp_path.chmod(0o755)
    for _ in range(2):
        Store(tmp_path).close()
    assert {path.name for path in folder.iterdir()} == {"case-1.png", "more"}
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    closed = (tmp_path / "readings.sqlite", folder)
    assert not [path for path in closed if path.stat().st_mode & 0o077]


def test_an_empty_folder_becomes_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Store(tmp_path).close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_store_of_a_newer_version_is_refused_and_left(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA user_version").scalar() == VERSION
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION + 1}")
    store.close()
    before = (tmp_path / "store" / "readings.sqlite").read_bytes()
    with pytest.raises(StorageError, match="was made by a newer isthmus"):
        Store(tmp_path / "store")
    assert (tmp_path / "store" / "readings.sqlite").read_bytes() == before


DELETES = """
import sys
from pathlib import Path
from isthmus.serve.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    store.forget(sys.argv[2], "AB")
"""


def test_a_case_that_is_deleted_while_it_is_read_leaves_no_reading_without_its_picture(tmp_path: Path) -> None:
    """Of another process, as `isthmus store --delete` is one."""
    content = b"one" * 1000
    store = Store(tmp_path / "store")
    command = [sys.executable, "-c", DELETES, str(tmp_path / "store"), identity(content)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        alone = []
        for number in range(50):
            store.save(Read(f"key-{number:06}", "AB", identity(content), 1, {}, {}, "m", "0" * 64), content)
            with store.engine.begin() as connection:
                connection.exec_driver_sql("update reads set frame = frame")  # nobody else writes now
                if connection.exec_driver_sql("select count(*) from reads").scalar():
                    alone.append(store.picture(identity(content)) is None)
        process.kill()
    assert not any(alone)
    assert "deleted" in {one["action"] for one in store.events()}
    store.close()


def test_of_a_case_that_was_deleted_no_word_stays_in_the_file(tmp_path: Path) -> None:
    store, words = Store(tmp_path / "store"), ["Zzyzx" + "y" * number for number in range(40)]
    for number, word in enumerate(words):
        read = Read(f"key-{number:04}", "AB", identity(b"x"), 1, {}, {"note": word * 20}, "m", "0" * 64)
        store.save(read, b"x")
    assert store.forget(identity(b"x"), "AB") == 40
    store.close()  # what was written ahead goes into the file
    held = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir() if path.is_file())
    assert b"deleted" in held
    assert b"Zzyzx" not in held
