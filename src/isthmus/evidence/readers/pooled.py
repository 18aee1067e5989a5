"""AUC, sensitivity and specificity by reader and mode, and their means over readers, all and by experience."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from isthmus.evidence.readers.crossing import NONE_IN_COMMON, Crossing, crossing, reads_of
from isthmus.evidence.readers.grades import Grades
from isthmus.evidence.readers.scale import NO_THRESHOLD, Scale
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, share
from isthmus.judge.metrics import Labels
from isthmus.judge.readers.figures import Figures, areas, shares
from isthmus.judge.readers.hillis import mean_of_readers
from isthmus.judge.scores import ranks

AUC, SENSITIVITY, SPECIFICITY = "auc", "sensitivity", "specificity"


@dataclass(frozen=True)
class Standing:
    """The figures of a reader in a mode, or the means over ``readers`` of a panel, whose ``experience`` is "" for all.

    ``left_out`` counts nodules that some reader of the panel has not read.
    """

    reader: str
    mode: str
    experience: str
    readers: int
    n: int
    benign: int
    malignant: int
    auc: Estimate
    sensitivity: Estimate
    specificity: Estimate
    left_out: int = 0


def of_readers(grades: Grades) -> tuple[Standing, ...]:
    """Each reader in each mode that he has reads in, on all of them, with intervals over nodules or their patients."""
    found = []
    for reader in grades.reader_names:
        for mode in grades.mode_names:
            rows = reads_of(grades, reader, mode)
            if rows.any():
                found.append(_of_reader(grades.at(rows), reader, mode))
    return tuple(found)


def of_panels(grades: Grades) -> tuple[Standing, ...]:
    """The means over all readers in each mode, then those of each experience, on what each panel has read in common."""
    panels: list[tuple[str, Sequence[str] | None]] = [("", None)]
    panels += [
        (name, [reader for reader, one in grades.experience.items() if one == name])
        for name in sorted(set(grades.experience.values()))
    ]
    return tuple(
        _of_panel(crossing(grades, [mode], among), name, grades.scale)
        for name, among in panels
        for mode in grades.mode_names
    )


def _of_reader(reads: Grades, reader: str, mode: str) -> Standing:
    labels, patients = reads.labels, None if reads.patient_column is None else reads.patients
    n, malignant = labels.size, int(labels.sum())
    undefined = replace(Estimate.undefined(NO_THRESHOLD), n=n)
    sensitivity = specificity = undefined
    if reads.scale.threshold is not None:
        called = reads.scale.called(reads.scores)
        sensitivity = replace(share(called, labels == 1, patients), n=malignant)
        specificity = replace(share(~called, labels == 0, patients), n=n - malignant)
    area = replace(auc_within(labels, ranks(reads.scores, 0.0)[0], groups=patients), n=n)
    experience = reads.experience.get(reader, "")
    return Standing(reader, mode, experience, 1, n, n - malignant, malignant, area, sensitivity, specificity)


def _of_panel(panel: Crossing, experience: str, scale: Scale) -> Standing:
    labels = panel.labels
    n, malignant = panel.n, int(labels.sum())
    means = figures_of(panel, scale)
    each = {name: _mean(make, n) for name, make in means.items()}
    return Standing(
        "", panel.modes[0], experience, len(panel.readers), n, n - malignant, malignant, **each, left_out=panel.left_out
    )


def figures_of(panel: Crossing, scale: Scale) -> dict[str, Callable[[], Figures]]:
    """What makes each figure of a crossed panel, by name; what can't be made raises ValueError."""
    labels, scores, patients = panel.labels, panel.scores, panel.patients
    return {
        AUC: lambda: areas(_both(labels), scores, patients),
        SENSITIVITY: lambda: shares(scale.called(scores), _some(labels) == 1, patients),
        SPECIFICITY: lambda: shares(~scale.called(scores), _some(labels) == 0, patients),
    }


def _mean(make: Callable[[], Figures], n: int) -> Estimate:
    """The mean over readers, or an undefined one with the reason why it can't be made."""
    try:
        return mean_of_readers(make())
    except ValueError as error:
        return replace(Estimate.undefined(str(error)), n=n)


def _some(labels: Labels) -> Labels:
    if not labels.size:
        raise ValueError(NONE_IN_COMMON)
    return labels


def _both(labels: Labels) -> Labels:
    if _some(labels).min() == labels.max():
        raise ValueError(f"no nodule is {'benign' if labels.min() else 'malignant'}")
    return labels
