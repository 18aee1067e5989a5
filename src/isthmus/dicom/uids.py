"""UIDs that follow from what they name: an object that is answered twice gets one answer."""

from __future__ import annotations

import uuid

ROOT = uuid.UUID("0f0b0e5c-6a1e-5d53-9c55-6c8f3b3f2b16")  # the name space of isthmus; never to be changed


def uid_of(kind: str, *parts: object) -> str:
    """The UID of the thing of this ``kind`` that ``parts`` tell from all others: always the same for the same.

    It is 2.25 and the UUID (version 5) of the text of all parts, which needs no registered root (PS3.5, B.2).

    >>> uid_of("sr", "1.2.3", 1) == uid_of("sr", "1.2.3", 1), uid_of("sr", "1.2.3", 1) == uid_of("sr", "1.2.31")
    (True, False)
    """
    return f"2.25.{uuid.uuid5(ROOT, repr((kind, *map(str, parts)))).int}"


def uuid_of(uid: str) -> str:
    """The UUID of a UID that ``uid_of`` made, as FHIR wants it; of another, one that follows from it.

    >>> uuid_of("2.25.1")
    '00000000-0000-0000-0000-000000000001'
    """
    number = uid.removeprefix("2.25.")
    is_one = uid != number and number.isdigit() and int(number) < 1 << 128
    return str(uuid.UUID(int=int(number)) if is_one else uuid.uuid5(ROOT, uid))
