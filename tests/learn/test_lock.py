"""One process at a time in a folder."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from isthmus.errors import StorageError
from isthmus.learn.lock import TakenError, alone
from make.holding import HOLDER, held


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with held(tmp_path):
        with pytest.raises(TakenError) as caught, alone(tmp_path, "training"):
            pytest.fail("got in")
        assert f"{tmp_path}: another process is training ({HOLDER}). Wait for it" in str(caught.value)
    with alone(tmp_path, "training"):
        assert f"process {os.getpid()} on " in (tmp_path / ".lock").read_text()
    assert (tmp_path / ".lock").read_text() == ""  # a folder may be given away


def test_who_holds_it_may_take_it_again(tmp_path: Path) -> None:
    with alone(tmp_path, "training"):
        with alone(tmp_path, "training"):
            pass
        with pytest.raises(BlockingIOError), held(tmp_path):  # still held
            pass
    with held(tmp_path):
        pass


def hold_and_die(folder: Path) -> None:
    with alone(folder, "training"):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_lock_of_a_process_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=hold_and_die, args=(tmp_path,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    process.close()
    assert "process" in (tmp_path / ".lock").read_text()
    with alone(tmp_path, "training"):
        pass


def test_folders_made_for_it_alone_are_taken_away_and_others_stay(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="whatever"), alone(tmp_path / "a" / "b", "training"):
        raise ValueError("whatever")
    assert not list(tmp_path.iterdir())
    with alone(tmp_path / "a" / "b", "training"):
        (tmp_path / "a" / "b" / "result").write_text("here")
    assert (tmp_path / "a" / "b" / "result").read_text() == "here"


def test_processes_of_one_torchrun_share_the_first_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LOCAL_WORLD_SIZE": "2", "GROUP_WORLD_SIZE": "1", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    with held(tmp_path), alone(tmp_path, "training"):
        pass


def test_a_file_in_the_way_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StorageError, match="can't write"), alone(tmp_path / "file" / "run", "training"):
        pass
    assert (tmp_path / "file").read_text() == "mine"
