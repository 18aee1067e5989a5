"""The input gate of a model, from the nodules that it learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from isthmus.errors import SplitError
from isthmus.export.learned import Training
from isthmus.infer.gate.features import SIDE, grey_of
from isthmus.infer.gate.fit import fitted, measure
from isthmus.infer.gate.gate import Gate
from isthmus.recipe import Preparation

ASIDE = 0.2  # of the nodules: they set the limits
FEWEST = 300  # nodules: a limit that one in 200 lies beyond isn't known from less than 60


def gate_of(training: Training, preparation: Preparation, work: Path) -> Gate | None:
    """The gate of the labelled nodules, a fifth of which, whole groups, sets its limits; those of a training that sets
    a fifth aside are the same. None, with a note, where there are too few nodules or groups."""
    nodules = training.data.labelled
    if len(nodules) < FEWEST:
        training.note(f"no input gate: it needs {FEWEST} nodules, and there are {len(nodules)}")
        return None
    try:
        part = training.parts(ASIDE, work)
    except SplitError as error:
        training.note(f"no input gate: {error}")
        return None
    grey = np.empty((len(nodules), SIDE, SIDE), np.uint8)
    for at, roi in enumerate(training.rois(preparation, work)[: len(nodules)]):
        grey[at] = grey_of(roi)
    unit, kind = training.grouping.members, training.data.kind
    about = f"{len(part.train)} nodules of {kind}; limits by {len(part.test)} of other {unit}"
    learned, aside = (measure(grey[one], progress=training.progress) for one in (part.train, part.test))
    return fitted(learned, aside, about)
