"""Whom long work talks to: a bar that shows how far it is, and lines for the person at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Passes items through while it shows how many are done."""

    def __call__(self, items: Sequence[Item], doing: str) -> Iterable[Item]: ...


def silent(items: Sequence[Item], doing: str) -> Iterable[Item]:
    """The Progress that shows nothing."""
    return items


Note = Callable[[str], None]  # takes a line for the person at the terminal


def unsaid(text: str) -> None:
    """The Note that says nothing."""
