"""What is known of a model that ships: its data, figures out of fold and elsewhere, failures. A file of its bundle."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError, WrapValidator

from isthmus import files
from isthmus.bundle import FACTS, Bundle
from isthmus.errors import BundleError

NULL_IS_NAN = WrapValidator(lambda value, inner: math.nan if value is None else inner(value))
Number = Annotated[float, NULL_IS_NAN]
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Figure:
    """A measured value in 0 .. 1 with its 95 % interval, nan where it has none, on ``n`` nodules."""

    value: Number
    low: Number
    high: Number
    n: Count

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n = {self.n})"


@dataclass(frozen=True)
class AtThreshold:
    """Sensitivity and specificity where the threshold of each fold is chosen on the others; the one that ships."""

    threshold: Number
    sensitivity: Figure
    specificity: Figure


@dataclass(frozen=True)
class OutOfFold:
    """Figures of networks of the same recipe on nodules that they didn't learn from; ``ece`` of calibrated P."""

    protocol: str
    folds: Count
    benign: Count
    malignant: Count
    auc: Figure
    ece: Number
    brier: Figure
    thresholds: Mapping[str, AtThreshold]


@dataclass(frozen=True)
class Elsewhere:
    """The model on a data set that it never saw; ``labels`` says what they are there."""

    data: str
    labels: str
    auc: Figure


@dataclass(frozen=True)
class Facts:
    """What is known of a model.

    ``reads`` is what its labels are: pathology, or a reading of TI-RADS. ``milliseconds`` is the time of one RoI on the
    engine that reads by default, with ``threads`` threads of ``processor``.
    """

    about: str
    data: str
    citation: str
    reads: str
    out_of_fold: OutOfFold
    elsewhere: tuple[Elsewhere, ...]
    failures: tuple[str, ...]
    milliseconds: Number
    threads: Count
    processor: str

    def to_json(self) -> str:
        """The text of facts.json; nan is null."""
        return files.json_text(asdict(self), indent=1) + "\n"


FACTS_FILE = TypeAdapter(Facts)


def facts_of(bundle: Bundle) -> Facts | None:
    """The facts in a bundle, None where it has none. Raises BundleError."""
    if FACTS not in bundle.files:
        return None
    path = bundle.folder / FACTS
    try:
        return parsed(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise BundleError(f"can't be read ({error})", where=str(path), remedy="Copy the whole bundle anew.") from None


def parsed(values: Any) -> Facts:
    """The facts in the values of facts.json. Raises ValueError, which names the field."""
    try:
        return FACTS_FILE.validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def megabytes(bundle: Bundle) -> float:
    """The size of the bundle's files."""
    return sum((bundle.folder / name).stat().st_size for name in bundle.files) / 1e6
