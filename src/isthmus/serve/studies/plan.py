"""The file that a study is planned in, TOML or JSON: its nodules with their pictures, its readers and its design."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from isthmus.errors import DataError
from isthmus.serve.studies.study import CROSSOVER, Study, StudyNodule, StudyReader
from isthmus.text import printable

MOST_BYTES = 16 << 20


class PlannedReader(BaseModel):
    """A reader, and how experienced."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    experience: Literal["junior", "senior", ""] = ""


class PlannedNodule(BaseModel):
    """A nodule: its picture's ``file``, beside the plan, with frame and box in pixels, () for the scan area; what it is
    by pathology; the model's P(malignant) and threshold, None where the model that is served is to read it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    label: Literal["benign", "malignant"]
    file: str = Field(min_length=1)
    frame: int = Field(1, ge=1)
    box: tuple[int, int, int, int] | tuple[()] = ()
    patient: str = ""
    p_malignant: float | None = Field(None, ge=0, le=1)
    threshold: float = Field(0.5, gt=0, lt=1)


class Plan(BaseModel):
    """A study as it is planned; the fields are those of ``Study``."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    nodules: tuple[PlannedNodule, ...] = Field(min_length=1)
    readers: tuple[PlannedReader, ...] = Field(min_length=1)
    design: Literal["sequential", "crossover"] = CROSSOVER  # type: ignore[assignment]
    washout_days: int = Field(28, ge=0)
    wrong_share: float = Field(0.0, ge=0, le=1)
    seed: int = Field(0, ge=0)

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Reads a plan. Raises DataError with the field that is wrong."""
        where = printable(path)
        try:
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise DataError(f"can't be read ({error.strerror})", where=where, remedy="Check the path.") from None
        if len(content) > MOST_BYTES:
            raise DataError("is larger than 16 MiB", where=where, remedy="Give the plan of a study.")
        try:
            return cls.model_validate(_values(path, content))
        except ValidationError as error:
            first = error.errors()[0]
            field = ", ".join(f"number {one + 1}" if isinstance(one, int) else one for one in first["loc"])
            raise DataError(f"{field}: {first['msg']}", where=where, remedy="See docs/how-to/readers.md.") from None
        except (ValueError, RecursionError) as error:
            kind = "JSON" if path.suffix == ".json" else "TOML"
            raise DataError(f"is not {kind} ({error})", where=where, remedy="Repair it.") from None

    def database(self, store: Path) -> Path:
        """Where the reads of this study are in a store's folder."""
        return store / f"study-{hashlib.sha256(self.name.encode()).hexdigest()[:12]}.sqlite"

    def study(self, answer: Callable[[PlannedNodule], tuple[float, float]]) -> Study:
        """The study, with ``answer``: the model's P(malignant) of a nodule, and its threshold. Raises UsageError."""
        return Study(
            self.name,
            tuple(self._nodule(one, *answer(one)) for one in self.nodules),
            tuple(StudyReader(one.name, one.experience) for one in self.readers),
            self.design,
            self.washout_days,
            self.wrong_share,
            self.seed,
        )

    def is_of(self, study: Study) -> bool:
        """Whether a study is this one; P may be the model's of before."""
        known = {one.name: one for one in study.nodules}

        def answer(one: PlannedNodule) -> tuple[float, float]:
            was = known.get(one.name)
            if was is None or one.p_malignant is not None:
                return one.p_malignant or 0.0, one.threshold
            return was.p_malignant, was.threshold

        return self.study(answer) == study

    @staticmethod
    def _nodule(one: PlannedNodule, p: float, threshold: float) -> StudyNodule:
        return StudyNodule(one.name, one.label, p, threshold, one.patient, one.file, one.frame, tuple(one.box))


def _values(path: Path, content: bytes) -> Any:
    text = content.decode("utf-8-sig")
    return json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
