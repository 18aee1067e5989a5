"""One family of errors; each says what is wrong, where, and what to do about it."""

from __future__ import annotations

from isthmus.text import one_line


class IsthmusError(Exception):
    """What every error of isthmus is: one clear line for a person, and an exit code.

    Args:
        what: what is wrong, without a closing full stop.
        where: file, case or mark, from the outside in; empty if it has no place.
        remedy: what the reader can do about it, as a sentence.

    >>> print(DataError("<svg> is not JSON (char 14)", where="101.xml: mark 2", remedy="Repair the mark."))
    101.xml: mark 2: <svg> is not JSON (char 14). Repair the mark.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = one_line(what), one_line(where), one_line(remedy)
        line = f"{self.where}: {self.what}" if where else self.what
        super().__init__(f"{line}. {self.remedy}" if remedy else line)

    @property
    def advice(self) -> str:
        """What is wrong and what to do about it, for where the place is told already; without a closing full stop."""
        return f"{self.what}. {self.remedy}".rstrip(". ")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[IsthmusError], what: str, where: str, remedy: str) -> IsthmusError:
    return kind(what, where=where, remedy=remedy)


class UsageError(IsthmusError):
    """The command or call was given something that it can't take."""


class DataError(IsthmusError):
    """A file of the user's data can't be read, or can't be used as asked."""


class RecipeError(IsthmusError):
    """A recipe has an unknown field, or a value that the field can't take."""


class SplitError(IsthmusError):
    """The data can't be split as asked, or a split would part a group."""


class BundleError(IsthmusError):
    """A model bundle is missing a file, or holds one that isn't its own."""


class StorageError(IsthmusError):
    """A result can't be written: the disk is full or the target is read-only."""


class EngineError(IsthmusError):
    """An engine isn't installed, isn't in the bundle, or can't run on this processor."""
