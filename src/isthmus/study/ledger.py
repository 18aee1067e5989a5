"""A study's folder: which run fills which cell of its tables, or why none does."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from isthmus import files
from isthmus.cross.protocols import PROTOCOLS
from isthmus.data.dataset import DataSet
from isthmus.errors import UsageError
from isthmus.learn import lock
from isthmus.learn.lock import TakenError
from isthmus.nodule import DISCLAIMER
from isthmus.study.grid import Place

LEDGER, RUNS = "study.json", "runs"
REMEDY = "Wait for it, or choose another --to; meanwhile --as-is shows what is finished."
FORMAT = 1  # raise it when folders made before can't be read any more


@dataclass(frozen=True)
class Entry(Place):
    """Who fills a cell: the name of a run's folder; ``why`` says why it isn't finished, "" where it is."""

    run: str
    why: str = ""


@dataclass(frozen=True)
class Ledger:
    """The entries of a study, and the data set that it is of: kind, and a fingerprint for each label policy."""

    kind: str
    data: Mapping[str, str]
    entries: tuple[Entry, ...] = ()
    commands: tuple[str, ...] = ()
    versions: tuple[str, ...] = field(default=())

    def with_entries(self, entries: Iterable[Entry]) -> Ledger:
        """The ledger with these entries in their places; the others stay."""
        places = {entry.place: entry for entry in self.entries}
        return replace(self, entries=tuple((places | {entry.place: entry for entry in entries}).values()))

    def of(self, table: str) -> tuple[Entry, ...]:
        """The entries of one table."""
        return tuple(entry for entry in self.entries if entry.table == table)


def open_ledger(to: Path, sets: Iterable[DataSet], command: str = "") -> Ledger:
    """The ledger in ``to``, or a new one, with these data sets, one a label policy, and the command noted in it.

    Raises UsageError where ``to`` holds something else, a study of other data, or one that this version can't read.
    """
    sets = tuple(sets)
    before = _read(to)
    now = {data.policy: data.fingerprint() for data in sets}
    ledger = before or Ledger(sets[0].kind, {})
    for policy, fingerprint in now.items():
        there = ledger.data.get(policy, fingerprint)
        if ledger.kind != sets[0].kind or there != fingerprint:
            differs = f"kind {ledger.kind}, labels {policy}: {there}; now {sets[0].kind}, {fingerprint}"
            raise UsageError(
                f"holds a study of another data set ({differs})", where=str(to), remedy="Choose another --to."
            )
    return replace(
        ledger,
        data={**ledger.data, **now},
        commands=tuple(dict.fromkeys([*ledger.commands, *filter(None, [command])])),
        versions=tuple(dict.fromkeys([*ledger.versions, metadata.version("isthmus")])),
    )


def refuse_foreign(to: Path) -> None:
    """Raises UsageError where ``to`` holds something else than a study that this version can read."""
    _read(to)


@contextlib.contextmanager
def alone(to: Path, looks: bool = False) -> Iterator[bool]:
    """While it lasts no other process may write the ledger in ``to``; a process that dies lets go.

    Yields True; where another process is at work False for one that only ``looks``, and else raises UsageError.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock.alone(to, "training in this study", REMEDY))
        except TakenError:
            if not looks:
                raise
            yield False
            return
        yield True


def save(ledger: Ledger, to: Path) -> None:
    """Writes the ledger into ``to``, whole or not at all. Raises StorageError."""
    content = {"format": FORMAT, **asdict(ledger), "disclaimer": DISCLAIMER}
    files.write_text(to / LEDGER, files.json_text(content, indent=1) + "\n")


def _read(to: Path) -> Ledger | None:
    if not to.exists() or (to.is_dir() and all(path.name.startswith(".") for path in to.iterdir())):
        return None
    try:
        content: Any = files.read_json(to / LEDGER)
        made_by, versions = content["format"], content["versions"]
        differs = f"format {made_by}, of isthmus {', '.join(versions)}"
        if made_by == FORMAT:
            entries = tuple(Entry(**entry) for entry in content["entries"])
            ledger = Ledger(
                content["kind"], dict(content["data"]), entries, tuple(content["commands"]), tuple(versions)
            )
            _check(ledger)
            return ledger
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"holds no study of isthmus that can be read ({type(error).__name__} in {LEDGER})",
            where=str(to),
            remedy=f"Choose another --to; or, if it is one, delete {LEDGER}: finished runs are found again.",
        ) from error
    raise UsageError(
        f"holds a study in {differs}; this is {metadata.version('isthmus')}, which reads format {FORMAT}",
        where=str(to),
        remedy="Choose another --to, or go on with that version.",
    )


def _check(ledger: Ledger) -> None:
    """Raises TypeError where something is no text, KeyError for an unknown protocol."""
    entries = [text for entry in ledger.entries for text in (*entry.place, entry.run, entry.why)]
    texts = [ledger.kind, *ledger.data, *ledger.data.values(), *ledger.commands, *ledger.versions, *entries]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("something that is no text")
    for entry in ledger.entries:
        PROTOCOLS[entry.protocol]
