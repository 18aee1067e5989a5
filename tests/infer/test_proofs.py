"""A proof is remembered only for what it was made of."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isthmus.bundle import ABOUT, PROBE, Bundle, open_bundle
from isthmus.errors import BundleError
from isthmus.infer import proofs
from isthmus.infer.engines import open_engine
from isthmus.infer.proofs import VARIABLE, Proofs
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.kinds import DEFAULT, Engine
from isthmus.runtime.probe import Probe
from isthmus.runtime.start import start
from make.bundle import make
from make.commands import isthmus

PROCESSOR = "model name\t: made\nflags\t\t: sse2 avx2\ncpu MHz\t\t: {}\n\nmodel name\t: second\n"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return open_bundle(make(tmp_path_factory.mktemp("proofs") / "b"))


@pytest.fixture(autouse=True)
def processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A description of a processor, on any system."""
    path = tmp_path / "cpuinfo"
    path.write_text(PROCESSOR.format(2000))
    monkeypatch.setattr(proofs, "PROCESSOR", path)
    return path


class Counting:
    """Starts an engine, counts its readings, and adds ``off`` to its P(malignant)."""

    def __init__(self, off: float = 0.0) -> None:
        self.readings, self.off = 0, off

    def __call__(self, name: str, path: Path, threads: int) -> Engine:
        self.engine = start(name, path, threads)
        self.name, self.precision = name, self.engine.precision
        return self

    def read(self, rois: Pixels) -> Probabilities:
        self.readings += 1
        votes = self.engine.read(rois)
        return replace(votes, fused=np.clip(votes.fused + np.float32(self.off), 0, 1))


def readings(bundle: Bundle, memory: Proofs | None, threads: int = 1) -> int:
    """How often the engine reads when it is opened: once to be proved, else never."""
    counting = Counting()
    open_engine(bundle, DEFAULT, threads, counting, memory)
    return counting.readings


def test_an_engine_is_proved_once(bundle: Bundle, tmp_path: Path) -> None:
    memory = Proofs(tmp_path / "memory")
    assert [readings(bundle, memory) for _ in range(3)] == [1, 0, 0]
    assert [readings(bundle, None) for _ in range(2)] == [1, 1]
    assert [readings(bundle, Proofs(None)) for _ in range(2)] == [1, 1]


def test_a_failure_is_not_remembered(bundle: Bundle, tmp_path: Path) -> None:
    memory = Proofs(tmp_path / "memory")
    with pytest.raises(BundleError, match=r"differs by .* in P\(malignant\)"):
        open_engine(bundle, DEFAULT, 1, Counting(0.01), memory)
    assert readings(bundle, memory) == 1


def _other_bundle(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    folder = tmp_path / "other"
    folder.mkdir()
    for path in bundle.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes() + b"\n" * (path.name == ABOUT))
    return replace(bundle, folder=folder)


def _other_threshold(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    return replace(bundle, decision=bundle.decision.at_point("0.26"))


def _other_version(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    monkeypatch.setattr(sys.modules["onnxruntime"], "__version__", "0.0")
    return bundle


def _other_library(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    (tmp_path / "other.so").touch()
    monkeypatch.setattr(proofs, "_libraries", lambda package: [tmp_path / "other.so"])
    return bundle


def _other_code(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    (tmp_path / "checked.py").touch()
    monkeypatch.setattr(proofs, "PROVING", (*proofs.PROVING, tmp_path / "checked.py"))
    return bundle


def _other_processor(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    (tmp_path / "cpuinfo").write_text(PROCESSOR.format(2000).replace(" avx2", ""))
    return bundle


def _other_cores(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64), raising=False)
    return bundle


def _other_kernel(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    told = os.uname()
    monkeypatch.setattr(os, "uname", lambda: os.uname_result((*told[:2], "0.0", *told[3:])))
    return bundle


def _other_environment(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    return bundle


def _other_numpy(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    monkeypatch.setattr(np, "__version__", "0.0")
    return bundle


def _other_python(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bundle:
    monkeypatch.setattr(sys, "version", f"{sys.version} of another build")
    return bundle


OTHERS = (
    _other_bundle,
    _other_threshold,
    _other_version,
    _other_library,
    _other_code,
    _other_processor,
    _other_cores,
    _other_kernel,
    _other_environment,
    _other_numpy,
    _other_python,
)


@pytest.mark.parametrize("change", OTHERS, ids=lambda change: change.__name__)
def test_whatever_differs_is_proved_anew(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    memory = Proofs(tmp_path / "memory")
    assert readings(bundle, memory) == 1
    other = change(bundle, monkeypatch, tmp_path)
    assert [readings(other, memory) for _ in range(2)] == [1, 0]


def test_other_threads_are_proved_anew(bundle: Bundle, tmp_path: Path) -> None:
    memory = Proofs(tmp_path / "memory")
    assert [readings(bundle, memory, threads) for threads in (1, 2, 1, 2)] == [1, 1, 0, 0]


def test_another_engine_is_not_proved_with_it(bundle: Bundle, tmp_path: Path) -> None:
    memory = Proofs(tmp_path / "memory")
    readings(bundle, memory)
    assert [memory.has(bundle, name, 1) for name in (DEFAULT, "onnxruntime-int8")] == [True, False]


def test_its_clock_is_not_the_processor(bundle: Bundle, tmp_path: Path, processor: Path) -> None:
    memory = Proofs(tmp_path / "memory")
    assert readings(bundle, memory) == 1
    processor.write_text(PROCESSOR.format(3000))
    assert readings(bundle, memory) == 0


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: text + b" ", lambda text: b""])
def test_a_file_that_was_changed_proves_nothing(bundle: Bundle, tmp_path: Path, damage: Any) -> None:
    memory = Proofs(tmp_path / "memory")
    readings(bundle, memory)
    (path,) = (tmp_path / "memory").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert [readings(bundle, memory) for _ in range(2)] == [1, 0]


def test_where_nothing_can_be_remembered_engines_are_proved(bundle: Bundle, tmp_path: Path, processor: Path) -> None:
    (tmp_path / "file").touch()
    assert [readings(bundle, Proofs(tmp_path / "file" / "memory")) for _ in range(2)] == [1, 1]
    processor.unlink()
    assert [readings(bundle, Proofs(tmp_path / "memory")) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({VARIABLE: "/here"}, Path("/here/proofs")),
        ({VARIABLE: ""}, None),
        ({"XDG_CACHE_HOME": "/cache"}, Path("/cache/isthmus/proofs")),
        ({"XDG_CACHE_HOME": "not/absolute"}, None),
        ({"HOME": "/me"}, Path("/me/.cache/isthmus/proofs")),
    ],
)
def test_the_folder_of_the_user(
    variables: dict[str, str], expected: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Proofs.of_user()._folder == expected


def test_predict_remembers(bundle: Bundle, phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "memory"))
    proved: list[Path] = []
    real = Probe.load

    def counted(path: Path, size: int, crops: bool, int8: bool) -> Probe:
        proved.append(path)
        return real(path, size, crops, int8)

    monkeypatch.setattr(Probe, "load", counted)
    said = [isthmus("predict", phantom / "1_1.jpg", "--model", bundle.folder, "--json") for _ in range(2)]
    assert [one.exit_code for one in said] == [0, 0]
    assert said[0].stdout == said[1].stdout
    assert proved == [bundle.folder / PROBE]


@pytest.mark.parametrize("name", ["ORT_X", "OMP_X", "KMP_X", "OV_X", "ONEDNN_X", "DNNL_X", "MKL_X"])
def test_every_variable_that_an_engine_may_heed_counts(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    memory = Proofs(tmp_path / "memory")
    readings(bundle, memory)
    monkeypatch.setenv(name, "1")
    assert not memory.has(bundle, DEFAULT, 1)
    monkeypatch.delenv(name)
    monkeypatch.setenv("ANOTHER", "1")
    assert memory.has(bundle, DEFAULT, 1)


def test_code_that_was_changed_in_place_is_proved_anew(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, memory = tmp_path / "engines.py", Proofs(tmp_path / "memory")
    monkeypatch.setattr(proofs, "PROVING", (code,))
    for text, time in (("a", 1), ("b", 2), ("bc", 2)):  # another time, another length
        code.write_text(text)
        os.utime(code, ns=(time, time))
        assert [readings(bundle, memory) for _ in range(2)] == [1, 0]


def test_what_a_proof_depends_on_is_there() -> None:
    names = {path.relative_to(proofs.PACKAGE).as_posix() for path in proofs.PROVING}
    assert {"decision.py", "infer/engines.py", "runtime/checked.py", "runtime/probe.py", "runtime/parity.py"} <= names
    assert all(path.is_file() for path in proofs.PROVING)
    libraries = proofs._libraries("numpy")
    assert libraries
    assert all(path.is_file() and path.suffix != ".py" for path in libraries)
