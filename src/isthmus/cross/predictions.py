"""The predictions of a cross-validation, as records and as predictions.csv."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from isthmus import files
from isthmus.data.tables import as_csv
from isthmus.errors import DataError
from isthmus.nodule import Label
from isthmus.prediction import PROBABILITIES, Prediction

COLUMNS = ("nodule", "image", "patient", "group", "fold", "label", *PROBABILITIES)
PAINTED, CONTROL = "p_painted", "p_control"


@dataclass(frozen=True, kw_only=True)
class FoldPrediction(Prediction):
    """A prediction on a nodule that the fold's network didn't learn from, with what the nodule is: ``label``.

    ``group`` is the nodule's in the split, ``threshold`` the fold's. ``painted`` is P(malignant) with its calipers
    painted over, ``control``, of a nodule without any, with paint where they would be; None where that wasn't read.
    Raises DataError outside 0 .. 1.
    """

    patient: str
    group: str
    fold: int
    label: Label
    painted: float | None = None
    control: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for column, value in ((PAINTED, self.painted), (CONTROL, self.control)):
            if value is not None and not 0 <= value <= 1:
                raise DataError(f"{column} = {value} is not a probability in 0 .. 1", where=f"nodule {self.nodule}")

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {
            "patient": self.patient,
            "group": self.group,
            "fold": self.fold,
            "label": str(self.label),
            PAINTED: self.painted,
            CONTROL: self.control,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The record that ``as_json`` gave, or a row of a fold.json of before: ``p`` for ``p_malignant``, labels as
        numbers, no box."""
        record, label = {**record}, record["label"]
        if "p" in record:
            record["p_malignant"] = record.pop("p")
        record["painted"], record["control"] = record.pop(PAINTED, None), record.pop(CONTROL, None)
        return super().from_json(record | {"label": Label.named(label) if isinstance(label, str) else Label(label)})


def write_predictions(path: Path, predictions: Iterable[FoldPrediction]) -> None:
    """Writes a CSV with COLUMNS, whole or not at all; floats read back equal. Raises StorageError.

    There are columns PAINTED and CONTROL, too, where any nodule was read with paint.
    """
    every = list(predictions)
    has_paint = any(one.painted is not None or one.control is not None for one in every)
    columns = (*COLUMNS, PAINTED, CONTROL) if has_paint else COLUMNS
    rows = (prediction.as_cells() for prediction in every)
    files.write_text(path, as_csv(itertools.chain([columns], ([row[name] for name in columns] for row in rows))))
