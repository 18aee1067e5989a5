"""Two modes compared: the MRMC test of their AUCs, of sensitivity and specificity, and each reader's difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isthmus.evidence.readers.crossing import NONE_IN_COMMON, Crossing, crossing
from isthmus.evidence.readers.grades import Grades
from isthmus.evidence.readers.pooled import AUC, figures_of
from isthmus.judge.delong import Difference, delong
from isthmus.judge.readers.figures import areas_delong
from isthmus.judge.readers.hillis import Comparison, compare
from isthmus.judge.scores import ranks


@dataclass(frozen=True, eq=False)
class Modes:
    """The second mode less the first, by figure; ``delong`` is the same of AUCs with DeLong's covariance, as a check.

    ``reasons`` says of a figure why it can't be compared, ``by_reader`` has each reader's difference of AUCs.
    """

    first: str
    second: str
    panel: Crossing
    by_figure: Mapping[str, Comparison]
    delong: Comparison
    reasons: Mapping[str, str]
    by_reader: Mapping[str, Difference]


def compared(grades: Grades, modes: tuple[str, ...]) -> Modes | str:
    """The comparison of two modes, or the reason why there is none."""
    if len(modes) == 1:
        return "there is no column mode" if modes[0] == "" else f"there is one mode, {modes[0]!r}"
    if len(modes) != 2:
        return f"there are {len(modes)} modes, {', '.join(modes)}, and the test takes two: --modes FIRST,SECOND"
    panel = crossing(grades, modes)
    if not panel.readers:
        return f"no reader has read in both modes, {modes[0]!r} and {modes[1]!r}"
    if not panel.n:
        return f"{NONE_IN_COMMON} in both modes"
    by_figure, reasons = {}, {}
    for name, make in figures_of(panel, grades.scale).items():
        try:
            by_figure[name] = compare(make())
        except ValueError as error:
            reasons[name] = str(error)
    if AUC not in by_figure:
        return reasons[AUC]
    check = compare(areas_delong(panel.labels, panel.scores, panel.patients))
    return Modes(modes[0], modes[1], panel, by_figure, check, reasons, _by_reader(panel, grades))


def _by_reader(panel: Crossing, grades: Grades) -> dict[str, Difference]:
    """The difference of each reader, second less first, over nodules or their patients alone."""
    patients = None if grades.patient_column is None else panel.patients
    places = ranks(panel.scores, 0.0)[0].reshape(panel.scores.shape)
    return {
        reader: delong(panel.labels, places[1, at], places[0, at], patients) for at, reader in enumerate(panel.readers)
    }
