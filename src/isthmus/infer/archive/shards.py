"""Webdataset shards: tar files of samples, <key>.jpg beside an optional <key>.json with boxes."""

from __future__ import annotations

import json
import stat
import tarfile
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from isthmus.data.pixels import is_image
from isthmus.data.walk import what_it_is
from isthmus.errors import DataError
from isthmus.infer.archive.items import Item, Region, whole, with_names
from isthmus.nodule import Box
from isthmus.text import printable

ENDINGS = (".tar", ".tar.gz", ".tgz")  # compressed ones come as an item with a problem
LARGEST_JSON = 1 << 20
BLOCK = 512


def is_shard(path: Path) -> bool:
    """Whether the file's name ends as a shard's does."""
    return path.name.lower().endswith(ENDINGS)


def shard_items(path: Path) -> Iterator[Item]:
    """The images of a shard, in its order; only headers and JSON are read here.

    Members of one sample stand together and share the name before their last dot. The JSON may give "box": [x0, y0,
    x1, y1] or "boxes": [[...], ...], and "nodule", "patient", "label", "tirads". An image that is a link, a device,
    stored with holes, or there twice in its sample is an item with a problem, as is a file without a name. A shard
    that can't be read, or is cut short, ends with an item that says so.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            yield whole(path, f"is {what_it_is(mode)}, no tar file")
            return
        with tarfile.open(path, "r:", encoding="utf-8", errors="surrogateescape") as tar:
            problems: list[str] = []
            for _, sample in groupby(_members(tar, problems), key=_key):
                yield from _sample(path, tar, list(sample))
            for problem in problems:
                yield whole(path, problem)
    except (tarfile.TarError, OverflowError, EOFError) as error:
        yield whole(path, f"is no whole, uncompressed tar file ({error})")
    except (OSError, ValueError) as error:  # ValueError: a header whose numbers are none
        yield whole(path, f"can't read: {getattr(error, 'strerror', None) or error}")


def _members(tar: tarfile.TarFile, problems: list[str]) -> Iterator[tarfile.TarInfo]:
    """The members of a shard but its folders; what is wrong with its end goes into ``problems``."""
    try:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # else the headers of a whole shard are kept
            if not member.isdir():
                yield member
    except (tarfile.TarError, OverflowError, ValueError) as error:
        problems.append(f"is cut short ({error})")
    else:
        problems.extend(_ending(tar))


def _ending(tar: tarfile.TarFile) -> Iterator[str]:
    """What is wrong where the headers end; tarfile itself takes a broken header for the end."""
    if tar.fileobj is None:
        return
    tar.fileobj.seek(tar.offset)
    block = tar.fileobj.read(BLOCK)
    if not block:
        yield "is cut short: it has no end mark"
    elif block.strip(b"\0"):
        yield f"is damaged at byte {tar.offset}; what follows can't be read"


def _sample(path: Path, tar: tarfile.TarFile, sample: list[tarfile.TarInfo]) -> Iterator[Item]:
    annotation = next((member for member in sample if member.isreg() and member.name.endswith(".json")), None)
    seen = set[str]()
    for member in sample:
        if not is_image(Path(member.name)) and not (member.isreg() and _is_nameless(member)):
            continue
        image = f"{printable(path)}/{printable(Path(member.name))}"
        problem = _problem(member) or ("stands twice in its sample" if member.name in seen else "")
        seen.add(member.name)
        if problem:
            yield Item(image, path.absolute(), (Region(image, problem=problem),))
            continue
        try:
            regions = (Region(image),) if annotation is None else _regions(image, _json(tar, annotation))
        except DataError as error:
            name = Path(annotation.name).name if annotation else ""
            regions = (Region(image, problem=f"{name}: {error.what}"),)
        yield Item(image, path.absolute(), regions, member.offset_data, member.size)


def _key(member: tarfile.TarInfo) -> str:
    """What the members of one sample share: the path up to the last dot of the name."""
    folder, _, name = member.name.rpartition("/")
    return f"{folder}/{name[: name.rfind('.')] if '.' in name else name}"


def _is_nameless(member: tarfile.TarInfo) -> bool:
    return member.name.rstrip("/").rpartition("/")[2] in ("", ".", "..")


def _problem(member: tarfile.TarInfo) -> str:
    """Why a member can't be read as an image, "" if nothing speaks against it."""
    if _is_nameless(member):
        return "is a file without a name"
    if member.islnk() or member.issym():
        return f"is a link to {member.linkname}; pack the shard with its files (tar --dereference --hard-dereference)"
    if not member.isreg():
        return "is a device or a pipe, no file"
    return "is stored with holes; pack the shard without --sparse" if member.issparse() else ""


def _json(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Mapping[str, Any]:
    file = tar.extractfile(member)
    if file is None or member.size > LARGEST_JSON:
        raise DataError(f"is larger than {LARGEST_JSON} bytes")
    try:
        content = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise DataError(f"is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise DataError("is no JSON object")
    return content


def _regions(image: str, annotation: Mapping[str, Any]) -> tuple[Region, ...]:
    boxes = annotation["boxes"] if annotation.get("boxes") is not None else [annotation.get("box")]
    if not isinstance(boxes, list) or not boxes:
        raise DataError("its boxes are no list of [x0, y0, x1, y1]")
    names = ("patient", "label", "tirads")
    texts = {name: "" if (value := annotation.get(name)) is None else str(value) for name in names}
    nodule = annotation.get("nodule") if len(boxes) == 1 else None
    return with_names(image, [Region("" if nodule is None else str(nodule), _box(box), **texts) for box in boxes])


def _box(sides: Any) -> Any:
    if sides is None:
        return None
    if not isinstance(sides, list) or len(sides) != 4:
        raise DataError(f"box {sides!r} is not [x0, y0, x1, y1]")
    return Box.covering(sides)
