"""From a picture with its regions to the answers that are sent back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.data.pixels import read_frame
from isthmus.dicom.finding import Finding, Grade
from isthmus.dicom.header import read_header
from isthmus.dicom.outputs import write_outputs
from isthmus.errors import DataError, IsthmusError, StorageError
from isthmus.infer.answer import read_nodules
from isthmus.infer.predictor import Predictor
from isthmus.infer.reporting import finding_of, model_of
from isthmus.nodule import Frame, Mark, Pixels
from isthmus.pacs.inbox import Inbox
from isthmus.pacs.listener import Talk
from isthmus.pacs.marks import MOST, FrameMark
from isthmus.pacs.queue import FAILED, READ, RECEIVED, WAITING, Entry

MOST_BEGUN = 10  # a picture whose reading stopped the program as often is given up
PAUSE = 30.0  # seconds until a picture is read again that the disk was too full for
UNEXPECTED = "reading it failed, as its header may be damaged"
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
            fitting, left_out = fitting_marks(place, entry.uid, entry.marks)
            if not fitting:
                why = f"{left_out[0]}: draw the nodule on the page" if left_out else NO_REGION
                self.inbox.queue.move(entry, WAITING, note=why)
                return
            if not answer(self.inbox, self.predictor, entry, fitting, notes=left_out):
                return  # its regions have changed meanwhile
            told = f"{len(fitting)} region{'s' if len(fitting) > 1 else ''}"
            self.say("; ".join((f"{entry.uid}: read, {told}", *left_out)))
        except StorageError as error:
            self.inbox.queue.defer(entry, PAUSE, error.what)
            self.say(f"{entry.uid}: read later: {error}")
        except Exception as error:  # what one picture brings must not keep the others from being read
            what = error.advice if isinstance(error, IsthmusError) else f"{UNEXPECTED} ({type(error).__name__})"
            self.inbox.queue.move(entry, FAILED, note=what)
            self.say(f"{entry.uid}: can't be read: {what}")


def fitting_marks(path: Path, uid: str, marks: Sequence[FrameMark]) -> tuple[tuple[FrameMark, ...], tuple[str, ...]]:
    """The marks that lie in their frames, and why the others are left out. Raises DataError for a picture that can't be
    read."""
    frame = read_frame(path, uid)
    kept, left_out = list[FrameMark](), list[str]()
    for one in marks:
        try:
            _refuse_misfit(one, frame)
            kept.append(one)
        except DataError as error:
            left_out.append(error.what)
    if len(kept) > MOST:
        kept = kept[:MOST]
        left_out.append(f"more than {MOST} regions are marked, and the first {MOST} are read")
    return tuple(kept), tuple(dict.fromkeys(left_out))


def _refuse_misfit(one: FrameMark, frame: Frame) -> None:
    if not 1 <= one.frame <= frame.pages:
        raise DataError(f"a region is of frame {one.frame}, and there {_are(frame.pages)}")
    size = (frame.width, frame.height)
    if one.size not in (None, size):
        drawn, there = (f"{width} x {height}" for width, height in (one.size or size, size))
        raise DataError(f"a region was drawn on {drawn} pixels, and the picture has {there}")
    one.mark.on(frame)


def _are(frames: int) -> str:
    return "is 1" if frames == 1 else f"are {frames}"


def answer(
    inbox: Inbox,
    predictor: Predictor,
    entry: Entry,
    marks: Sequence[FrameMark],
    grade: Grade | None = None,
    notes: Sequence[str] = (),
) -> bool:
    """Reads the nodules, writes the answers and queues them; False where somebody else was quicker. ``notes`` are what
    the report has to say beside.

    Raises DataError for a picture that can't be read, StorageError, EngineError.
    """
    path = inbox.place(entry.uid)
    findings, pixels = findings_of(predictor, path, entry.uid, marks, grade)
    findings[0] = replace(findings[0], notes=(*findings[0].notes, *map(_sentence, notes)))
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


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _by_frame(marks: Sequence[FrameMark]) -> Iterator[tuple[int, list[Mark]]]:
    for number in sorted({one.frame for one in marks}):
        yield number, [one.mark for one in marks if one.frame == number]
