"""What a cross-validation leaves behind: predictions.csv, scorecard.json, manifest.json, report.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from isthmus import files
from isthmus.judge.intervals import mean_of_repeats
from isthmus.judge.scorecard import Scorecard, scorecard
from isthmus.nodule import DISCLAIMER
from isthmus.study.crossval import CrossValidation, Fold
from isthmus.study.predictions import Row, write_predictions
from isthmus.study.report import render
from isthmus.study.run_folder import finish

DECIDED = ("accuracy", "precision", "recall", "sensitivity", "specificity", "f1")


def scored(result: CrossValidation) -> dict[str, Any]:
    """The scorecard of a cross-validation, JSON-ready.

    ``metrics`` are at P(malignant) >= 0.5, ``operating_point`` has those that depend on a threshold at each fold's
    own, chosen on validation. Over several repeats every value and bound is the repeats' mean, so that n counts
    nodules and not readings.
    """
    repeats = [[fold for fold in result.folds if fold.repeat == r] for r in range(result.plan.repeats)]
    cards = [_card(folds, [row.p for fold in folds for row in fold.rows]) for folds in repeats]
    verdicts = [_card(folds, [_verdict(fold, row) for fold in folds for row in fold.rows]) for folds in repeats]
    leaks = [fold.leak for fold in result.folds]
    return {
        **_mean(cards),
        "labels": result.data.policy,
        "protocol": result.plan.protocol,
        "repeats": result.plan.repeats,
        "operating_point": {
            "rule": result.plan.recipe.threshold,
            "thresholds": [fold.threshold for fold in result.folds],
            "metrics": {name: value for name, value in _mean(verdicts)["metrics"].items() if name in DECIDED},
        },
        "leak": {
            "n": sum(leak.n for leak in leaks),
            "same_patient": sum(leak.same_patient for leak in leaks),
            "same_image": sum(leak.same_image for leak in leaks),
        },
        "folds": [_line(fold) for fold in result.folds],
        "disclaimer": DISCLAIMER,
    }


def write_results(result: CrossValidation, scores: Mapping[str, Any], to: Path) -> None:
    """Writes everything that the contract of ``isthmus cross`` names, each file whole. Raises StorageError."""
    manifest = _write(result, scores, to)
    files.write_text(to / "report.html", render(result, scores, manifest))


def write_scores(result: CrossValidation, to: Path) -> None:
    """Writes predictions and scorecard and marks the run as finished, each file whole. Raises StorageError."""
    _write(result, scored(result), to)


def _write(result: CrossValidation, scores: Mapping[str, Any], to: Path) -> dict[str, object]:
    write_predictions(to / "predictions.csv", result.rows)
    files.write_text(to / "scorecard.json", files.json_text(scores) + "\n")
    return finish(to, seconds=sum(fold.seconds for fold in result.folds))


def _card(folds: Sequence[Fold], p: Sequence[float]) -> Scorecard:
    rows = [row for fold in folds for row in fold.rows]
    return scorecard([int(row.label) for row in rows], np.array(p), np.array([row.group for row in rows]))


def _verdict(fold: Fold, row: Row) -> float:
    return float(row.p >= fold.threshold)


def _mean(cards: Sequence[Scorecard]) -> dict[str, Any]:
    if len(cards) == 1:
        return cards[0].as_json()
    first = cards[0].as_json()
    for part in ("metrics", "clustered"):
        first[part] = {
            name: mean_of_repeats([getattr(card, part)[name] for card in cards]).as_json()
            for name in getattr(cards[0], part)
        }
    first["confusion"] = {
        name: sum(asdict(card.confusion)[name] for card in cards) / len(cards) for name in asdict(cards[0].confusion)
    }
    return first


def _line(fold: Fold) -> dict[str, Any]:
    return {
        "fold": fold.number,
        "repeat": fold.repeat,
        "auc": fold.auc,
        "epoch": fold.epoch,
        "epochs": len(fold.history),
        "threshold": fold.threshold,
        "learned_from": fold.learned_from,
        "chosen_on": fold.chosen_on,
        "test": len(fold.rows),
        "seconds": fold.seconds,
    }
