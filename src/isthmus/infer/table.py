"""Predictions on a data set as a CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from isthmus import files
from isthmus.nodule import Nodule, Prediction

COLUMNS = ("nodule", "image", "patient", "x0", "y0", "x1", "y1", "label", "p", "p_whole", "p_crops", "verdict")


def write_predictions(path: Path, nodules: Sequence[Nodule], predictions: Sequence[Prediction]) -> None:
    """Writes a row a nodule, whole or not at all. ``p`` is P(malignant); ``label`` is what the data set says, empty
    where it says nothing; ``verdict`` is the model's, at its threshold. Raises StorageError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for nodule, said in zip(nodules, predictions, strict=True):
        label = "" if nodule.label is None else str(nodule.label)
        box = (said.box.x0, said.box.y0, said.box.x1, said.box.y1)
        crops = "" if said.crops is None else repr(said.crops)
        own = (nodule.id, nodule.image, nodule.patient, *box, label)
        writer.writerow([*own, repr(said.probability), repr(said.whole), crops, str(said.label)])
    files.write_text(path, text.getvalue())
