"""All that a file of grades shows of its readers, as one value and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isthmus.evidence.readers.agreement import Agreement, agreements
from isthmus.evidence.readers.following import Estimates, Following, following
from isthmus.evidence.readers.grade_file import read
from isthmus.evidence.readers.grades import Grades, chosen_modes
from isthmus.evidence.readers.modes import Modes, compared
from isthmus.evidence.readers.pooled import AUC, SENSITIVITY, SPECIFICITY, Standing, of_panels, of_readers
from isthmus.judge.intervals import Estimate
from isthmus.judge.readers.hillis import Comparison
from isthmus.nodule import DISCLAIMER

FIGURES = (AUC, SENSITIVITY, SPECIFICITY)


@dataclass(frozen=True, eq=False)
class ReaderStudy:
    """The figures of a study: by reader and mode, pooled, agreement, the test of two modes, and what the model did.

    ``agreement`` and ``modes`` are the reason in words where there is none.
    """

    grades: Grades
    modes_compared: tuple[str, ...]
    readers: tuple[Standing, ...]
    pooled: tuple[Standing, ...]
    agreement: tuple[Agreement, ...] | str
    modes: Modes | str
    following: Following

    @property
    def is_whole(self) -> bool:
        """Whether both classes are there, without which there is no AUC."""
        return bool(self.grades.labels.min() != self.grades.labels.max())

    def as_json(self) -> dict[str, object]:
        """All of it; what is undefined is None, with its reason beside it or in ``reasons``."""
        grades, scale = self.grades, self.grades.scale
        reasons = dict(self.following.reasons)
        if isinstance(self.modes, str):
            reasons["mrmc"] = self.modes
        if isinstance(self.agreement, str):
            reasons["kappa"] = self.agreement
        first = np.unique(grades.nodules, return_index=True)[1]
        malignant = int(grades.labels[first].sum())
        threshold = scale.threshold
        led = self.following
        return {
            "file": grades.name,
            "n": first.size,
            "benign": first.size - malignant,
            "malignant": malignant,
            "positive": grades.positive,
            "reads": grades.scores.size,
            "patients": None if grades.patient_column is None else int(np.unique(grades.patients).size),
            "patient_column": grades.patient_column,
            "modes": [name or None for name in grades.mode_names],
            "scale": scale.name,
            "threshold": threshold,
            "threshold_text": None if threshold is None else scale.text(threshold),
            "threshold_rule": scale.rule,
            "readers": [_standing(one) for one in self.readers],
            "pooled": {
                "modes": [_standing(one) for one in self.pooled if not one.experience],
                "experience": [_standing(one) for one in self.pooled if one.experience],
            },
            "kappa": None if isinstance(self.agreement, str) else [_agreement(one) for one in self.agreement],
            "mrmc": None if isinstance(self.modes, str) else _modes(self.modes),
            "changes": _estimates(led.changes),
            "reliance": None
            if led.reliance is None
            else {
                **(_estimates(led.reliance) or {}),
                "readers": {name: _estimates(one) for name, one in led.readers.items()},
            },
            "seconds": _estimates(led.seconds),
            "pairs": led.pairs,
            "reasons": reasons,
            "disclaimer": DISCLAIMER,
        }


def judge(
    path: Path, positive: str | None = None, threshold: str | None = None, modes: str | None = None
) -> ReaderStudy:
    """Reads and judges a file of grades; ``modes`` names two, as FIRST,SECOND. Raises DataError, UsageError."""
    return judged(read(path, positive, threshold), modes)


def judged(grades: Grades, modes: str | None = None) -> ReaderStudy:
    """Judges the reads of a study. Raises UsageError for modes that aren't there."""
    grades = grades.in_sequence()
    chosen = chosen_modes(grades, modes)
    return ReaderStudy(
        grades,
        chosen,
        of_readers(grades),
        of_panels(grades),
        agreements(grades),
        compared(grades, chosen),
        following(grades, chosen),
    )


def _estimate(one: Estimate) -> dict[str, object]:
    return {**one.as_json(), "n": one.n}


def _estimates(several: Estimates | None) -> dict[str, object] | None:
    return None if several is None else {name: _estimate(one) for name, one in several.items()}


def _standing(one: Standing) -> dict[str, object]:
    whose: dict[str, object] = {"reader": one.reader} if one.reader else {"readers": one.readers}
    return {
        **whose,
        "mode": one.mode or None,
        "experience": one.experience or None,
        "n": one.n,
        "benign": one.benign,
        "malignant": one.malignant,
        **({} if one.reader else {"left_out": one.left_out}),
        **{name: _estimate(getattr(one, name)) for name in FIGURES},
    }


def _agreement(one: Agreement) -> dict[str, object]:
    return {
        "mode": one.mode or None,
        "readers": one.readers,
        "n": one.n,
        "fleiss_calls": _estimate(one.calls),
        "light_quadratic_grades": _estimate(one.grades),
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "cohen_calls": _estimate(pair.calls),
                "quadratic_grades": _estimate(pair.grades),
            }
            for pair in one.pairs
        ],
    }


def _modes(modes: Modes) -> dict[str, object]:
    panel = modes.panel
    figures: Mapping[str, object] = {
        name: _comparison(modes.by_figure[name], modes) if name in modes.by_figure else None for name in FIGURES[1:]
    }
    return {
        "first": modes.first,
        "second": modes.second,
        "figure": AUC,
        **_comparison(modes.by_figure[AUC], modes),
        "left_out": panel.left_out,
        "readers_left_out": list(panel.without),
        "delong": modes.delong.random.as_json(),
        **figures,
        "reasons": dict(modes.reasons),
        "by_reader": [
            {"reader": name, **_estimate(one.estimate), "p_value": one.p_value, "n": panel.n}
            for name, one in modes.by_reader.items()
        ],
    }


def _comparison(one: Comparison, modes: Modes) -> dict[str, object]:
    return {
        **one.random.as_json(),
        "method": "Obuchowski-Rockette-Hillis",
        "covariance": one.method,
        "n": one.n,
        "groups": one.groups,
        "readers": one.readers,
        "means": dict(zip((modes.first, modes.second), one.means.tolist(), strict=True)),
        "components": one.components.as_json(),
        "fixed_readers": one.fixed_readers.as_json(),
        "fixed_nodules": one.fixed_nodules.as_json(),
    }
