"""A question to a study takes the cells that answer it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from isthmus.errors import UsageError
from isthmus.recipe import PAPER
from isthmus.study.grid import Cell
from isthmus.study.question import Question
from isthmus.study.run import Design


def asked(what: str, only: Sequence[str] = ()) -> list[Cell]:
    return Question(what, PAPER, ("grouped",), Design(), only).cells(("given",))


@pytest.mark.parametrize("what", ["table3", "table4", "ablations"])
def test_a_table_takes_its_cells(what: str) -> None:
    assert {cell.table for cell in asked(what)} == {what}


def test_the_cases_are_of_one_network() -> None:
    (cell,) = asked("cases")
    assert (cell.table, cell.backbone) == ("table4", "fourconv")


def test_the_claims_need_every_table() -> None:
    assert {cell.table for cell in asked("claims")} == {"table3", "table4", "ablations"}
    assert len(asked("claims")) < sum(len(asked(what)) for what in ("table3", "table4", "ablations"))


def test_every_text_of_only_must_be_in_the_name() -> None:
    chosen = asked("table4", ("fourconv", "grouped"))
    assert chosen
    assert all("fourconv" in str(cell) for cell in chosen)
    with pytest.raises(UsageError, match="no cell's name"):
        asked("table4", ("fourconv", "vgg99"))
