"""The predictions of a cross-validation, as records and as predictions.csv."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from isthmus import files
from isthmus.data.tables import as_csv
from isthmus.nodule import Label
from isthmus.prediction import PROBABILITIES, Prediction

COLUMNS = ("nodule", "image", "patient", "group", "fold", "label", *PROBABILITIES)


@dataclass(frozen=True, kw_only=True)
class FoldPrediction(Prediction):
    """A prediction on a nodule that the fold's network didn't learn from, with what the nodule is: ``label``.

    ``group`` is the nodule's in the split, ``threshold`` the fold's.
    """

    patient: str
    group: str
    fold: int
    label: Label

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {
            "patient": self.patient,
            "group": self.group,
            "fold": self.fold,
            "label": str(self.label),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The record that ``as_json`` gave, or a row of a fold.json of before: ``p`` for ``p_malignant``, labels as
        numbers, no box."""
        record, label = {**record}, record["label"]
        if "p" in record:
            record["p_malignant"] = record.pop("p")
        return super().from_json(record | {"label": Label.named(label) if isinstance(label, str) else Label(label)})


def write_predictions(path: Path, predictions: Iterable[FoldPrediction]) -> None:
    """Writes a CSV with COLUMNS, whole or not at all; floats read back equal. Raises StorageError."""
    rows = (prediction.as_cells() for prediction in predictions)
    files.write_text(path, as_csv(itertools.chain([COLUMNS], ([row[name] for name in COLUMNS] for row in rows))))
