"""A study and its reads in a database: SQLite in a file, or any that SQLAlchemy reaches by URL.

A read is locked when it is made. The model's answer can't be had before that in a sequential study, and not at all in a
session without it. What is locked stays; a second look is a second row, with the reason for a change.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from isthmus.errors import DataError, StorageError, UsageError
from isthmus.serve.studies.study import AFTER, AIDED, BEFORE, SEQUENTIAL, Session, Study
from isthmus.text import printable

DATA = sa.MetaData()
STUDIES = sa.Table(
    "reader_study", DATA, sa.Column("name", sa.String, primary_key=True), sa.Column("design", sa.Text, nullable=False)
)
READS = sa.Table(
    "study_read",
    DATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("study", sa.String, nullable=False),
    sa.Column("reader", sa.String, nullable=False),
    sa.Column("nodule", sa.String, nullable=False),
    sa.Column("mode", sa.String, nullable=False),
    sa.Column("tirads", sa.String, nullable=False),
    sa.Column("p_malignant", sa.Float),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("locked", sa.String, nullable=False),
    sa.UniqueConstraint("study", "reader", "nodule", "mode"),
)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Opinion:
    """What a reader thinks of a nodule: a TI-RADS level such as TR4, "" for none, and P(malignant), None for none."""

    tirads: str = ""
    p_malignant: float | None = None


@dataclass(frozen=True)
class LockedRead:
    """A read as it was locked, at a time in UTC (ISO 8601). ``reason`` is why a second look changed the first."""

    reader: str
    nodule: str
    mode: str
    opinion: Opinion
    seconds: float
    reason: str
    locked: str


@dataclass(frozen=True)
class Next:
    """What a reader has to do next: read ``nodule`` in ``mode``; ``done`` of ``total`` reads are locked."""

    nodule: str
    mode: str
    session: int
    done: int
    total: int


class StudyStore:
    """The reads of one study. Every change is one transaction; two processes may write at once."""

    def __init__(self, engine: sa.Engine, study: Study) -> None:
        self._engine, self.study = engine, study

    @classmethod
    def create(cls, where: Path | str, study: Study) -> StudyStore:
        """Stores a new study in a file, or a database by URL. Raises UsageError where it is there, StorageError."""
        engine = _engine(where)
        try:
            DATA.create_all(engine)
            with engine.begin() as connection:
                design = json.dumps(study.as_json())
                connection.execute(STUDIES.insert().values(name=study.name, design=design))
        except IntegrityError:
            remedy = "Name another, or open it: a study's design stays as it is."
            raise UsageError(f"there is a study {study.name!r} already", where=_shown(where), remedy=remedy) from None
        except SQLAlchemyError as error:
            raise _unwritable(where, error) from None
        return cls(engine, study)

    @classmethod
    def open(cls, where: Path | str, name: str | None = None) -> StudyStore:
        """Opens a study, the only one unless ``name`` says which. Raises DataError, UsageError."""
        if isinstance(where, Path) and not where.is_file():
            raise DataError("is not there", where=_shown(where), remedy="Check the path.")
        engine = _engine(where)
        try:
            with engine.connect() as connection:
                rows = {row.name: row.design for row in connection.execute(sa.select(STUDIES))}
        except SQLAlchemyError:
            raise DataError("holds no reader study", where=_shown(where), remedy="Give the database of one.") from None
        if name is None and len(rows) != 1:
            listed = ", ".join(sorted(rows)) or "none"
            raise UsageError(f"holds {len(rows)} studies: {listed}", where=_shown(where), remedy="Name one.")
        chosen = next(iter(rows)) if name is None else name
        if chosen not in rows:
            raise UsageError(f"no study {chosen!r}", where=_shown(where), remedy=f"It has {', '.join(sorted(rows))}.")
        return cls(engine, Study.of_json(json.loads(rows[chosen])))

    def reads(self, reader: str | None = None) -> tuple[LockedRead, ...]:
        """All reads, or a reader's, in the order in which they were locked."""
        query = sa.select(READS).where(READS.c.study == self.study.name).order_by(READS.c.id)
        if reader is not None:
            query = query.where(READS.c.reader == reader)
        with self._engine.connect() as connection:
            return tuple(
                LockedRead(
                    row.reader,
                    row.nodule,
                    row.mode,
                    Opinion(row.tirads, row.p_malignant),
                    row.seconds,
                    row.reason,
                    row.locked,
                )
                for row in connection.execute(query)
            )

    def next(self, reader: str, now: datetime.datetime) -> Next | None:
        """What a reader has to read next, None when all is done. ``now`` has a time zone.

        Raises UsageError before the washout is over, with the day when it is.
        """
        reads = self.reads(reader)
        done = {(one.nodule, one.mode) for one in reads}
        sessions = self.study.sessions(reader)
        steps = [step for session in sessions for step in self._steps(session)]
        for session in sessions:
            for nodule, mode in self._steps(session):
                if (nodule, mode) not in done:
                    self._refuse_washout(session, reads, now)
                    return Next(nodule, mode, session.number, len(done), len(steps))
        return None

    def lock(
        self,
        reader: str,
        nodule: str,
        opinion: Opinion,
        seconds: float,
        now: datetime.datetime,
        reason: str = "",
        mode: str | None = None,
    ) -> LockedRead:
        """Locks a reader's opinion of the nodule that is next. ``reason`` is needed where a second look changes it.
        With ``mode`` that has to be the next one, too: what is sent twice isn't a second look.

        Raises UsageError for another nodule than the next, an opinion that says nothing, no P or no time, and what is
        locked already.
        """
        step = self.next(reader, now)
        if step is None or step.nodule != nodule:
            is_next = "all is read" if step is None else f"{step.nodule!r} is next"
            raise UsageError(f"{nodule!r} isn't to be read now: {is_next}", where=reader)
        if mode is not None and step.mode != mode:
            raise UsageError("is locked already", where=f"{reader}: {nodule}", remedy="Load the page anew.")
        self._refuse_opinion(opinion, seconds)
        opinion = Opinion(opinion.tirads.strip(), opinion.p_malignant)
        if step.mode == AFTER and self._first(reader, nodule) != opinion and not reason.strip():
            raise UsageError("the opinion has changed without a reason", where=nodule, remedy="Say why.")
        read = LockedRead(reader, nodule, step.mode, opinion, seconds, reason.strip(), _text(now))
        values = {"study": self.study.name, "reader": reader, "nodule": nodule, "mode": step.mode}
        values |= {"tirads": opinion.tirads, "reason": read.reason, "locked": read.locked}
        try:
            with self._engine.begin() as connection:
                connection.execute(READS.insert().values(**values, p_malignant=opinion.p_malignant, seconds=seconds))
        except IntegrityError:
            raise UsageError("is locked already", where=f"{reader}: {nodule}", remedy="Go on to the next.") from None
        except SQLAlchemyError as error:
            raise _unwritable(str(self._engine.url), error) from None
        return read

    def answer(self, reader: str, nodule: str, now: datetime.datetime) -> float:
        """The model's P(malignant) as the study shows it. Raises UsageError where the reader may not see it yet."""
        step = self.next(reader, now)
        if step is None or step.nodule != nodule or step.mode not in (AIDED, AFTER):
            raise UsageError(
                "the model's answer isn't shown before the reader's own is locked, nor in a session without it",
                where=f"{reader}: {nodule}",
            )
        return self.study.answer(nodule)

    def _first(self, reader: str, nodule: str) -> Opinion:
        return next(one.opinion for one in self.reads(reader) if (one.nodule, one.mode) == (nodule, BEFORE))

    def _steps(self, session: Session) -> Sequence[tuple[str, str]]:
        """The reads of a session in order; of a sequential one two of each nodule."""
        modes = (BEFORE, AFTER) if self.study.design == SEQUENTIAL else (session.mode,)
        return [(nodule, mode) for nodule in session.nodules for mode in modes]

    def _refuse_washout(self, session: Session, reads: Sequence[LockedRead], now: datetime.datetime) -> None:
        earlier = [one.locked for one in reads if one.mode != session.mode]
        if session.number == 1 or not earlier:
            return
        opens = datetime.datetime.fromisoformat(max(earlier)) + self.study.washout_days * DAY
        if now < opens:
            raise UsageError(
                f"the washout of {self.study.washout_days} days ends on {opens.date().isoformat()}",
                where=session.reader,
            )

    def _refuse_opinion(self, opinion: Opinion, seconds: float) -> None:
        p = opinion.p_malignant
        if not opinion.tirads.strip() and p is None:
            raise UsageError("neither a TI-RADS level nor P(malignant) is given", remedy="Give one or both.")
        if p is not None and not 0 <= p <= 1:
            raise UsageError(f"P(malignant) = {p} is not in 0 .. 1")
        if not 0 <= seconds < math.inf:
            raise UsageError(f"{seconds} s is no time")


def _engine(where: Path | str) -> sa.Engine:
    """The engine of a file of SQLite, or of a URL. A writer waits for another one for half a minute."""
    if isinstance(where, Path):
        return sa.create_engine(sa.URL.create("sqlite", database=str(where)), connect_args={"timeout": 30})
    return sa.create_engine(where)


def _text(now: datetime.datetime) -> str:
    if now.tzinfo is None:
        raise UsageError(f"{now} has no time zone")
    return now.astimezone(datetime.UTC).isoformat(timespec="seconds")


def _shown(where: Path | str) -> str:
    """The place without a password."""
    return printable(where) if isinstance(where, Path) else sa.make_url(where).render_as_string(hide_password=True)


def _unwritable(where: Path | str, error: SQLAlchemyError) -> StorageError:
    what = str(getattr(error, "orig", None) or type(error).__name__)
    return StorageError(f"can't write: {what}", where=_shown(where), remedy="Free some space, or choose another place.")
