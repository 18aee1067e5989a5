"""How P(malignant) does as a risk."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isthmus.evidence.reasons import shown
from isthmus.judge.bootstrap import brier
from isthmus.judge.calibration import Bin, Calibration, calibration
from isthmus.judge.intervals import Estimate
from isthmus.judge.jackknife import counted
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.bins import equal_mass, equal_mass_error
from isthmus.judge.probability.proper import Decomposition, decomposition

Groups = npt.NDArray[np.str_] | None


@dataclass(frozen=True)
class Probability:
    """How P(malignant) does as a risk: ``error`` is ECE in bins of equal mass."""

    brier: Estimate
    parts: Decomposition
    error: Estimate
    recalibration: Calibration
    bins: tuple[Bin, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "ece": shown(self.error),
            "slope": shown(self.recalibration.slope),
            "intercept": shown(self.recalibration.intercept),
            "bins": [
                {"low": one.low, "high": one.high, "n": one.n, "mean_p": one.mean_p, "observed": shown(one.observed)}
                for one in self.bins
            ],
        }


def probability(labels: Labels, p: Floats, groups: Groups, seed: int) -> Probability:
    line = calibration(labels, p, groups)
    return Probability(
        replace(counted(brier, labels, p, groups, seed), n=labels.size),
        decomposition(labels, p),
        equal_mass_error(labels, p, groups=groups),
        Calibration(replace(line.intercept, n=labels.size), replace(line.slope, n=labels.size)),
        equal_mass(labels, p, groups=groups),
    )
