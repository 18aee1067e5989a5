"""What a command writes never lies over, in or round what it reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from isthmus.errors import UsageError
from isthmus.files import same
from isthmus.text import printable

REMEDY = "Choose another --to."


def refuse_over(to: Path, *read: Path | None, beside: str = "") -> None:
    """Raises UsageError where ``to`` is one of the files and folders that are read, lies in one, or holds one.

    Whatever its name: through links, hard links and the other case of a file system that knows none. ``beside`` ends
    the name of what the command keeps beside ``to`` while it works.
    """
    for target in _targets(to, beside):
        for source in filter(None, read):
            refuse_same(target, source)
            if _lies_in(target, source):
                raise _refusal(f"lies in {printable(source)}, which this command reads", target)
            refuse_round(target, source)


def refuse_same(to: Path, source: Path) -> None:
    """Raises UsageError where both are the same file or folder, by whatever name."""
    if same(to, source):
        raise _refusal("is what this command reads", to)


def refuse_round(to: Path, source: Path) -> None:
    """Raises UsageError where ``source`` is the folder ``to``, or lies in it."""
    refuse_same(to, source)
    if _lies_in(source, to):
        raise _refusal(f"holds {printable(source)}, which this command reads", to)


def _targets(to: Path, beside: str) -> Iterable[Path]:
    return (to, to.absolute().with_name(f"{to.absolute().name}{beside}")) if beside else (to,)


def _refusal(what: str, to: Path) -> UsageError:
    return UsageError(what, where=f"--to {printable(to)}", remedy=REMEDY)


def _lies_in(inner: Path, outer: Path) -> bool:
    try:
        return any(same(above, outer) for above in inner.resolve().parents)
    except (OSError, RuntimeError):  # links in a circle
        return False
