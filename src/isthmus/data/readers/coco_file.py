"""One COCO annotation file: its images, the names of its categories and its annotations, checked as far as they stand
alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isthmus import files
from isthmus.data.readers.contents import Report
from isthmus.errors import DataError
from isthmus.text import composed, printable

MOST_BYTES = 256 * 2**20  # of a file; Python needs some eight times as much to hold what is in it
LISTS = ("images", "annotations", "categories")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class CocoImage:
    """An image that the file names: at ``place`` in its list, with its name, its size as stated, None if it isn't."""

    place: str
    id: str
    name: str
    patient: str
    size: tuple[str | None, str | None] | None


@dataclass(frozen=True, eq=False)
class CocoFile:
    """What a file says. ``annotations`` of each image's id come with their place in the list.

    ``doubtful`` are ids that images of several names share, so that nobody knows whose the annotations are.
    """

    path: Path
    images: Sequence[CocoImage]
    categories: Mapping[str, str]
    annotations: Mapping[str, Sequence[tuple[str, Entry]]]
    doubtful: frozenset[str]


def read_file(path: Path, report: Report) -> CocoFile | None:
    """The COCO file at ``path``; None, and a fault, if it is none, and a broken one if it is damaged."""
    try:
        value = _json(path)
    except DataError as error:
        report("malformed-json", "left out", error.advice, broken=True)
        return None
    if not isinstance(value, dict) or not {"images", "annotations"} <= value.keys():
        report("other-json", "ignored", "has no images and annotations, and is no COCO")
        return None
    for name in LISTS:
        if not isinstance(value.get(name), list):
            report("malformed-annotation", "left out", f"{name!r} is no list", broken=True)
            return None
    images, doubtful = _images(value["images"], report)
    ids = {image.id for image in images}
    annotations = _annotations(value["annotations"], ids, report)
    return CocoFile(path, images, _categories(value["categories"], report), annotations, doubtful)


def key_of(value: object) -> str | None:
    """An id as text; None for what is neither a whole number nor text.

    >>> key_of(7), key_of(7.0), key_of(" 7 "), key_of(True), key_of([7])
    ('7', '7', '7', None, None)
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() or None if isinstance(value, str) else None


def _json(path: Path) -> object:
    """The value in the file. Raises DataError for what is no JSON, has a key twice or is too large."""
    size = path.stat().st_size if path.is_file() else 0
    if size > MOST_BYTES:
        raise DataError(f"is too large: {size / 1e6:.0f} MB", remedy=f"Split it: {MOST_BYTES // 10**6} MB are read.")
    try:
        value: object = json.loads(files.read_text(path), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())[:80]
        raise DataError(f"is not JSON that can be read ({why})") from None
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    entry = dict(pairs)
    if len(entry) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return entry


def _images(entries: Sequence[object], report: Report) -> tuple[list[CocoImage], frozenset[str]]:
    """The images that can be told apart, and the ids that can't."""
    by_id: dict[str, CocoImage] = {}
    doubtful: list[CocoImage] = []
    for number, entry in enumerate(entries):
        place = f"images[{number}]"
        try:
            image = _image(entry, place)
        except DataError as error:
            report("malformed-annotation", "left out", f"{place} {error.what}", broken=True)
            continue
        first = by_id.setdefault(image.id, image)
        if first is not image and first.name == image.name:
            report("repeated-image", "read once", f"{place} is {first.place} again: {image.name}")
        elif first is not image:
            names = f"{first.name} of {first.place} and {image.name} of {place}"
            report("repeated-id", "left out", f"id {image.id} is that of {names}", broken=True)
            doubtful.append(image)
    return [*by_id.values(), *doubtful], frozenset(image.id for image in doubtful)


def _image(entry: object, place: str) -> CocoImage:
    if not isinstance(entry, dict):
        raise DataError("is no object")
    key, name = key_of(entry.get("id")), entry.get("file_name")
    if key is None:
        raise DataError("has no id that is a whole number or text")
    if not isinstance(name, str) or not name.strip():
        raise DataError("has no file_name")
    patient = next((entry[which] for which in ("patient", "patient_id") if entry.get(which) not in (None, "")), None)
    if patient is not None and key_of(patient) is None:
        raise DataError("has a patient that is neither a whole number nor text")
    size = key_of(entry.get("width")), key_of(entry.get("height"))
    stated = None if size in ((None, None), ("0", "0")) else size
    return CocoImage(place, key, name.strip(), printable(composed(key_of(patient) or "")), stated)


def _categories(entries: Sequence[object], report: Report) -> Mapping[str, str]:
    """Id -> name. An id with two names is left out."""
    names: dict[str, str] = {}
    twice = set()
    for number, entry in enumerate(entries):
        key, name = (key_of(entry.get(which)) for which in ("id", "name")) if isinstance(entry, dict) else (None, None)
        if key is None or name is None:
            report("malformed-annotation", "left out", f"categories[{number}] has no id or no name", broken=True)
        elif names.setdefault(key, name) != name:
            report("repeated-id", "left out", f"category {key} is {names[key]!r} and {name!r}", broken=True)
            twice.add(key)
    return {key: name for key, name in names.items() if key not in twice}


def _annotations(
    entries: Sequence[object], images: set[str], report: Report
) -> Mapping[str, Sequence[tuple[str, Entry]]]:
    of_image: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    places: dict[str, str] = {}
    again = []
    for number, entry in enumerate(entries):
        place = f"annotations[{number}]"
        image = key_of(entry.get("image_id")) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or image is None:
            detail = f"{place} has no image_id that is a whole number or text"
            report("malformed-annotation", "left out", detail, broken=True)
        elif image not in images:
            report("missing-image", "left out", f"{place}: no image has the id {image}", broken=True)
        else:
            of_image[image].append((place, entry))
            key = key_of(entry.get("id"))
            if key is not None and places.setdefault(key, place) != place:
                again.append(f"{place} has the id {key} of {places[key]}")
    if again:
        more = f"; and {len(again) - 1} more like it" if len(again) > 1 else ""
        report("repeated-id", "kept", f"{again[0]}{more}")
    return of_image
