"""A study reports what it lacks before its data are read."""

from __future__ import annotations

import importlib.util

import pytest

from isthmus.baselines.table import BASELINES
from isthmus.errors import RecipeError
from isthmus.recipe import PAPER
from isthmus.study.grid import Architecture, Cell
from isthmus.study.ready import refuse_late
from isthmus.study.workers import Workers

WORKERS = Workers(1, device="cpu")


def baseline(name: str) -> Cell:
    return Cell("table4", Architecture.BASELINE, name, "", "grouped", "benign-2-3-4a", None)


@pytest.mark.parametrize("installed", [True, False])
def test_a_baseline_whose_package_is_missing_stays_empty(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    lines: list[str] = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if installed else None)
    refuse_late([baseline(name) for name in BASELINES], WORKERS, lines.append)
    missing = {name: one.requires for name, one in BASELINES.items() if one.requires and not installed}
    assert len(lines) == len(missing)
    for name, package in missing.items():
        assert sum(f"baseline {name} stays empty" in line and package in line for line in lines) == 1


def test_where_no_network_can_be_built_it_is_refused_unless_something_else_can_be_filled() -> None:
    impossible = PAPER.changed(backbone="no_such_trunk", head="average", upsampling="separable")
    cell = Cell("table4", Architecture.GLOBAL, "no_such_trunk", "", "grouped", "benign-2-3-4a", impossible)
    lines: list[str] = []
    with pytest.raises(RecipeError, match="no_such_trunk"):
        refuse_late([cell], WORKERS, lines.append)
    refuse_late([cell, baseline("majority")], WORKERS, lines.append)
    assert len(lines) == 1
    assert "no_such_trunk" in lines[0]
