"""The leak of order in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isthmus.data.audit.likeness import DISTANCES, Likeness
from isthmus.data.audit.order import Order
from isthmus.judge.intervals import Estimate, wilson
from isthmus.report.terminal.order import verdict


def order(alike: int = 0, auc: tuple[float, float, float] = (0.52, 0.4, 0.6)) -> Order:
    """Half of the pairs up to the distance ``alike`` look alike; ``auc`` is value, low, high."""
    shares = {distance: replace(wilson(200 * (distance <= alike), 400), n=400) for distance in DISTANCES}
    return Order(Likeness(shares, wilson(1, 1000)), Estimate(*auc, "made", 400), 25, True, 9, 80, (0.0, 1.0))


def test_nothing() -> None:
    assert verdict(order(), None) == "No leak of order is measured."


def test_both_leaks() -> None:
    words = verdict(order(2, (0.98, 0.97, 0.99)), None)
    assert words.startswith(
        "File order gives the class away: AUC 0.98. Neighbours look alike up to distance 2. A split"
    )
    assert words.endswith("A split must go by blocks of consecutive numbers (--protocol blocks).")


@pytest.mark.parametrize(("leak", "word"), [(order(5), "Neighbours"), (order(0, (0.6, 0.51, 0.7)), "File")])
def test_one_is_enough(leak: Order, word: str) -> None:
    assert verdict(leak, None).startswith(word)
    assert "blocks" in verdict(leak, None)


def test_patients_named() -> None:
    assert "between patients is measured, but one within them" in verdict(order(5), order())
    assert "blocks" in verdict(order(5), order(1))
    assert verdict(order(), order()) == "No leak of order is measured."


def test_files_in_positions() -> None:
    assert "blocks of consecutive files." in verdict(replace(order(1), in_numbers=False), None)
