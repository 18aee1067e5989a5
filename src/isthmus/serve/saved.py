"""What readers saved, as a list and in the long form that ``isthmus readers`` judges."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from isthmus.data.tables import as_csv, inert
from isthmus.prediction import ABSTAIN
from isthmus.tirads.agreement import kind_of

Read = Mapping[str, Any]
HEADER = (
    *("reader", "nodule", "label", "score", "mode", "tirads", "model", "changed", "reason"),
    *("picture", "frame", "drawn", "saved", "network"),
)
UNAIDED, AIDED = "unaided", "aided"


def with_agreement(read: Read) -> dict[str, Any]:
    """A reading of the store with ``agreement``: how its TI-RADS level stands to the model's answer, None where that
    wasn't shown, or is of several nodules."""
    answer = _answer(read)
    if answer is None:
        return {**read, "agreement": None}
    verdict = None if answer["verdict"] == ABSTAIN else answer["verdict"]
    labels = None if answer["set"] is None else frozenset(answer["set"])
    return {**read, "agreement": str(kind_of(read["own"]["tirads"], verdict, labels))}


def as_grades(reads: Iterable[Read]) -> str:
    """Readings as CSV, a row a read, in the order of their time: ``unaided`` as saved first, if that was before the
    model's answer was shown, and ``aided`` as it stood in the end where it was shown. Of a nodule that a reader read
    twice the first reading counts.

    The column label is empty: what the nodule was by pathology nobody said here.
    """
    rows: list[tuple[object, ...]] = [HEADER]
    seen: set[tuple[str, str]] = set()
    for read in sorted(reads, key=lambda one: str(one["saved"])):
        key = (read["reader"], nodule_of(read))
        if key not in seen:
            seen.add(key)
            rows += _rows(read)
    return as_csv(rows)


def nodule_of(read: Read) -> str:
    """A name for what was read: of the picture's checksum, the frame, and what was drawn."""
    drawn = zlib.crc32(_drawn(read).encode())
    return f"{read['picture'][:12]}-{read['frame']}-{drawn:08x}"


def _rows(read: Read) -> Iterator[tuple[object, ...]]:
    answer = _answer(read)
    beside = (read["picture"], read["frame"], _drawn(read), read["saved"], read["checksum"])
    own = read["own"]
    head = (inert(read["reader"]), nodule_of(read), "")
    if not read["late"]:
        yield (*head, own["probability"], UNAIDED, inert(own["tirads"]), "", "no", "", *beside)
    if read["shown"] is None:
        return
    last = read["changes"][-1] if read["changes"] else None
    then = last["own"] if last else own
    model = "" if answer is None or answer["verdict"] == ABSTAIN else answer["verdict"]
    reasons = "; ".join(one["reason"] for one in read["changes"])
    yield (
        *head,
        then["probability"],
        AIDED,
        inert(then["tirads"]),
        model,
        "yes" if last else "no",
        inert(reasons),
        *beside,
    )


def _drawn(read: Read) -> str:
    return read["drawn"]["polygon"] or " ".join(read["drawn"]["box"])


def _answer(read: Read) -> dict[str, Any] | None:
    """The model's reading that was shown, None without one, or with several."""
    answers = (read["answer"] or {}).get("predictions") or []
    return answers[0] if len(answers) == 1 else None
