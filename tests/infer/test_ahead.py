"""An engine started ahead is the one that is called for, or none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from isthmus.bundle import ABOUT, ONNX
from isthmus.data.pixels import read_frame
from isthmus.errors import BundleError, EngineError
from isthmus.infer import ahead
from isthmus.infer.ahead import Ahead
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box
from isthmus.runtime.kinds import DEFAULT, Engine
from make.bundle import make

Calls = list[tuple[str, Path, int]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("ahead") / "b")


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "b"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the starter starts, in order."""
    seen: Calls = []
    real = ahead.start

    def start(name: str, path: Path, threads: int) -> Engine:
        seen.append((name, path, threads))
        return real(name, path, threads)

    monkeypatch.setattr(ahead, "start", start)
    return seen


def settled(folder: Path, name: str = DEFAULT, threads: int = 1) -> Ahead:
    """A starter whose thread has ended."""
    made = Ahead(folder, name, threads)
    if made._thread.is_alive():
        made._thread.join()
    return made


def test_what_was_started_ahead_is_given_out_once(bundle: Path, calls: Calls) -> None:
    starter = settled(bundle)
    call = (DEFAULT, bundle / ONNX, 1)
    assert calls == [call]
    first = starter(*call)
    assert calls == [call]
    assert starter(*call) is not first
    assert calls == [call, call]


@pytest.mark.parametrize("change", ["file", "threads"])
def test_another_engine_is_started_anew(bundle: Path, calls: Calls, change: str, tmp_path: Path) -> None:
    other = Path(shutil.copy(bundle / ONNX, tmp_path / "other.onnx")) if change == "file" else bundle / ONNX
    call = (DEFAULT, other, 2 if change == "threads" else 1)
    settled(bundle)(*call)
    assert calls == [(DEFAULT, bundle / ONNX, 1), call]


@pytest.mark.parametrize("name", ["fastest", "onnxruntime-int8", "none"])
def test_only_the_default_engine_is_started_ahead(bundle: Path, calls: Calls, name: str) -> None:
    settled(bundle, name)
    assert calls == []


def test_a_file_that_is_not_the_bundles_is_never_loaded(bundle: Path, calls: Calls) -> None:
    with (bundle / ONNX).open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\1\2")
    starter = settled(bundle)
    with pytest.raises(BundleError, match=r"model\.onnx: is damaged or another bundle's"):
        Predictor.load(bundle, threads=1, starter=starter)
    assert calls == []


@pytest.mark.parametrize("about", [b"", b"[]", b"{}", b'{"files": 3}', b"[" * 100_000, b" " * (1 << 20 | 1)])
def test_a_description_of_nonsense_starts_nothing(bundle: Path, calls: Calls, about: bytes) -> None:
    (bundle / ABOUT).write_bytes(about)
    settled(bundle)
    assert calls == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", [ABOUT, ONNX])
def test_a_pipe_is_not_waited_for(bundle: Path, calls: Calls, name: str) -> None:
    (bundle / name).unlink()
    os.mkfifo(bundle / name)
    settled(bundle)
    assert calls == []


def test_what_fails_ahead_fails_where_it_is_called_for(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Engine:
        raise EngineError("no memory", where="here")

    monkeypatch.setattr(ahead, "start", broken)
    starter = settled(bundle)
    with pytest.raises(EngineError, match="here: no memory"):
        Predictor.load(bundle, threads=1, starter=starter)


def test_the_answer_is_the_same(bundle: Path, phantom: Path) -> None:
    frame, box = read_frame(phantom / "1_1.jpg"), Box(100, 90, 200, 200)
    usual = Predictor.load(bundle, threads=1).predict(frame, box)
    assert Predictor.load(bundle, threads=1, starter=Ahead(bundle, DEFAULT, 1)).predict(frame, box) == usual
