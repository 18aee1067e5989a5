"""The design of a reader study, and the lists of what each reader reads in each session, made from a seed.

Crossover: every reader reads every nodule in two sessions, with the model's answer and without, a washout apart; of
each experience half begin with it. Sequential: one session, in which a reader scores alone, sees the answer, and
scores again. Of a share of the nodules the model's answer is turned round on purpose, the same for all readers.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from isthmus.errors import UsageError
from isthmus.nodule import Label

SEQUENTIAL, CROSSOVER = "sequential", "crossover"
UNAIDED, AIDED = "unaided", "aided"
BEFORE, AFTER = "before", "after"
SMALL = 1e-6


@dataclass(frozen=True)
class StudyNodule:
    """A nodule of a study: where it is, what it is by pathology, and the model's P(malignant) and its threshold.

    ``box`` is x0, y0, x1, y1 in pixels of the frame, () for the whole scan.
    """

    name: str
    label: str
    p_malignant: float
    threshold: float = 0.5
    patient: str = ""
    file: str = ""
    frame: int = 1
    box: tuple[float, ...] = ()

    @property
    def model_is_right(self) -> bool:
        return (self.p_malignant >= self.threshold) == (self.label == str(Label.MALIGNANT))


@dataclass(frozen=True)
class StudyReader:
    """A reader by name or number, and how experienced: ``junior``, ``senior``, or "" if not recorded."""

    name: str
    experience: str = ""


@dataclass(frozen=True)
class Session:
    """What a reader reads in a row: names of nodules in their order, all in one ``mode``.

    A sequential session has the mode ``before``: the model's answer follows each read.
    """

    reader: str
    number: int
    mode: str
    nodules: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """A study's design. ``wrong_share`` of the nodules of each label have the model's answer turned round.

    Raises UsageError for a design that can't be read: no reader or nodule, a name twice, a label that is neither
    benign nor malignant, P or a share outside 0 to 1, or more wrong answers than the model has right ones.
    """

    name: str
    nodules: tuple[StudyNodule, ...]
    readers: tuple[StudyReader, ...]
    design: str = CROSSOVER
    washout_days: int = 28
    wrong_share: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _refuse(not self.nodules or not self.readers, "has no nodule or no reader", "Give some of each.")
        for what, names in (
            ("nodule", [one.name for one in self.nodules]),
            ("reader", [one.name for one in self.readers]),
        ):
            twice = next((name for name in names if names.count(name) > 1 or not name.strip()), None)
            _refuse(twice is not None, f"{what} {twice!r} is there twice or has no name", f"Name each {what} once.")
        _refuse(
            self.design not in (SEQUENTIAL, CROSSOVER), f"{self.design!r} is no design", f"{SEQUENTIAL} or {CROSSOVER}."
        )
        _refuse(
            self.washout_days < 0, f"a washout of {self.washout_days} days", "Give 0 or more; four weeks are usual."
        )
        _refuse(not 0 <= self.wrong_share <= 1, f"a share of {self.wrong_share} wrong answers", "Give one from 0 to 1.")
        for one in self.nodules:
            known = one.label in (str(Label.BENIGN), str(Label.MALIGNANT)) and 0 <= one.p_malignant <= 1
            _refuse(
                not known, f"nodule {one.name!r} has no label or no P in 0 .. 1", "Give benign or malignant, and P."
            )
        self.planted  # noqa: B018 - refuses a share that can't be had

    @property
    def planted(self) -> frozenset[str]:
        """The nodules whose answer is turned round: of each label the same share, from those where it was right."""
        random, chosen = np.random.default_rng([self.seed, 1]), set[str]()
        for label in (str(Label.BENIGN), str(Label.MALIGNANT)):
            those = [one for one in self.nodules if one.label == label]
            right = [one.name for one in those if one.model_is_right]
            wanted = round(self.wrong_share * len(those))
            what = f"{wanted} wrong answers wanted of {label} nodules, of which the model has {len(right)} right"
            _refuse(wanted > len(right), what, "Lower the share of wrong answers.")
            chosen.update(random.permutation(np.array(sorted(right), dtype=str))[:wanted].tolist())
        return frozenset(chosen)

    def answer(self, nodule: str) -> float:
        """The model's P(malignant) as the study shows it: turned round about its threshold where that is planted."""
        one = self.nodule(nodule)
        if nodule not in self.planted:
            return one.p_malignant
        # The mirror image in odds, about the threshold: as far on the other side.
        odds, cut = (value / (1 - value) for value in (_inside(one.p_malignant), _inside(one.threshold)))
        turned = cut**2 / odds / (1 + cut**2 / odds)
        return min(turned, one.threshold - SMALL) if one.p_malignant >= one.threshold else max(turned, one.threshold)

    def nodule(self, name: str) -> StudyNodule:
        """The nodule of that name. Raises UsageError."""
        found = next((one for one in self.nodules if one.name == name), None)
        if found is None:
            raise UsageError(f"no nodule {name!r} in this study", where=self.name)
        return found

    def sessions(self, reader: str) -> tuple[Session, ...]:
        """What a reader reads, in order. The order of nodules depends on seed, reader and session alone.

        Raises UsageError for a reader who isn't of the study.
        """
        if reader not in self._begin_aided:
            raise UsageError(f"no reader {reader!r} in this study", where=self.name, remedy=self._listed())
        if self.design == SEQUENTIAL:
            return (self._session(reader, 1, BEFORE),)
        modes = (AIDED, UNAIDED) if self._begin_aided[reader] else (UNAIDED, AIDED)
        return tuple(self._session(reader, number, mode) for number, mode in enumerate(modes, 1))

    def _session(self, reader: str, number: int, mode: str) -> Session:
        random = np.random.default_rng([self.seed, 2, zlib.crc32(reader.encode()), number])
        names = np.array(sorted(one.name for one in self.nodules), dtype=str)
        return Session(reader, number, mode, tuple(random.permutation(names).tolist()))

    @property
    def _begin_aided(self) -> Mapping[str, bool]:
        """Who begins with the model: within each experience every other reader, in an order drawn from the seed."""
        random, begins, turn = np.random.default_rng([self.seed, 3]), dict[str, bool](), 0
        for experience in sorted({one.experience for one in self.readers}):
            names = sorted(one.name for one in self.readers if one.experience == experience)
            for name in random.permutation(np.array(names, dtype=str)).tolist():
                begins[name], turn = turn % 2 == 1, turn + 1
        return begins

    def _listed(self) -> str:
        return f"It has {', '.join(one.name for one in self.readers)}."

    def as_json(self) -> dict[str, Any]:
        """The design as JSON's types, from which ``of_json`` makes it again."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> Study:
        """The study that ``as_json`` wrote. Raises UsageError, KeyError or TypeError for anything else."""
        nodules = tuple(StudyNodule(**{**one, "box": tuple(one["box"])}) for one in value["nodules"])
        readers: Sequence[StudyReader] = tuple(StudyReader(**one) for one in value["readers"])
        return cls(**{**value, "nodules": nodules, "readers": tuple(readers)})


def _inside(p: float) -> float:
    return min(max(p, SMALL), 1 - SMALL)


def _refuse(wrong: bool, what: str, remedy: str) -> None:
    if wrong:
        raise UsageError(what, where="study", remedy=remedy)
