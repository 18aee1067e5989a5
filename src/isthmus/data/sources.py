"""The table of the kinds of data set that can be read: one line a kind, one file behind each line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.data import ddti
from isthmus.data.labels import DEFAULT_POLICY, GIVEN, labelled
from isthmus.data.reading import DataSet, Progress, silent
from isthmus.errors import DataError, UsageError


@dataclass(frozen=True)
class Source:
    """A kind of data set: its reader, and the label policy used unless another is asked for."""

    read: Callable[[Path, Progress], DataSet]
    policy: str
    about: str


SOURCES: Mapping[str, Source] = {
    "ddti": Source(ddti.read, DEFAULT_POLICY, "DDTI: <case>.xml beside <case>_<image>.jpg"),
    "phantom": Source(ddti.read, DEFAULT_POLICY, "made data in DDTI's own format: isthmus phantom"),
}


def open_source(kind: str, root: Path, policy: str | None = None, progress: Progress = silent) -> DataSet:
    """Reads the data set of ``kind`` at ``root`` and labels its nodules by ``policy``.

    Raises UsageError for an unknown kind or policy, DataError for a folder that is missing or holds no image.
    """
    if kind not in SOURCES:
        raise UsageError(f"no data set kind {kind!r}", where="--as", remedy=f"Use one of {', '.join(SOURCES)}.")
    source = SOURCES[kind]
    policy = policy or source.policy
    data = source.read(root, progress)
    if not data.images and not data.broken:
        raise DataError("holds no image", where=str(root), remedy=f"Expected {source.about}.")
    return replace(data, kind=kind, policy=policy, nodules=labelled(data.nodules, policy))
