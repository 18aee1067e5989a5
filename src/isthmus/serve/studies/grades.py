"""The reads of a study in the long form that ``isthmus readers`` judges, a row a read."""

from __future__ import annotations

from pathlib import Path

from isthmus.data.tables import as_csv, inert
from isthmus.errors import DataError
from isthmus.files import write_text
from isthmus.serve.studies.store import LockedRead, StudyStore
from isthmus.serve.studies.study import AFTER, AIDED, BEFORE
from isthmus.text import printable

BEFORE_PATIENT = ("reader", "nodule", "label", "score", "mode", "experience")
AFTER_PATIENT = ("seconds", "changed", "reason", "model", "wrong_model", "locked")


def export(path: Path, to: Path) -> int:
    """Writes the reads of the study in ``path`` to a CSV, and gives their number. Raises DataError, StorageError.

    The score is P(malignant) where every read has one, else the TI-RADS level.
    """
    text, count = as_grades(StudyStore.open(path))
    write_text(to, text)
    return count


def as_grades(store: StudyStore) -> tuple[str, int]:
    """The CSV's text, and how many reads it holds. Raises DataError for none, or no common score.

    Without a patient in the plan there is no column of that name. The seconds of a second look count from the beginning
    of the first, as those of an aided read do.
    """
    reads = store.reads()
    by_p = all(one.opinion.p_malignant is not None for one in reads)
    if not reads or not (by_p or all(one.opinion.tirads for one in reads)):
        what = "no read is locked" if not reads else "some reads have only a TI-RADS level, others only P(malignant)"
        raise DataError(what, where=printable(store.study.name), remedy="Ask every reader for the same.")
    first = {(one.reader, one.nodule): one for one in reads if one.mode == BEFORE}
    experience = {one.name: one.experience for one in store.study.readers}
    nodules = {one.name: one for one in store.study.nodules}
    answers, planted = {name: store.study.answer(name) for name in nodules}, store.study.planted
    patients = any(one.patient for one in store.study.nodules)

    def row(read: LockedRead) -> list[object]:
        nodule, shown = nodules[read.nodule], read.mode in (AIDED, AFTER)
        before = first.get((read.reader, read.nodule)) if read.mode == AFTER else None
        return [
            inert(read.reader),
            read.nodule,
            nodule.label,
            read.opinion.p_malignant if by_p else inert(read.opinion.tirads),
            read.mode,
            experience.get(read.reader, ""),
            *([nodule.patient or nodule.name] if patients else []),
            read.seconds + (before.seconds if before else 0.0),
            "yes" if before and before.opinion != read.opinion else "no",
            inert(read.reason),
            ("malignant" if answers[read.nodule] >= nodule.threshold else "benign") if shown else "",
            "yes" if shown and read.nodule in planted else "no",
            read.locked,
        ]

    header = (*BEFORE_PATIENT, *(["patient"] if patients else []), *AFTER_PATIENT)
    return as_csv([header, *(row(one) for one in reads)]), len(reads)
