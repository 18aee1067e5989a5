"""The join by sorting finds what comparing every two pictures finds, in memory or from a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.audit import key_search
from isthmus.data.audit.key_search import FULL, VOTES, Keys, KeySearch
from isthmus.data.groups import components
from isthmus.errors import StorageError

Pairs = list[tuple[int, int, bool]]


def pictures(seed: int, count: int, values: int) -> list[Keys]:
    """Keys of ``count`` pictures, drawn from so few values that many are shared; some are none."""
    return list(np.random.default_rng(seed).integers(0, values, (count, 2, 20, 3), np.uint64))


def found(drawn: list[Keys], ranks: list[int] | None = None) -> Pairs:
    search = KeySearch()
    for number, keys in enumerate(drawn):
        search.add(number, keys)
    pairs = search.pairs(np.array(range(len(drawn)) if ranks is None else ranks, np.int64))
    search.close()
    return pairs


def shared(one: Keys, other: Keys) -> int:
    return sum(len(set(one[:, table]) & set(other[:, table]) - {0}) for table in range(one.shape[1]))


def expected(drawn: list[Keys]) -> Iterator[tuple[int, int, bool]]:
    for (i, one), (j, other) in combinations(enumerate(drawn), 2):
        if shared(one[0], other[0]) >= VOTES:
            yield i, j, False
        if shared(one[0], other[1]) + shared(one[1], other[0]) >= VOTES:
            yield i, j, True


@given(st.integers(0, 1000), st.integers(0, FULL // 2), st.integers(20, 200))
def test_all_pairs_are_found_where_no_key_is_full(seed: int, count: int, values: int) -> None:
    drawn = pictures(seed, count, values)
    assert found(drawn) == sorted(expected(drawn))


def test_keys_of_other_tables_are_not_shared() -> None:
    one = pictures(0, 1, 1 << 40)[0]
    assert found([one, np.roll(one, 1, axis=2)]) == []


@pytest.mark.parametrize("copies", [FULL, FULL + 1, 60])
def test_copies_that_fill_their_keys_are_joined_all_the_same(copies: int) -> None:
    (keys,) = pictures(1, 1, 1 << 40)
    joined = found([keys] * copies)
    assert components((str(first), str(second)) for first, second, _ in joined) == (
        tuple(str(number) for number in range(copies)),
    )
    assert len(joined) == (copies * (copies - 1) // 2 if copies <= FULL else copies - 1)


def test_ranks_order_pictures_and_leave_out() -> None:
    one, other, third = pictures(2, 3, 1 << 40)
    drawn = [one, other, third, other, one]
    assert found(drawn, [4, 3, 0, 1, 2]) == [(1, 3, False), (2, 4, False)]
    assert found(drawn, [1, -1, -1, -1, 0]) == [(0, 1, False)]


def test_a_temporary_file_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = pictures(3, 200, 1500)
    expected = found(drawn)
    assert len(expected) > 20
    for name, small in (("IN_MEMORY", 5000), ("BATCH", 500), ("GROUP", 100)):
        monkeypatch.setattr(key_search, name, small)
    assert found(drawn) == expected


def test_no_room_for_the_temporary_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(key_search, "IN_MEMORY", 0)
    monkeypatch.setattr(key_search.tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(StorageError, match="TMPDIR"):
        found(pictures(0, 3, 10))
