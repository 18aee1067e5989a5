"""A study that is being read: what each reader sees next, and what is locked. Labels and names of nodules stay here."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from isthmus.data.pixels import read_frame
from isthmus.dicom.regions import scan_area, spacing_in
from isthmus.errors import DataError, UsageError
from isthmus.files import make_folder
from isthmus.infer.answer import read_nodules
from isthmus.nodule import DISCLAIMER, Box, Frame, Mark
from isthmus.serve.reader import Reader
from isthmus.serve.refusals import HttpError
from isthmus.serve.studies.plan import Plan, PlannedNodule
from isthmus.serve.studies.store import Next, Opinion, StudyStore
from isthmus.serve.studies.study import AFTER, AIDED, BEFORE, StudyNodule

Clock = Callable[[], datetime.datetime]
FRAMES = 8  # decoded ones that are kept
CONFLICT = 409


def utc() -> datetime.datetime:
    """The time."""
    return datetime.datetime.now(datetime.UTC)


class RunningStudy:
    """A study with its pictures, its store and the model. Every method may run in many threads at once."""

    def __init__(self, store: StudyStore, folder: Path, reader: Reader, clock: Clock = utc) -> None:
        self._store, self._folder, self._reader, self._clock = store, folder, reader, clock
        self.study = store.study
        self._nodules = {self._token(one): one for one in self.study.nodules}
        self._frame = lru_cache(maxsize=FRAMES)(lambda name: frame_of(folder, self.study.nodule(name)))

    @classmethod
    def opened(cls, path: Path, store: Path, reader: Reader, clock: Clock = utc) -> RunningStudy:
        """The study that is planned in ``path``, begun in the folder ``store``, or gone on with. The model reads what
        the plan gives no P for. Raises DataError, and UsageError where what is there is another study of that name."""
        plan = Plan.read(path)
        make_folder(store)
        file = plan.database(store)
        if file.exists():
            known = StudyStore.open(file)
            if not plan.is_of(known.study):
                what = f"the study {plan.name!r} has begun with another design, other nodules or other readers"
                raise UsageError(what, where=str(path), remedy="Undo the change, or give it another name.")
        else:
            made = plan.study(lambda one: answer_of(reader, path.parent, one))
            known = StudyStore.create(file, made)
        return cls(known, path.parent, reader, clock)

    def about(self) -> dict[str, Any]:
        """What a reader may know before: no label, no answer, no name of a nodule."""
        return {
            "name": self.study.name,
            "design": self.study.design,
            "nodules": len(self.study.nodules),
            "washout_days": self.study.washout_days,
            "readers": [asdict(one) for one in self.study.readers],
            "disclaimer": DISCLAIMER,
        }

    def state(self, reader: str) -> dict[str, Any]:
        """Where a reader is: the next step with the model's answer if it is to be seen, or why there is none now.
        Raises HttpError (403) for who isn't of the study."""
        sessions = self._sessions(reader)
        told: dict[str, Any] = dict.fromkeys(("step", "answer", "own", "wait", "debrief"))
        told |= {"reader": reader, "disclaimer": DISCLAIMER}
        try:
            step = self._store.next(reader, self._clock())
        except UsageError as error:
            return told | {"wait": error.what}
        if step is None:
            return told | {"debrief": self._debrief(reader)}
        told |= {"step": self._step(step, len(sessions), sessions[step.session - 1].nodules.index(step.nodule) + 1)}
        if step.mode in (AIDED, AFTER):
            told["answer"] = self._answer(self._store.answer(reader, step.nodule, self._clock()), step.nodule)
        if step.mode == AFTER:
            first = {(one.nodule, one.mode): one for one in self._store.reads(reader)}[step.nodule, BEFORE]
            told["own"] = asdict(first.opinion)
        return told

    def lock(self, reader: str, token: str, mode: str, opinion: Opinion, seconds: float, reason: str) -> dict[str, Any]:
        """Locks a read, and gives where the reader is then. Raises HttpError: 403 for who isn't of the study, 409 where
        something else is next, as in another tab, or the reason for a change is missing."""
        self._sessions(reader)
        nodule = self._nodule(token)
        try:
            self._store.lock(reader, nodule.name, opinion, seconds, self._clock(), reason, mode)
        except UsageError as error:
            # What the store says names the nodule, which may tell what it is.
            raise HttpError(
                CONFLICT, self._nameless(error.what), remedy=error.remedy or "Load the page anew."
            ) from None
        return self.state(reader)

    def picture(self, token: str) -> Frame:
        """The picture of a nodule. Raises HttpError (404)."""
        return self._frame(self._nodule(token).name)

    def _token(self, one: StudyNodule) -> str:
        """What the page calls a nodule: its name may tell its label."""
        return hashlib.sha256(f"{self.study.seed} {self.study.name} {one.name}".encode()).hexdigest()[:16]

    def _nodule(self, token: str) -> StudyNodule:
        if token not in self._nodules:
            raise HttpError(404, "there is no such nodule in this study")
        return self._nodules[token]

    def _nameless(self, what: str) -> str:
        for one in sorted(self.study.nodules, key=lambda one: -len(one.name)):
            what = what.replace(repr(one.name), "this nodule" if what.startswith(repr(one.name)) else "another nodule")
        return what

    def _sessions(self, reader: str) -> tuple[Any, ...]:
        try:
            return self.study.sessions(reader)
        except UsageError:
            raise HttpError(403, "this name isn't a reader's of this study", where="reader") from None

    def _step(self, step: Next, sessions: int, number: int) -> dict[str, Any]:
        one, frame = self.study.nodule(step.nodule), self._frame(step.nodule)
        box = box_of(one, frame)
        token = self._token(one)
        return {
            "nodule": token,
            "mode": step.mode,
            "session": step.session,
            "sessions": sessions,
            "number": number,
            "of": len(self.study.nodules),
            "done": step.done,
            "total": step.total,
            "picture": f"study/pictures/{token}.png",
            "width": frame.width,
            "height": frame.height,
            "box": [box.x0, box.y0, box.x1, box.y1],
            "spacing_mm": spacing_in(frame, box).mm,
        }

    def _answer(self, p: float, nodule: str) -> dict[str, Any]:
        observed = self._reader.reliability.near(p)
        return {
            "p_malignant": p,
            "threshold": self.study.nodule(nodule).threshold,
            "observed": None if observed is None else observed.as_json(),
        }

    def _debrief(self, reader: str) -> dict[str, Any]:
        """What all are told in the end: which answers were made wrong on purpose, by their numbers in the session."""
        shown = next(one for one in self.study.sessions(reader) if one.mode in (AIDED, BEFORE))
        planted = [number for number, name in enumerate(shown.nodules, 1) if name in self.study.planted]
        return {"session": shown.number, "planted": planted, "of": len(shown.nodules)}


def frame_of(folder: Path, nodule: StudyNodule | PlannedNodule) -> Frame:
    """The picture of a nodule. Raises DataError."""
    return read_frame(folder / nodule.file, page=nodule.frame)


def box_of(nodule: StudyNodule, frame: Frame) -> Box:
    """A nodule's box in its picture."""
    if not nodule.box:
        return scan_area(frame)
    x0, y0, x1, y1 = (int(side) for side in nodule.box)
    return Box(x0, y0, x1, y1)


def answer_of(reader: Reader, folder: Path, nodule: PlannedNodule) -> tuple[float, float]:
    """The model's P(malignant) of a planned nodule and its threshold: those of the plan, else the model reads it.
    Raises DataError where the picture or box can't be used, or the model gives no answer."""
    frame = frame_of(folder, nodule)
    where = f"nodule {nodule.name}"
    try:
        marks = [Mark(Box(*nodule.box))] if nodule.box else []
        (reading,) = read_nodules(reader.at(None), frame, marks)
    except DataError as error:
        raise DataError(error.what, where=where, remedy=error.remedy) from None
    if nodule.p_malignant is not None:
        return nodule.p_malignant, nodule.threshold
    if reading.prediction.verdict is None:
        remedy = "Leave it out, check its box, or give its p_malignant and threshold."
        raise DataError("the model gives no answer, as its input gate refuses the picture", where=where, remedy=remedy)
    return reading.prediction.probability, reading.prediction.threshold
