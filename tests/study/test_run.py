"""From cells to runs: what makes another run, and what doesn't."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.cross.protocols import PROTOCOLS, named
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.recipe import PAPER
from isthmus.study.jobs import run_name
from isthmus.study.run import Design


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


def name(data: DataSet, protocol: str, design: Design) -> str:
    return run_name(data, design.plan(named(protocol), PAPER))


def test_what_counts_for_the_other_protocol_makes_no_other_run(data: DataSet) -> None:
    base = Design()
    assert name(data, "grouped", base) == name(data, "grouped", Design(quarters=4))
    assert name(data, "paper", base) == name(data, "paper", Design(folds=3))


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
def test_what_counts_makes_another_run(data: DataSet, protocol: str) -> None:
    counted = {"folds": [Design(folds=3)], "quarters": [Design(quarters=4)]}.get(named(protocol).parts.name, [])
    every = [Design(), *counted, Design(seed=1), Design(repeats=2)]
    assert len({name(data, protocol, design) for design in every}) == len(every)
