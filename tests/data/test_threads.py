"""Work ahead: results in order, errors in their turn, few pieces on the way."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable

import pytest

from isthmus.data.threads import AHEAD, Ahead, cores


def give_all(works: Iterable[Callable[[], int]], taken: list[int], threads: int) -> None:
    with Ahead(taken.append, threads) as ahead:
        for work in works:
            ahead.give(work)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_giving(threads: int) -> None:
    taken: list[int] = []
    give_all([functools.partial(int, number) for number in range(50)], taken, threads)
    assert taken == list(range(50))


def test_pieces_are_done_side_by_side() -> None:
    both = threading.Barrier(2, timeout=30)
    with Ahead(lambda made: None, 2) as ahead:
        ahead.give(both.wait)
        ahead.give(both.wait)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_is_raised_in_its_turn(threads: int) -> None:
    taken: list[int] = []

    def work(number: int) -> int:
        if number >= 20:
            raise ValueError(number)
        return number

    with pytest.raises(ValueError, match="20"):
        give_all([functools.partial(work, number) for number in range(100)], taken, threads)
    assert taken == list(range(20))


def test_few_pieces_are_on_the_way() -> None:
    open_gate, taken, given = threading.Event(), list[bool](), 0
    with Ahead(taken.append, 2) as ahead:
        for _ in range(2 * AHEAD):
            ahead.give(functools.partial(open_gate.wait, 30))
            given += 1
        open_gate.set()
        for _ in range(20):
            ahead.give(open_gate.is_set)
            given += 1
            assert given - len(taken) <= 2 * AHEAD + 1
    assert taken == [True] * given


def test_an_interruption_drops_what_was_not_begun() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def work(number: int) -> int:
        begun.append(number)
        gate.wait(30)
        return number

    ahead = Ahead(print, 2)
    for number in range(4):
        ahead.give(functools.partial(work, number))
    ahead.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    gate.set()
    assert set(begun) <= {0, 1}


def test_there_is_a_processor() -> None:
    assert cores() >= 1
    assert Ahead(print).threads == cores()
