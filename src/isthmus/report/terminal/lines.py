"""The console of results, and plain lines on it."""

from __future__ import annotations

from rich.console import Console

stdout = Console(highlight=False, soft_wrap=True)


def line(text: str = "") -> None:
    """Prints plain text, in which brackets are no markup."""
    stdout.print(text, markup=False)
