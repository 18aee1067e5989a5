"""Objects as they come in: written whole before anybody is told that they are here, each once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from isthmus import files
from isthmus.dicom.header import opened
from isthmus.dicom.uids import uid_of
from isthmus.errors import DataError, IsthmusError
from isthmus.pacs.classes import Kind, kind_of
from isthmus.pacs.contents import REGIONS, content_of_pixels, content_of_regions, kind_of_content
from isthmus.pacs.drawn import regions_in
from isthmus.pacs.marks import FrameMark
from isthmus.pacs.queue import DISMISSED, EXPECTED, FAILED, READ, RECEIVED, SENT, TAKEN, WAITING, Queue

TAGS = [Tag(name) for name in ("SOPClassUID", "SOPInstanceUID", "Modality", "Manufacturer", "NumberOfFrames")]
TAGS += [Tag(name) for name in ("Rows", "Columns", "StudyInstanceUID")]
UID = re.compile(r"[0-9]+(\.[0-9]+)*")
MOST_REGIONS = 64 << 20  # bytes of an object with regions, which is read whole
NO_ULTRASOUND = "is no ultrasound picture and holds no regions"
NO_REGIONS = "marks no closed region in a picture"
OTHER = "came with the UID of another object, which stays"
ON_ITS_WAY = (RECEIVED, WAITING, READ, FAILED)  # whose files are needed
DONE = (SENT, TAKEN, DISMISSED)  # whose files are not
STALE = 3600.0  # seconds after which answers that belong to nothing are swept away


class UnwantedError(DataError):
    """An object that isn't read, and why."""


class OtherContentError(DataError):
    """An object with the UID of another, which was taken up before it."""


@dataclass(frozen=True)
class Taken:
    """An object that was taken up, and what its sender or reader should know of it, "" for nothing."""

    uid: str
    note: str = ""


@dataclass(frozen=True)
class Inbox:
    """The folder of a store with the pictures that are to be read. ``settle``: seconds that are waited for more regions
    of a picture before it is read."""

    folder: Path
    queue: Queue
    settle: float = 1.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def open(self) -> None:
        """Makes its folders, for their owner alone. Raises StorageError."""
        for name in ("", "incoming", "objects", "answers"):
            files.make_folder(self.folder / name)
            (self.folder / name).chmod(0o700)

    @property
    def incoming(self) -> Path:
        """Where files are written while they come."""
        return self.folder / "incoming"

    def place(self, uid: str) -> Path:
        """The file of a picture: named by a checksum, as a UID from elsewhere is no name for a file."""
        return self.folder / "objects" / f"{_name(uid)}.dcm"

    def answers(self, folder: str) -> Path:
        """The folder of an object's answers."""
        return self.folder / "answers" / folder

    @contextlib.contextmanager
    def new_answers(self, uid: str) -> Iterator[Path]:
        """A folder to write an object's answers into, which is gone again if that fails. Raises StorageError."""
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{_name(uid)[:24]}-", dir=self.folder / "answers"))
        except OSError as error:
            raise files.refusal(self.folder, error) from error
        try:
            yield folder
            for path in (*folder.iterdir(), folder, folder.parent):
                _synchronise(path)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise files.refusal(self.folder, error) from error
            raise

    def take(self, path: Path, origin: str) -> Taken:
        """Takes up the object in a file of ``incoming``, which is gone then.

        It is on disk and in the queue when this returns. The same object again changes nothing. Raises UnwantedError
        for what isn't read, OtherContentError for what has the UID of another, DataError for what is damaged,
        StorageError where the disk is full.
        """
        try:
            return self._take(path, origin)
        except IsthmusError:
            raise
        except OSError as error:
            raise files.refusal(self.folder, error) from error
        except Exception as error:  # pydicom reads a value when it is asked for, and raises what it stumbles over
            what = f"its header is damaged ({type(error).__name__})"
            raise DataError(what, where="object", remedy="Send it again.") from error
        finally:
            path.unlink(missing_ok=True)

    def _take(self, path: Path, origin: str) -> Taken:
        with opened(path, "object", TAGS) as file:
            uid, kind = uid_in(file.header), kind_of(file.header)
            if kind == "other":
                self.queue.refuse(uid, origin, NO_ULTRASOUND)
                remedy = "Send ultrasound pictures, and what marks regions in them."
                raise UnwantedError(NO_ULTRASOUND, where=uid, remedy=remedy)
            content = content_of_pixels(file) if kind == "picture" else ""
        if kind == "picture":
            _synchronise(path)
            with self._lock:  # of two with one UID the second waits until the first is known
                return self._picture(path, uid, content, origin)
        regions = regions_in(_whole(path, uid)) if kind == "regions" else {}
        with self._lock:
            return self._regions(uid, kind, regions, origin)

    def _picture(self, path: Path, uid: str, content: str, origin: str) -> Taken:
        entry = self.queue.entry(uid)
        note, failed = "", entry is not None and entry.state == FAILED and not entry.answers
        if entry is not None and entry.state != EXPECTED and not failed:
            return Taken(uid, self._again(uid, content, origin))
        if entry is not None and failed and content == self.queue.content(uid) and self.place(uid).is_file():
            return Taken(uid, f"came again as it was, and {entry.note}")
        path.replace(self.place(uid))
        _synchronise(self.place(uid).parent)
        self.queue.remember(uid, content)
        if entry is not None and failed:
            self.queue.move(entry, RECEIVED)
            note = "came again, and is read again"
        else:
            self.queue.receive(uid, origin)
        return Taken(uid, note)

    def _regions(self, uid: str, kind: Kind, regions: dict[str, list[FrameMark]], origin: str) -> Taken:
        if kind == "ours":
            self.queue.take(uid, origin, {}, self.settle)
            return Taken(uid, "is an answer of isthmus, and isn't read")
        content = content_of_regions(regions)
        if self.queue.knows(uid):
            return Taken(uid, self._again(uid, content, origin))
        self.queue.remember(uid, content)
        self.queue.take(uid, origin, regions, self.settle)
        entry = self.queue.entry(uid)
        return Taken(uid, (entry.note if entry else "") if regions else NO_REGIONS)

    def _again(self, uid: str, content: str, origin: str) -> str:
        """What is to be said of an object that was here before. Raises OtherContentError."""
        known = self.queue.content(uid)
        if not known or content == known:
            return ""
        kinds = {kind_of_content(content), kind_of_content(known)}
        if len(kinds) > 1 and REGIONS not in kinds:
            return "came again in another transfer syntax: it isn't compared, and the first is kept"
        # Under a UID of its own, so that it is seen in the list.
        self.queue.refuse(uid_of("other content", uid, content), origin, f"{OTHER}: {uid}")
        raise OtherContentError(OTHER, where=uid, remedy="Give it a UID of its own.")

    def discard(self, uid: str, answers: str) -> None:
        """Deletes the files of an object that is done with."""
        self.place(uid).unlink(missing_ok=True)
        self.discard_answers(answers)

    def discard_answers(self, folder: str) -> None:
        """Deletes a folder of answers, "" for none."""
        if folder:
            shutil.rmtree(self.answers(folder), ignore_errors=True)

    def sweep(self) -> int:
        """Deletes what a kill has left: files half received, and those of objects that are done with.

        Gives the number of pictures that the queue doesn't know, as after the loss of a database. They stay.
        """
        for path in self.incoming.iterdir():
            path.unlink(missing_ok=True)
        on_its_way = self.queue.entries(ON_ITS_WAY, most=sys.maxsize)
        kept = {self.place(one.uid).name for one in on_its_way} | {one.answers for one in on_its_way}
        done = {self.place(one.uid).name for one in self.queue.entries(DONE, most=sys.maxsize)}
        for path in (self.folder / "objects").iterdir():
            if path.name in done:
                path.unlink(missing_ok=True)
        old = time.time() - STALE
        for path in (self.folder / "answers").iterdir():
            if path.name not in kept and path.stat().st_mtime <= old:
                shutil.rmtree(path, ignore_errors=True)
        return sum(path.name not in kept for path in (self.folder / "objects").iterdir())


def uid_in(header: Dataset) -> str:
    """The SOP instance UID of an object. Raises UnwantedError for what is none: it is a key."""
    uid = str(header.get("SOPInstanceUID") or "")
    if len(uid) > 64 or not UID.fullmatch(uid):
        raise UnwantedError("has no valid SOPInstanceUID", where="object", remedy="Repair it.")
    return uid


def _whole(path: Path, uid: str) -> Dataset:
    if path.stat().st_size > MOST_REGIONS:
        raise UnwantedError(f"is larger than {MOST_REGIONS >> 20} MiB", where=uid, remedy="Send its regions alone.")
    try:
        return pydicom.dcmread(path)
    except Exception as error:  # whatever pydicom stumbles over
        raise DataError(f"can't be read ({type(error).__name__})", where=uid, remedy="Send it again.") from error


def _name(uid: str) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()


def _synchronise(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
