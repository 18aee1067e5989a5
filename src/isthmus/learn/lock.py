"""One process at a time in a folder: a lock that is released when its process ends."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from isthmus import files
from isthmus.errors import UsageError
from isthmus.learn import processes

LOCK = ".lock"
REMEDY = "Wait for it, or choose another --to."


class TakenError(UsageError):
    """Another process works in the folder."""


@contextlib.contextmanager
def alone(folder: Path, doing: str, remedy: str = REMEDY) -> Iterator[None]:
    """Locks ``folder``, which is created; another process raises "another process is ``doing``".

    The processes that torchrun started share one lock, and a process may lock again. Folders that were created for
    the lock and stay empty are deleted. Raises TakenError, naming the process and its machine, and
    StorageError.
    """
    if not processes.is_first():
        yield
        return
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    files.make_folder(folder)
    path = folder / LOCK
    # One object per path and thread, so that the holder may lock again.
    lock = FileLock(path, timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise TakenError(f"another process is {doing}{_holder(path)}", where=str(folder), remedy=remedy) from None
    except OSError as error:
        raise files.refusal(path, error) from error
    try:
        path.write_text(f"process {os.getpid()} on {platform.node()}\n", encoding="utf-8")
        yield
    finally:
        if lock.lock_counter == 1:
            _leave(path, made)
        lock.release()


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        if holder := path.read_text(encoding="utf-8").strip():
            return f" ({holder})"
    return ""


def _leave(path: Path, made: list[Path]) -> None:
    """Empties the lock's file, which names a machine; deletes folders that were made for it and hold nothing else."""
    with contextlib.suppress(OSError):
        if path.parent in made and [*path.parent.iterdir()] == [path]:
            path.unlink()
            for folder in made:
                folder.rmdir()
        elif path.exists():
            path.write_text("", encoding="utf-8")
