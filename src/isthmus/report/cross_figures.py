"""The report's figures: from a cross-validation's rows to plots, and the numbers that their captions tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from isthmus.cross.folds import CrossValidation
from isthmus.cross.predictions import FoldPrediction
from isthmus.data.labels import TIRADS
from isthmus.judge.calibration import Calibration, calibration, expected_calibration_error, reliability
from isthmus.judge.roc import roc
from isthmus.nodule import Label
from isthmus.report import plots
from isthmus.report.cross_tables import HALF, by_repeat
from isthmus.report.plots import Curve, Floats, Point
from isthmus.study.words import interval, known, number


@dataclass(frozen=True)
class Figures:
    """Plots as inline SVG; None where there is nothing to plot. ``shown`` counts the folds with a learning curve."""

    roc: Markup | None
    calibration: Markup
    distribution: Markup
    categories: Markup | None
    learning: Markup | None
    shown: int
    recalibration: Calibration
    calibration_error: float


def figures(result: CrossValidation, scores: Mapping[str, Any]) -> Figures:
    """Every figure of the report. Each nodule stands once in a figure; only the ROC curve takes in all repeats."""
    first, labels, p = by_repeat(result)[0], *_arrays(result.rows)
    first_labels, first_p = _arrays(first)
    categories = _categories(result, first)
    curves = _curves(result)
    return Figures(
        roc=_roc(result, scores) if len(np.unique(labels)) == 2 else None,
        calibration=Markup(
            plots.plot_calibration(reliability(first_labels, first_p, groups=[row.group for row in first]))
        ),
        distribution=Markup(plots.plot_distribution({label: first_p[first_labels == label] for label in Label})),
        categories=Markup(plots.plot_categories(*categories)) if categories else None,
        learning=Markup(plots.plot_learning(curves, result.plan.protocol.chooser)) if curves else None,
        shown=min(len(curves), plots.PANELS),
        recalibration=calibration(labels, p, [row.group for row in result.rows]),
        calibration_error=expected_calibration_error(first_labels, first_p),
    )


def _roc(result: CrossValidation, scores: Mapping[str, Any]) -> Markup:
    labels, p = _arrays(result.rows)
    points = [_point("P(malignant) ≥ 0.5", scores["metrics"])]
    if any(fold.threshold != HALF for fold in result.folds):
        points.append(_point(f"chosen on {result.plan.protocol.chooser}", scores["operating_point"]["metrics"]))
    curve = roc(labels, p, [row.group for row in result.rows])
    auc = scores["metrics"]["auc"]
    told = number(auc["value"]) + (f" ({interval(auc['low'], auc['high'])})" if known(auc["low"]) else "")
    return Markup(plots.plot_roc(curve, [point for point in points if point], told))


def _point(name: str, metrics: Mapping[str, Any]) -> Point | None:
    axes = [metrics.get(axis) for axis in ("sensitivity", "specificity")]
    if not all(estimate and known(estimate.get("value")) for estimate in axes):
        return None
    (s, s_low, s_high), (c, c_low, c_high) = ([_float(e.get(k)) for k in ("value", "low", "high")] for e in axes if e)
    return Point(name, (s, s_low, s_high), (c, c_low, c_high))


def _float(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _categories(
    result: CrossValidation, rows: Sequence[FoldPrediction]
) -> tuple[dict[str, Floats], dict[str, Label | None]] | None:
    """P(malignant) by TI-RADS category, and the label that all of its nodules have; None if no category is known."""
    tirads = {nodule.id: nodule.tirads for nodule in result.data.nodules}
    found = {tirads.get(row.nodule, "") for row in rows}
    order = [category for category in TIRADS if category in found]
    order += sorted(found - set(TIRADS) - {""})
    if not order:
        return None
    order += [""] if "" in found else []
    p: dict[str, Floats] = {}
    labels: dict[str, Label | None] = {}
    for category in order:
        own = [row for row in rows if tirads.get(row.nodule, "") == category]
        name = category or "none given"
        kinds = {row.label for row in own}
        p[name], labels[name] = np.array([row.probability for row in own]), kinds.pop() if len(kinds) == 1 else None
    return p, labels


def _curves(result: CrossValidation) -> list[Curve]:
    repeated, part = len(by_repeat(result)) > 1, result.plan.protocol.part.capitalize()
    return [
        Curve(f"{part} {fold.number}" + (f", repeat {fold.repeat + 1}" if repeated else ""), fold.history, fold.epoch)
        for fold in result.folds
        if fold.history
    ]


def _arrays(rows: Sequence[FoldPrediction]) -> tuple[Any, Floats]:
    return np.array([int(row.label) for row in rows]), np.array([row.probability for row in rows])
