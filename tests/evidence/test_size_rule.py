"""Biopsies beside the sizes of TI-RADS: on nodules of which level and millimetres are known, by one system only."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.decided import decided
from isthmus.evidence.nodules import Nodules, of_table
from isthmus.evidence.size_rule import beside_sizes
from make.evidence import HEAD, rows, write


def judged(path: Path, levels: list[str], sizes: list[str]) -> Nodules:
    lines = [[*row, levels[at % len(levels)], sizes[at % len(sizes)]] for at, row in enumerate(rows())]
    return of_table(PredictionTable.read(write(path / "p.csv", lines, HEAD + ",tirads,size_mm")))


def test_counts_are_those_by_hand(tmp_path: Path) -> None:
    nodules = judged(tmp_path, ["TR5", "2", "ACR 4", ""], ["12", "40", "14.9", "30"])
    fitted = decided(nodules)
    one, reason = beside_sizes(nodules, fitted)
    assert one is not None, reason
    at = np.arange(240) % 4
    known = at != 3
    assert (one.n, one.by_rule) == (180, 60)
    assert one.cancers_by_rule == nodules.labels[at == 0].sum()
    assert one.by_model == fitted.called["sensitivity-95"][known].sum()
    assert one.spared.n == 180


@pytest.mark.parametrize(
    ("levels", "sizes", "words"),
    [
        (["4a", "3"], ["12"], "'4a', which is no level of ACR TI-RADS 2017"),
        (["4"], ["", "x", "-3", "nan"], "fewer than 10 nodules have a level and a size"),
    ],
)
def test_another_system_or_no_size_has_a_reason(
    levels: list[str], sizes: list[str], words: str, tmp_path: Path
) -> None:
    nodules = judged(tmp_path, levels, sizes)
    one, reason = beside_sizes(nodules, decided(nodules))
    assert one is None
    assert words in reason


def test_missing_columns_are_named(tmp_path: Path) -> None:
    nodules = of_table(PredictionTable.read(write(tmp_path / "p.csv", rows())))
    assert beside_sizes(nodules, decided(nodules)) == (None, "the predictions have no column tirads and none size_mm")
    assert beside_sizes(nodules, None)[1] == "no operating point could be fitted"
