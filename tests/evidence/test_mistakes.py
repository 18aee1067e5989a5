"""The mistakes by name, the most confident first, and as many as the operating point makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.decided import decided
from isthmus.evidence.doubts import FIRST, doubts
from isthmus.evidence.mistakes import EACH, mistakes
from isthmus.evidence.nodules import Nodules, of_table
from make.evidence import HEAD, rows, write


@pytest.fixture
def nodules(tmp_path: Path) -> Nodules:
    return of_table(PredictionTable.read(write(tmp_path / "p.csv", rows())))


def test_counts_are_those_of_the_main_point(nodules: Nodules) -> None:
    fitted = decided(nodules)
    found = mistakes(nodules, fitted)
    called, labels = fitted.called["sensitivity-95"], nodules.labels
    assert found.missed.count == (~called & (labels == 1)).sum()
    assert found.false_alarms.count == (called & (labels == 0)).sum()
    assert found.missed.share.n == (labels == 1).sum()
    assert len(found.false_alarms.first) == EACH
    alarms = [one.calibrated for one in found.false_alarms.first]
    assert alarms == sorted(alarms, reverse=True)
    assert alarms[0] == fitted.p[called & (labels == 0)].max()
    for one in (*found.missed.first, *found.false_alarms.first):
        assert one.label != one.verdict
        assert nodules.names is not None
        assert one.nodule == nodules.names[one.place]


def test_validation_rows_are_no_mistakes(tmp_path: Path) -> None:
    lines = [[*row, ("val", "test")[at // 2 % 2]] for at, row in enumerate(rows(480))]
    nodules = of_table(PredictionTable.read(write(tmp_path / "p.csv", lines, HEAD + ",split")))
    found = mistakes(nodules, decided(nodules))
    sides = {row[0]: row[-1] for row in lines}
    assert {sides[one.nodule] for one in (*found.missed.first, *found.false_alarms.first)} == {"test"}


def test_without_names_the_line_of_the_file_is_named(nodules: Nodules) -> None:
    found = mistakes(replace(nodules, names=None), None)
    first = found.false_alarms.first[0]
    assert first.nodule == f"line {first.place + 2}"
    assert first.calibrated is None
    assert found.point == "half"


def test_doubted_labels_are_by_name_and_say_where_p_is_from(nodules: Nodules) -> None:
    found = doubts(nodules, decided(nodules))
    assert "supposes that the model never saw" in found.unseen
    assert "didn't learn" in doubts(replace(nodules, folds=np.arange(240) // 2 % 2), None).unseen
    assert len(found.first) == min(FIRST, len(found.doubt.candidates))
    told = found.as_json()
    assert told["meaning"] == "candidates for a second look, not errors"
    assert told["n"] == 240
