"""The first page says where the order of files tells the class without a look at the nodules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.data.sources import open_source
from isthmus.evidence.inspection import inspect
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import of_table
from isthmus.report.evidence.plain_words import cannot
from make.tn5000 import make


def judged_in(root: Path, run: int) -> Evidence:
    """Predictions of made pictures, of which ``run`` after each other have one label."""
    data = open_source("tn5000", make(root / "data", count=120, run=run))
    lines = [f"{one.id},{one.label},{(at * 7 % 10 + 1) / 12}" for at, one in enumerate(data.labelled)]
    path = root / "p.csv"
    path.write_text("\n".join(["nodule,label,p_malignant", *lines]) + "\n", encoding="utf-8")
    nodules = of_table(PredictionTable.read(path))
    return replace(evidence(nodules), inspection=inspect(Match.of(nodules, data)))


@pytest.mark.parametrize(("run", "tells"), [(15, True), (1, False)])
def test_the_order_of_files(tmp_path: Path, run: int, tells: bool) -> None:
    judged = judged_in(tmp_path, run)
    sentences = [one for one in cannot(judged) if "files before and after" in one]
    assert bool(sentences) == tells
    if tells:
        assert "; n = 120)" in sentences[0]
        assert cannot(replace(judged, inspection=None)) != cannot(judged)
