"""Operating points have the figures that a whole judgement of their calls has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.decided import decided
from isthmus.evidence.nodules import of_table
from isthmus.evidence.operating import points
from isthmus.judge.discrimination import discrimination
from make.evidence import rows, write


@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_a_point_is_what_its_calls_are_as_p(prevalence: float | None, tmp_path: Path) -> None:
    nodules = of_table(PredictionTable.read(write(tmp_path / "p.csv", rows(120))))
    labels, groups = nodules.labels, nodules.groups
    ranked, fitted = discrimination(labels, nodules.p, groups, 0.5, prevalence), decided(nodules)
    half, *others = points(ranked, labels, groups, fitted)
    assert half.result is ranked
    assert len(others) == 3
    for one in others:
        whole = discrimination(labels, fitted.called[one.name].astype(np.float64), groups, 0.5, prevalence)
        expected = {name: each for name, each in whole.metrics.items() if name not in ("auc", "average_precision")}
        assert one.result.metrics == expected
        assert (one.result.n, one.result.benign, one.result.groups) == (whole.n, whole.benign, whole.groups)
