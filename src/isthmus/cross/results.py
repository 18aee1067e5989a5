"""What a cross-validation leaves behind: predictions.csv, scorecard.json, manifest.json."""

from __future__ import annotations

from pathlib import Path

from isthmus import files
from isthmus.cross.predictions import write_predictions
from isthmus.cross.run import CrossValidation
from isthmus.cross.run_folder import finish
from isthmus.cross.scorecard import CrossScorecard


def write_results(result: CrossValidation, card: CrossScorecard, to: Path) -> dict[str, object]:
    """Writes predictions and scorecard and marks the run as finished, each file whole; returns the manifest.

    Raises StorageError.
    """
    write_predictions(to / "predictions.csv", result.rows)
    files.write_text(to / "scorecard.json", files.json_text(card.as_json()) + "\n")
    return finish(to, seconds=sum(fold.seconds for fold in result.folds))
