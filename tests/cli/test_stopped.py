"""Ctrl-C, whenever it comes: "isthmus: stopped.", exit code 130, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from isthmus.phantom.write import write_phantom

SHIPPED = ("--model", "tn5000")
MODULE = ("-m", "isthmus")
SCRIPT = ("-c", "import sys\nfrom isthmus.__main__ import run\nsys.exit(run())")
# A module that takes its time: it says that it is being imported, and waits for Ctrl-C.
SLOW = """
import pathlib, time
pathlib.Path({marker!r}).touch()
try:
    time.sleep(60)
except BaseException as error:
    raise {instead}
"""
REPEATS = 3600  # of a second, at 10 a second: the machine may be busy


def slow_module(folder: Path, name: str, instead: str) -> Path:
    """Lays a module of that name into ``folder``; returns the file that is there once it is imported."""
    folder.mkdir()
    marker = folder / "here"
    (folder / f"{name}.py").write_text(SLOW.format(marker=str(marker), instead=instead))
    return marker


def stopped(
    arguments: Sequence[object],
    reached: Callable[[], bool],
    path: Path | None = None,
    start: Sequence[str] = MODULE,
    group: bool = False,
) -> tuple[int, str]:
    """Exit code and stderr of a command that gets SIGINT, alone or with its ``group``, once ``reached`` is true."""
    search = os.pathsep.join([*([str(path)] if path else []), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": search}
    command = [sys.executable, *start, *map(str, arguments)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        for _ in range(REPEATS):
            if reached() or run.poll() is not None:
                break
            time.sleep(0.1)
        assert run.poll() is None, run.communicate()
        (os.killpg if group else os.kill)(run.pid, signal.SIGINT)
        _, told = run.communicate(timeout=120)
    return run.returncode, told


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """A shell that starts the tests in the background has SIGINT ignored, and commands would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("start", [MODULE, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("instead", ["error", "ImportError('broken')"])
def test_while_the_command_itself_is_imported(tmp_path: Path, start: Sequence[str], instead: str) -> None:
    marker = slow_module(tmp_path / "slow", "click", instead)
    assert stopped(["--help"], marker.exists, tmp_path / "slow", start) == (130, "isthmus: stopped.\n")


@pytest.mark.parametrize(("verb", "module"), [("look", "cv2"), ("predict", "PIL"), ("train", "torch")])
@pytest.mark.parametrize("instead", ["error", "ImportError('broken')", "OSError(5, 'broken')"])
def test_while_a_verb_is_imported(tmp_path: Path, verb: str, module: str, instead: str) -> None:
    marker = slow_module(tmp_path / "slow", module, instead)
    write_phantom(tmp_path / "data", patients=1)
    more = {"look": ["--as", "phantom"], "predict": SHIPPED, "train": ["--as", "phantom", "--to", "t"]}[verb]
    code, told = stopped([verb, tmp_path / "data", *more], marker.exists, tmp_path / "slow")
    assert (code, told.strip()) == (130, "isthmus: stopped.")


@pytest.mark.slow
def test_in_the_middle_of_training(tmp_path: Path) -> None:
    write_phantom(tmp_path / "data", patients=12)
    command = ["train", tmp_path / "data", "--as", "phantom", "--to", tmp_path / "new", "--set", "size=32"]
    work = tmp_path / "new.training"
    code, told = stopped([*command, "--set", "epochs=100000"], lambda: any(work.glob("checkpoint.safetensors")))
    assert code == 130
    assert told.splitlines()[-1] == "isthmus: stopped."
    assert "Traceback" not in told
    assert any(work.glob("checkpoint.safetensors"))  # the same command goes on from there


@pytest.mark.slow
@pytest.mark.parametrize("group", [True, False], ids=["terminal", "kill"])
def test_in_the_middle_of_a_study_with_workers(tmp_path: Path, group: bool) -> None:
    write_phantom(tmp_path / "data", patients=24)
    to = tmp_path / "new"
    command = ["study", "table3", tmp_path / "data", "--as", "phantom", "--to", to, "--jobs", "2", "--folds", "2"]
    command += ["--set", "size=32", "--set", "epochs=100000", "--protocol", "grouped"]
    command += ["--labels", "benign-2-3-4a", "--only", "0.6"]
    code, told = stopped(command, lambda: any(to.glob("runs/*/folds/*/checkpoint.safetensors")), group=group)
    assert code == 130
    assert told.splitlines()[-1] == "isthmus: stopped."
    assert "Traceback" not in told
