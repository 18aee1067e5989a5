"""One family of errors, each a line for a person."""

from __future__ import annotations

import pickle

import pytest

from isthmus import errors
from isthmus.errors import DataError, IsthmusError

FAMILY = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, IsthmusError)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DataError("is empty"), "is empty"),
        (DataError("is empty", where="1.jpg"), "1.jpg: is empty"),
        (DataError("is empty", remedy="Copy it again."), "is empty. Copy it again."),
        (DataError("is empty", where="1.jpg", remedy="Copy it again."), "1.jpg: is empty. Copy it again."),
    ],
)
def test_the_line(error: IsthmusError, line: str) -> None:
    assert str(error) == line


@pytest.mark.parametrize("kind", FAMILY)
def test_survives_a_trip_to_another_process(kind: type[IsthmusError]) -> None:
    error = kind("is empty", where="1.jpg", remedy="Copy it again.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.what, again.where, again.remedy, str(again)) == (error.what, error.where, error.remedy, str(error))


@pytest.mark.parametrize("kind", FAMILY)
def test_exit_code(kind: type[IsthmusError]) -> None:
    assert kind("x").exit_code == 2
    assert kind.__doc__


def test_an_error_is_one_line_whatever_names_are_in_it() -> None:
    error = DataError("image a\nb\x1b[2J.png is empty", where="c\udce9.csv")
    assert str(error) == "c\\xe9.csv: image a\\nb\\x1b[2J.png is empty"
