"""What operating points do on nodules that they weren't chosen on, and how many nodules a site needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from isthmus.cross.decisions.fitted import DEFAULT_POINT, POINTS
from isthmus.evidence.decided import Decided
from isthmus.evidence.reasons import shown
from isthmus.judge.discrimination import Discrimination, calls
from isthmus.judge.metrics import Labels
from isthmus.judge.usefulness.sample_size import Needed, design_effect, nodules_needed

Groups = npt.NDArray[np.str_] | None

HALF, MAIN_POINT = "half", DEFAULT_POINT
NO_PREVALENCE = "no prevalence was stated (--prevalence)"


@dataclass(frozen=True)
class Operating:
    """What an operating point does on nodules that it wasn't chosen on; ``thresholds`` are those of every fit."""

    name: str
    thresholds: tuple[float, ...]
    result: Discrimination

    def as_json(self) -> dict[str, object]:
        metrics = {name: one for name, one in self.result.metrics.items() if name not in ("auc", "average_precision")}
        no_prevalence = {"value": None, "reason": NO_PREVALENCE}
        return {
            "name": self.name,
            "thresholds": list(self.thresholds),
            "prevalence": no_prevalence if self.result.prevalence is None else self.result.prevalence,
            "n": self.result.n,
            **({"ppv": no_prevalence, "npv": no_prevalence} if self.result.prevalence is None else {}),
            **{name: shown(one) for name, one in metrics.items()},
        }


def points(ranked: Discrimination, labels: Labels, groups: Groups, fitted: Decided | None) -> Iterable[Operating]:
    """``ranked`` is what P >= .5 does; the others are those fitted."""
    yield Operating(HALF, (0.5,), ranked)
    if fitted:
        for name in POINTS:
            result = calls(labels, fitted.called[name], groups, ranked.prevalence)
            yield Operating(name, fitted.thresholds[name], result)


def needed_for(
    points: Sequence[Operating], labels: Labels, fitted: Decided | None, groups: Groups, reason: str
) -> tuple[Needed | None, str]:
    """How many nodules show a sensitivity of at least .90, were it that of the main point."""
    if fitted is None:
        return None, reason
    (main,) = (one for one in points if one.name == MAIN_POINT)
    effect = design_effect(fitted.called[MAIN_POINT], labels == 1, groups)
    share = float(labels.mean())
    try:
        return nodules_needed(main.result.metrics["sensitivity"].value, design_effect=effect, prevalence=share), ""
    except ValueError as error:
        return None, str(error)
