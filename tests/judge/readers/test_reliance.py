"""Reliance counted by hand, and its intervals over readers and patients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isthmus.judge.readers.crossed import Draws
from isthmus.judge.readers.reliance import Pairs, by_reader, changes, reliance, times

RANDOM = np.random.default_rng(1)


def pairs(before: str, after: str, malignant: str, model: str | None, planted: str | None = None) -> Pairs:
    """A pair a letter: M malignant, B benign; two readers by turns, each pair its own patient."""
    calls = [np.array([letter == "M" for letter in text]) for text in (before, after, malignant)]
    n = len(before)
    return Pairs(
        np.array(["a", "b"])[np.arange(n) % 2],
        np.array([f"p{at}" for at in range(n)]),
        calls[2],
        calls[0],
        calls[1],
        calls[0] != calls[1],
        None if model is None else np.array([letter == "M" for letter in model]),
        None if planted is None else np.array([letter == "y" for letter in planted]),
    )


SIX = pairs("MMBBMB", "BMBMBB", "MMMMBM", "BBMBBM", "yynnnn")


def test_each_rate_is_counted_of_the_pairs_that_could_show_it() -> None:
    found = reliance(SIX)
    # The model is wrong of 0, 1 and 3; the reader was right before of 0 and 1, and gives 0 up.
    assert (found["over"].value, found["over"].n) == (0.5, 2)
    # The model is right of 2, 4 and 5, the reader was wrong of all three, and stays so of 2 and 5.
    assert found["under"].value == pytest.approx(2 / 3)
    assert found["under"].n == 3
    assert (found["over_planted"].n, found["over_unplanted"].n) == (2, 0)
    assert math.isnan(found["over_unplanted"].value)


def test_changes_count_both_ways() -> None:
    found = changes(SIX)
    assert (found["calls_changed"].value, found["calls_changed"].n) == (0.5, 6)
    assert (found["corrected"].value, found["corrected"].n) == (0.5, 4)
    assert (found["spoilt"].value, found["spoilt"].n) == (0.5, 2)


def test_each_reader_has_his_own_rates() -> None:
    found = by_reader(SIX)
    assert found["a"]["over"].value == 1
    assert found["b"]["over"].value == 0
    with pytest.raises(ValueError, match="no answer"):
        reliance(pairs("M", "M", "M", None))


def test_readers_who_differ_widen_the_interval() -> None:
    readers, patients = np.repeat(np.arange(6), 40), np.tile(np.arange(40), 6)
    every = np.ones(240, bool)
    alike = (readers + patients) % 2 == 0
    apart = RANDOM.random(240) < np.repeat([0.1, 0.2, 0.4, 0.6, 0.8, 0.9], 40)
    draws = Draws.of(readers, patients)
    one, other = (draws.share(part, every) for part in (alike, apart))
    assert other.high - other.low > 2 * (one.high - one.low)
    assert one.method == "bootstrap 95 % of 6 readers and 40 patients"


def test_never_and_always_still_have_an_interval() -> None:
    readers, patients = np.repeat(np.arange(3), 20), np.tile(np.arange(20), 3)
    never = Draws.of(readers, patients).share(np.zeros(60, bool), np.ones(60, bool))
    assert never.low == 0
    assert 0.2 < never.high < 0.9
    assert never.method.endswith("by reader")


def test_times_are_means_and_their_change() -> None:
    aided = np.tile([False, True], 100)
    seconds = np.where(aided, 30.0, 40.0) + RANDOM.normal(0, 1, 200)
    found = times(seconds, aided, np.arange(200) % 4, np.arange(200) // 4)
    assert found["difference"].value == pytest.approx(-10, abs=0.5)
    assert found["change"].low < -0.25 < found["change"].high
    assert (found["without"].n, found["with"].n) == (100, 100)
    alone = times(seconds[~aided], aided[~aided], np.zeros(100), np.arange(100))
    assert math.isnan(alone["with"].value)
    assert math.isnan(alone["change"].value)
