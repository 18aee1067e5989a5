"""What a cross-validation leaves behind: predictions.csv, scorecard.json, manifest.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from isthmus import files
from isthmus.cross.folds import CrossValidation, Fold
from isthmus.cross.predictions import write_predictions
from isthmus.cross.run_folder import finish
from isthmus.judge.intervals import mean_of_repeats
from isthmus.judge.scorecard import Scorecard, scorecard
from isthmus.nodule import DISCLAIMER

DECIDED = ("accuracy", "precision", "recall", "sensitivity", "specificity", "f1")


def scored(result: CrossValidation) -> dict[str, Any]:
    """The scorecard of a cross-validation, JSON-ready.

    ``metrics`` are at P(malignant) >= 0.5, ``operating_point`` has those that depend on a threshold at each fold's
    own, chosen on what ``chosen_on`` names. Over several repeats every value and bound is the repeats' mean, so that
    n counts nodules and not readings.
    """
    repeats = [[fold for fold in result.folds if fold.repeat == r] for r in range(result.plan.repeats)]
    cards = [_card(folds, [row.probability for fold in folds for row in fold.rows]) for folds in repeats]
    verdicts = [_card(folds, [float(row.verdict) for fold in folds for row in fold.rows]) for folds in repeats]
    return {
        **_mean(cards),
        "labels": result.data.policy,
        **_protocol(result),
        "repeats": result.plan.repeats,
        "operating_point": {
            "rule": result.plan.recipe.learning.threshold,
            "thresholds": [fold.threshold for fold in result.folds],
            "metrics": {name: value for name, value in _mean(verdicts)["metrics"].items() if name in DECIDED},
        },
        "leak": _leak(result),
        "folds": [_line(fold) for fold in result.folds],
        "disclaimer": DISCLAIMER,
    }


def _protocol(result: CrossValidation) -> dict[str, Any]:
    """The protocol by name and in words; ``caution`` is "" where its figures aren't optimistic."""
    plan, leak = result.plan, _leak(result)
    return {
        "protocol": plan.protocol.name,
        "protocol_description": plan.protocol.description,
        "chosen_on": plan.protocol.chooses_on,
        "caution": plan.protocol.caution(plan.recipe, leak["same_patient"], leak["same_image"], leak["n"]),
    }


def _leak(result: CrossValidation) -> dict[str, int]:
    leaks = [fold.leak for fold in result.folds]
    return {name: sum(getattr(leak, name) for leak in leaks) for name in ("n", "same_patient", "same_image")}


def write_results(result: CrossValidation, scores: Mapping[str, Any], to: Path) -> dict[str, object]:
    """Writes predictions and scorecard and marks the run as finished, each file whole; returns the manifest.

    Raises StorageError.
    """
    write_predictions(to / "predictions.csv", result.rows)
    files.write_text(to / "scorecard.json", files.json_text(scores) + "\n")
    return finish(to, seconds=sum(fold.seconds for fold in result.folds))


def _card(folds: Sequence[Fold], p: Sequence[float]) -> Scorecard:
    rows = [row for fold in folds for row in fold.rows]
    return scorecard([int(row.label) for row in rows], np.array(p), np.array([row.group for row in rows]))


def _mean(cards: Sequence[Scorecard]) -> dict[str, Any]:
    if len(cards) == 1:
        return cards[0].as_json()
    first = cards[0].as_json()
    for part in ("metrics", "clustered"):
        first[part] = {
            name: mean_of_repeats([getattr(card, part)[name] for card in cards]).as_json()
            for name in getattr(cards[0], part)
        }
    first["warnings"] = list(dict.fromkeys(warning for card in cards for warning in card.warnings))
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
