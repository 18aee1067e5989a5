"""From a picture with its regions to the answers that are sent back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isthmus.data.pixels import read_frame
from isthmus.dicom.finding import Finding, Grade
from isthmus.dicom.header import read_header
from isthmus.dicom.outputs import write_outputs
from isthmus.errors import DataError, IsthmusError, StorageError
from isthmus.infer.answer import read_nodules
from isthmus.infer.predictor import Predictor
from isthmus.infer.reporting import finding_of, model_of
from isthmus.nodule import Mark, Pixels
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.marks import FrameMark
from isthmus.pacs.queue import FAILED, READ, RECEIVED, WAITING, Entry

MOST_BEGUN = 10  # a picture whose reading stopped the program as often is given up
PAUSE = 30.0  # seconds until a picture is read again that the disk was too full for
NO_REGION = "no region of a nodule is known: draw it on the page"


@dataclass(frozen=True)
class Office:
    """Reads what is in an inbox with a model."""

    inbox: Inbox
    predictor: Predictor
    say: Talk

    def work(self) -> int:
        """Takes each picture that is due one step on; gives how many."""
        entries = self.inbox.queue.due(RECEIVED)
        for entry in entries:
            self._step(self.inbox.queue.begin(entry))
        return len(entries)

    def _step(self, entry: Entry) -> None:
        try:
            if entry.begun > MOST_BEGUN:
                raise DataError("reading it has stopped the program again and again")
            place = self.inbox.place(entry.uid)
            fitting, why = fitting_marks(place, entry.uid, entry.marks)
            if not fitting:
                self.inbox.queue.move(entry, WAITING, note=why)
                return
            if not answer(self.inbox, self.predictor, entry, fitting):
                return  # its regions have changed meanwhile
            self.say(f"{entry.uid}: read, {len(fitting)} region{'s' if len(fitting) > 1 else ''}")
        except StorageError as error:
            self.inbox.queue.defer(entry, PAUSE, error.what)
            self.say(f"{entry.uid}: read later: {error}")
        except Exception as error:  # what one picture brings must not keep the others from being read
            what = error.advice if isinstance(error, IsthmusError) else f"reading it failed ({type(error).__name__})"
            self.inbox.queue.move(entry, FAILED, note=what)
            self.say(f"{entry.uid}: can't be read: {what}")


def fitting_marks(path: Path, uid: str, marks: Sequence[FrameMark]) -> tuple[tuple[FrameMark, ...], str]:
    """The marks that lie in their frames, and why there is none. Raises DataError for a picture that can't be read."""
    frame = read_frame(path, uid)
    kept, why = [], NO_REGION
    for one in marks:
        try:
            if one.frame > frame.pages:
                raise DataError(f"a region is of frame {one.frame}, and there are {frame.pages}")
            one.mark.on(frame)
            kept.append(one)
        except DataError as error:
            why = f"{error.what}: draw the nodule on the page"
    return tuple(kept), why


def answer(
    inbox: Inbox,
    predictor: Predictor,
    entry: Entry,
    marks: Sequence[FrameMark],
    grade: Grade | None = None,
) -> bool:
    """Reads the nodules, writes the answers and queues them; False where somebody else was quicker.

    Raises DataError for a picture that can't be read, StorageError, EngineError.
    """
    path = inbox.place(entry.uid)
    findings, pixels = findings_of(predictor, path, entry.uid, marks, grade)
    with inbox.new_answers(entry.uid) as folder:
        write_outputs(folder, findings, pixels, model_of(predictor))
        if inbox.queue.move(entry, READ, answers=folder.name):
            return True
    inbox.discard_answers(folder.name)
    return False


def findings_of(
    predictor: Predictor, path: Path, uid: str, marks: Sequence[FrameMark], grade: Grade | None = None
) -> tuple[list[Finding], dict[tuple[str, int], Pixels]]:
    """What was read of each mark, frame by frame, and the pixels of these frames."""
    header = read_header(path, uid)
    findings: list[Finding] = []
    pixels = {}
    for number, on_it in _by_frame(marks):
        frame = read_frame(path, uid, number)
        pixels[str(header.SOPInstanceUID), number] = frame.pixels
        readings = read_nodules(predictor, frame, on_it)
        findings += [finding_of(predictor, one, frame, header, grade=grade) for one in readings]
    return findings, pixels


def _by_frame(marks: Sequence[FrameMark]) -> Iterator[tuple[int, list[Mark]]]:
    for number in sorted({one.frame for one in marks}):
        yield number, [one.mark for one in marks if one.frame == number]
