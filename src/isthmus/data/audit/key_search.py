"""Which pictures have hash keys in common: a join by sorting, in bounded memory.

Keys are partitioned by their hash as they come. What is beyond ``IN_MEMORY`` bytes lies in a temporary file, and is
read back a few parts at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from isthmus.errors import StorageError

VOTES = 6  # equal keys that make a pair a candidate
FULL = 9  # images that share a key and are all paired by it; of more, each is paired with the next only
IN_MEMORY = 128 << 20  # bytes that a store keeps in memory
BATCH = 1 << 20  # entries that are partitioned at once
GROUP = 1 << 21  # entries that are joined at once, or one part if that is larger
PART_BITS = 10
ODD = 0x9E3779B97F4A7C15  # multiplicative hashing: 2^64 over the golden ratio

Keys = npt.NDArray[np.uint64]
Entries = npt.NDArray[Any]

ENTRY = np.dtype([("key", "<u8"), ("image", "<u4")])  # packed: 12 bytes; an image's lowest bit: it is mirrored
VOTE = np.dtype([("key", "<u8")])  # a pair: first image (31 bits), second (32), mirrored (1)


class KeySearch:
    """The keys of many pictures, and the pairs that have at least VOTES in common. Close it when done.

    The process of a search takes 259, 442 and 602 MB of memory among 1,000, 10,000 and 100,000 pictures: two stores of
    IN_MEMORY bytes, what joining GROUP entries takes, and the list of pairs. The temporary files take 38 kB a picture,
    and 8 bytes a shared key.
    """

    def __init__(self) -> None:
        self._files = ExitStack()
        self._entries = _Store(ENTRY, self._files)

    def add(self, picture: int, keys: Keys) -> None:
        """Takes in the keys (2, n, tables) of a picture as it is and mirrored. 0 is none. Raises StorageError."""
        odd = np.arange(keys.shape[2], dtype=np.uint64) * np.uint64(2) + np.uint64(ODD)  # another factor for each table
        sides, _, _ = there = np.nonzero(keys)
        entries = np.empty(len(sides), ENTRY)
        entries["key"] = (keys * odd)[there]  # one to one, and spread over all 64 bits
        entries["image"] = 2 * picture + sides
        self._entries.add(entries)

    def pairs(self, ranks: npt.NDArray[np.int64]) -> list[tuple[int, int, bool]]:
        """Pairs of ranks (first < second, mirrored) that share at least VOTES keys, in order.

        ``ranks`` gives each picture's place in the order by which a full key's pictures are chained; -1 leaves it out.
        Raises StorageError.
        """
        pairs: list[tuple[int, int, bool]] = []
        with ExitStack() as files:
            votes = _Store(VOTE, files)
            for entries in self._entries.groups():
                for mirrored in (False, True):
                    votes.add(_votes(entries, ranks, mirrored))
            for group in votes.groups():
                codes, number = np.unique(_unspread(group["key"]), return_counts=True)
                pairs += [_pair(code) for code in codes[number >= VOTES].tolist()]
        return sorted(pairs)

    def close(self) -> None:
        self._files.close()


def _votes(entries: Entries, ranks: npt.NDArray[np.int64], mirrored: bool) -> Entries:
    """The pairs of images that share a key, once a shared key."""
    key, side, rank = _shared(entries, ranks, mirrored)
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, np.int64)
    size = np.repeat(np.diff(starts, append=len(key)), np.diff(starts, append=len(key)))
    codes = [np.zeros(0, np.uint64)]
    for step in range(1, FULL):
        same = (key[step:] == key[:-step]) & ((size[step:] <= FULL) | (step == 1))
        first, second = rank[:-step][same], rank[step:][same]
        if mirrored:
            across = (side[:-step][same] != side[step:][same]) & (first != second)
            first, second = first[across], second[across]
        low, high = np.minimum(first, second).astype(np.uint64), np.maximum(first, second).astype(np.uint64)
        codes.append((low << np.uint64(33)) | (high << np.uint64(1)) | np.uint64(mirrored))
    votes = np.empty(sum(map(len, codes)), VOTE)
    votes["key"] = _spread(np.concatenate(codes))
    return votes


def _shared(
    entries: Entries, ranks: npt.NDArray[np.int64], mirrored: bool
) -> tuple[Keys, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Key, side and rank of the entries whose key occurs more than once, each image once a key, in order."""
    rank, side = ranks[entries["image"] >> 1], (entries["image"] & 1).astype(np.int64)
    taken = (rank >= 0) & ((side == 0) | mirrored)
    key, rank, side = np.ascontiguousarray(entries["key"][taken]), rank[taken], side[taken]
    order = np.argsort(key)
    key = key[order]
    again = key[1:] == key[:-1]
    shared = np.concatenate([again, [False]]) | np.concatenate([[False], again]) if len(key) else np.zeros(0, np.bool_)
    key, rank, side = key[shared], rank[order[shared]], side[order[shared]]
    order = np.lexsort((rank, side, key))
    key, side, rank = key[order], side[order], rank[order]
    new = np.ones(len(key), np.bool_)
    new[1:] = (key[1:] != key[:-1]) | (rank[1:] != rank[:-1]) | (side[1:] != side[:-1])
    return key[new], side[new], rank[new]


def _pair(code: int) -> tuple[int, int, bool]:
    return code >> 33, (code >> 1) & 0xFFFFFFFF, bool(code & 1)


def _spread(codes: Keys) -> Keys:
    return codes * np.uint64(ODD)


def _unspread(codes: Keys) -> Keys:
    return codes * np.uint64(pow(ODD, -1, 1 << 64))


class _Store:
    """Entries partitioned by the upper bits of their keys: IN_MEMORY bytes in memory, the others in a file."""

    def __init__(self, kind: np.dtype[Any], files: ExitStack) -> None:
        self._kind, self._files = kind, files
        self._new: list[Entries] = []
        self._in_memory = self._written = 0
        self._batches: list[
            tuple[Entries | int, Sequence[int]]
        ] = []  # the entries or their place in the file; the end of every part
        self._file: IO[bytes] | None = None

    def add(self, entries: Entries) -> None:
        self._new.append(entries)
        if sum(map(len, self._new)) >= BATCH:
            self._seal()

    def groups(self) -> Iterator[Entries]:
        """All entries, those of one key together, about GROUP at a time."""
        self._seal()
        ends = np.array([ends for _, ends in self._batches], np.int64).reshape(-1, 1 << PART_BITS)
        total = np.concatenate([[0], ends.sum(axis=0)])
        low = 0
        while low < 1 << PART_BITS:
            high = max(low + 1, int(np.searchsorted(total, total[low] + GROUP, side="right")) - 1)
            if total[high] > total[low]:
                yield np.concatenate([self._read(batch, low, high) for batch in self._batches])
            low = high

    def _seal(self) -> None:
        if not self._new:
            return
        batch = np.concatenate(self._new)
        self._new = []
        part = (batch["key"] >> np.uint64(64 - PART_BITS)).astype(np.uint16)
        batch = batch[np.argsort(part, kind="stable")]
        ends = np.cumsum(np.bincount(part, minlength=1 << PART_BITS)).tolist()
        self._in_memory += batch.nbytes
        self._batches.append((batch if self._in_memory <= IN_MEMORY else self._write(batch), ends))

    def _write(self, batch: Entries) -> int:
        try:
            if self._file is None:
                opened = tempfile.TemporaryFile(prefix="isthmus-")  # noqa: SIM115
                self._file = self._files.enter_context(opened)
            place = self._file.seek(self._written)
            self._file.write(batch.tobytes())
            self._file.flush()
        except OSError as error:
            raise StorageError(
                f"can't write the search's temporary file ({error.strerror})",
                where=tempfile.gettempdir(),
                remedy="Make room there, or name another folder in TMPDIR.",
            ) from error
        self._written += batch.nbytes
        return place

    def _read(self, batch: tuple[Entries | int, Sequence[int]], low: int, high: int) -> Entries:
        content, ends = batch
        start, end = ends[low - 1] if low else 0, ends[high - 1]
        if not isinstance(content, int):
            return content[start:end]
        assert self._file is not None
        self._file.seek(content + start * self._kind.itemsize)
        return np.frombuffer(self._file.read((end - start) * self._kind.itemsize), self._kind)
