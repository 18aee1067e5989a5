"""How much memory it takes to decode an image, by its header, and the bound on it."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from isthmus.data.image_modes import is_deep, is_grey
from isthmus.errors import DataError

MOST_PIXELS_A_SIDE = 16_384
MOST_MEMORY = 768 << 20  # bytes that decoding may take, the file's included: the process stays below 1 GB
TIFF_TILE = (322, 323)  # the tags of a tile's width and length
CANVASES = 16  # bytes a pixel of a WebP decoder: two canvases, a page and its copy
SCALE_DOWN = "Scale it down or cut the frame out first."


def refuse_large_file(size: int, where: str) -> None:
    """Raises DataError for a file that is larger than all that may be taken."""
    if size > MOST_MEMORY:
        raise too_large(f"is a file of {size >> 20} MiB", where)


def refuse_large_webp(content: bytes, where: str) -> None:
    """Raises DataError for a large WebP: its decoder takes its canvases as soon as the file is opened."""
    width, height = _webp_size(content)
    _ask_for(len(content) + width * height * (CANVASES + 3), width, height, where)


def refuse_large(image: Image.Image, in_memory: int, where: str) -> None:
    """Raises DataError if the page that is open can't be decoded within the bounds, with ``in_memory`` bytes in use."""
    width, height = image.size
    if max(width, height) > MOST_PIXELS_A_SIDE:
        what = f"is {width} x {height} pixels; at most {MOST_PIXELS_A_SIDE} a side are read"
        raise DataError(what, where=where, remedy=SCALE_DOWN)
    needed = in_memory + max(width * height, _tile(image)) * _bytes_a_pixel(image)
    _ask_for(needed, width, height, where)


def too_large(what: str, where: str) -> DataError:
    """The error for an image that is ``what``."""
    return DataError(f"{what}, too large to decode in {MOST_MEMORY >> 20} MiB", where=where, remedy=SCALE_DOWN)


def no_memory(what: str, where: str) -> DataError:
    """The error for an image that is too large for the memory there is, not for the bound."""
    remedy = "Close other programs, raise the memory limit, or scale the image down."
    return DataError(f"there is too little memory left to decode {what}", where=where, remedy=remedy)


def _ask_for(needed: int, width: int, height: int, where: str) -> None:
    """Takes that much memory and gives it back: where there is too little, decoders themselves speak of damage."""
    if needed > MOST_MEMORY:
        raise too_large(f"is {width} x {height} pixels, {needed >> 20} MiB to decode", where)
    try:
        np.empty(needed, np.uint8)
    except MemoryError:
        raise no_memory(f"{width} x {height} pixels", where) from None


def _bytes_a_pixel(image: Image.Image) -> int:
    """What Pillow's decoder holds at once, and what is made of it."""
    stored = 1 if image.mode in ("1", "L", "P") else 2 if image.mode.startswith("I;16") else 4
    made = 1 if is_deep(image) or is_grey(image) else 3
    if image.format == "WEBP":
        return CANVASES + made
    if image.format in ("JPEG", "MPO") and image.info.get("progressive"):
        return stored + max(made, 2 * len(image.getbands()))  # the coefficients of the whole picture
    if image.format == "TIFF" or getattr(image, "is_animated", False):
        return 2 * stored + made  # turned while it is loaded, or composed of two pages
    return stored + made


def _tile(image: Image.Image) -> int:
    """The pixels of a TIFF's tile, which may be larger than the image; 0 without tiles."""
    sides = [getattr(image, "tag_v2", {}).get(tag) for tag in TIFF_TILE]
    return math.prod(side for side in sides if isinstance(side, int)) if None not in sides else 0


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height by the header of a WebP; 0, 0 if it is none."""
    if len(content) < 30 or content[8:15] != b"WEBPVP8":
        return 0, 0
    if content[15:16] == b"X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if content[15:16] == b"L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
