"""`isthmus predict FILE...`: the nodules of a few files, read and printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from isthmus.cli import options, work
from isthmus.cli.reading.reports import Wanted, write_reports
from isthmus.cli.talk import note, say
from isthmus.errors import DataError, UsageError
from isthmus.nodule import DISCLAIMER, Frame, Mark, Point

if TYPE_CHECKING:
    from isthmus.infer.answer import Reading
    from isthmus.infer.neighbours.similar import Finder
    from isthmus.infer.predictor import Predictor
    from isthmus.infer.proposal.propose import Proposer
    from isthmus.infer.together import Together


@dataclass(frozen=True)
class Asked:
    """The nodules that a command line marks or clicks on, () for the scan area; the page, None where none is named.

    ``together``: all that is read are views of one nodule, and mark 1 is of the first of several files. So many
    ``similar`` cases are shown of each nodule.
    """

    marks: tuple[Mark | Point, ...] = ()
    page: int | None = None
    wanted: Wanted = field(default_factory=Wanted)
    together: bool = False
    similar: int = 0

    def refuse(self, paths: Sequence[str]) -> None:
        """Raises UsageError where it isn't said which views are one nodule."""
        if not self.together:
            return
        views = len(self.marks) if len(paths) == 1 else len(paths)
        if views < 2:
            raise UsageError("is one view", where="--together", remedy="Name several FILEs, or several boxes on one.")
        if len(paths) > 1 and len(self.marks) not in (0, len(paths)):
            what = f"{len(paths)} files and {len(self.marks)} nodules on them"
            raise UsageError(what, where="--together", remedy="Give a --box for each FILE, in their order.")

    def of(self, number: int, files: int) -> Asked:
        """What is asked of one file of several."""
        if not self.together or files == 1 or not self.marks:
            return self
        return replace(self, marks=(self.marks[number],))


@dataclass(frozen=True, eq=False)
class FileRead:
    """What became of one file: its readings, and what couldn't be read of it.

    A structured report takes of each reading its prediction, page, box and contour, and of the file its header:
    ``isthmus.dicom.header.read_header(path)``.
    """

    path: Path
    readings: tuple[Reading, ...] = ()
    errors: tuple[DataError, ...] = ()


def read_files(predictor: Predictor, paths: Sequence[str], asked: Asked, as_json: bool) -> int:
    """Reads and prints each file; one that can't be read is named. Returns the exit code."""
    note_passed_over(predictor)
    clicked = any(not isinstance(mark, Mark) for mark in asked.marks)
    proposer = work.propose.Proposer() if clicked else None
    finder = work.similar.Finder(predictor.bundle) if asked.similar else None
    files = [
        _read_file(predictor, Path(path), asked.of(number, len(paths)), proposer, finder)
        for number, path in enumerate(paths)
    ]
    readings = [reading for file in files for reading in file.readings]
    errors = [error for file in files for error in file.errors]
    joined = None
    if asked.together and not errors:
        joined = work.together.together([one.prediction for one in readings])
    if as_json:
        beside = {"together": joined.as_json() if joined else None} if asked.together else {}
        options.print_json(work.answer.document(predictor, readings, errors) | beside)
    else:
        for reading in readings:
            say(_sentence(reading))
            for line in _similar(reading):
                say(line)
        if joined:
            say(_joined(joined))
        if readings:
            say(f"Read on {predictor.engine.name}. {DISCLAIMER}")
    if asked.wanted:
        write_reports(predictor, [(file.path, file.readings) for file in files], asked.wanted)
    if not errors:
        return 0
    return 1 if readings else 2


def note_passed_over(predictor: Predictor) -> None:
    """A line for each engine that is quicker and not used."""
    for one in predictor.passed_over:
        note(f"isthmus: passed over: {one.engine}: {one.why}")


def _read_file(
    predictor: Predictor, path: Path, asked: Asked, proposer: Proposer | None, finder: Finder | None
) -> FileRead:
    """Reads the nodules of a file; of several, one that can't be read leaves the others."""
    readings: list[Reading] = []
    errors: list[DataError] = []
    try:
        frame = work.pixels.read_frame(path, page=asked.page or 1)
    except DataError as error:
        note(f"isthmus: {error}")
        return FileRead(path, (), (error,))
    _note_frame(frame, asked)
    for number, marked in enumerate(asked.marks or (None,), 1):
        try:
            mark = _proposed(proposer, frame, marked) if proposer and isinstance(marked, tuple) else marked
            assert not isinstance(mark, tuple)  # a click has a proposer
            reading = work.answer.reading_of(predictor, frame, mark, number if len(asked.marks) > 1 else 0)
            if finder:
                cases = finder.of(frame, reading.prediction, asked.similar, path.read_bytes())
                reading = replace(reading, similar=cases)
            readings.append(reading)
        except DataError as error:
            note(f"isthmus: {error}")
            errors.append(error)
    if any(reading.doppler for reading in readings):
        note(f"isthmus: {frame.origin}: the file states Doppler there; the model knows grey images only")
    return FileRead(path, tuple(readings), tuple(errors))


def _proposed(proposer: Proposer, frame: Frame, click: Point) -> Mark:
    """The box that is proposed for a click. Raises DataError for one outside the frame."""
    box = proposer.propose(frame, click)
    note(f"isthmus: {frame.origin}: the box {box} is proposed for the click; look whether it fits, or give --box")
    return Mark(box, proposed=True)


def _note_frame(frame: Frame, asked: Asked) -> None:
    """What a reader may not expect of a frame."""
    for one in frame.notes:
        note(f"isthmus: {frame.origin}: {one}")
    if asked.page is None and frame.pages > 1:
        note(f"isthmus: {frame.origin}: page 1 of {frame.pages} is read; --page N (or --frame N) reads another")
    if asked.marks:
        return
    area = work.regions.scan_area(frame)
    if (area.width, area.height) == (frame.width, frame.height):
        note("isthmus: without --box the whole image is read as the nodule, right only for one that is cut to it.")
    else:
        note(f"isthmus: {frame.origin}: without --box the scan area ({area}) is read as the nodule; draw the nodule")


def _sentence(reading: Reading) -> str:
    one = reading.prediction
    page = f" page {one.page} of {one.pages}" if one.pages > 1 else ""
    size = f", {reading.size.width:.1f} x {reading.size.height:.1f} mm" if reading.size else ""
    where = f"{one.image}{page} [{one.box}{size}]"
    if one.gate and not one.gate.accepted:
        return f"{where}: no verdict, as {'; '.join(one.gate.reasons)} (P(malignant) is in --json)"
    return (
        f"{where}: {one.verdict}, P(malignant) = {one.probability:.3f} (malignant from {one.threshold:.3f} on, "
        f"the threshold {one.operating_point})"
    )


def _similar(reading: Reading) -> Iterator[str]:
    """The similar cases of a reading, a line each; nothing where there are none."""
    for number, case in enumerate(reading.similar.cases if reading.similar else (), 1):
        yield (
            f"  similar {number}: {case.label}, distance {case.distance:.3f}: {100 * case.farther:.0f} % of training "
            "nodules have no other so near"
        )
    yield from (f"  {sentence}" for sentence in (reading.similar.sentences if reading.similar else ()))


def _joined(joined: Together) -> str:
    if joined.probability is None:
        return f"Together: none, as there is {joined.reason}."
    sides = "all views say" if len(joined.sides) == 1 else "the views differ:"
    return (
        f"Together: P(malignant) = {joined.probability:.3f}, the mean of {joined.views} views from {joined.lowest:.3f} "
        f"to {joined.highest:.3f}; {sides} {' and '.join(joined.sides)}. {work.together.AN_AVERAGE}"
    )
