"""Contenders take turns; a row is the median and quartiles of its rounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from isthmus.bench.timing import Contender, race, timing


def counting(log: list[str], name: str) -> Callable[[], object]:
    return lambda: log.append(name)


def test_contenders_take_turns() -> None:
    log: list[str] = []
    names = ("slow", "fast")
    contenders = [Contender(name, "fp32", 1, counting(log, name)) for name in names]
    rows = race(contenders, rounds=3, turn=0.0, settle=0.0)
    # two untimed runs each, then in every turn an untimed and a timed one
    assert log == ["slow"] * 2 + ["fast"] * 2 + (["slow"] * 2 + ["fast"] * 2) * 3
    assert [(row.name, len(row.rounds)) for row in rows] == [("slow", 3), ("fast", 3)]


def test_milliseconds_are_of_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def read() -> None:
        now[0] += 0.032

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    one, sixteen = race([Contender(str(batch), "fp32", batch, read) for batch in (1, 16)], rounds=2, settle=0.0)
    assert one.ms_per_image == pytest.approx(32)
    assert sixteen.ms_per_image == pytest.approx(2)


def test_a_turn_is_long_enough_for_a_short_read(monkeypatch: pytest.MonkeyPatch) -> None:
    now, reads = [0.0], [0]

    def read() -> None:
        now[0] += 0.02
        reads[0] += 1

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    race([Contender("short", "fp32", 1, read)], rounds=1, turn=0.1, settle=0.0)
    assert reads[0] == 2 + 1 + 5


def test_quartiles() -> None:
    made = timing("engine", "int8", 16, [1.0, 9.0, 2.0, 3.0, 4.0])
    assert (made.low, made.ms_per_image, made.high) == (2.0, 3.0, 4.0)
    assert made.rounds == (1.0, 9.0, 2.0, 3.0, 4.0)
