"""The plot of AUC against cost: names kept as text, ticks at any scale, a network without an interval."""

from __future__ import annotations

import pytest

from isthmus.judge.intervals import wilson
from isthmus.report.cost_plot import Spot, plot_costs
from report.test_study_plots import ALONE, texts


@pytest.mark.parametrize("most", [20_000_000, 9_000_000_000])
def test_costs_name_backbones_and_architectures_and_have_ticks(most: int) -> None:
    spots = [Spot("global", "fourconv", 12_000_000, wilson(30, 60)), Spot("crops", "resnet50", most, ALONE)]
    told = texts(plot_costs(spots, "costs"))
    assert {"global", "crops", "fourconv", "resnet50", "AUC within folds"} <= set(told)
    assert {"10", "20"} <= set(told) if most < 1e9 else "1 000" in told
