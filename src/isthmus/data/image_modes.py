"""Every mode of image that Pillow decodes to, as 8-bit grey or RGB; strip by strip, so that large images fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.errors import DataError
from isthmus.nodule import Pixels

STRIP = 1 << 20  # pixels that are converted at a time
GREY, COLOURS = ("1", "L", "LA"), ("RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr")
STEPS = {"L;2": 85, "L;4": 17}  # of grey, where a PNG has 2 or 4 bits: its transparent grey is named in these

Array = npt.NDArray[Any]


def is_deep(image: Image.Image) -> bool:
    """Whether it is grey of more than 8 bits: whole numbers of 16 or 32 bits, or floats."""
    return image.mode.startswith(("I", "F"))


def is_grey(image: Image.Image) -> bool:
    """Whether it is grey of at most 8 bits."""
    return image.mode in GREY


def stored_grey(image: Image.Image) -> int:
    """What a transparent grey has to be multiplied by to be the decoder's; to be called before the image is loaded."""
    return STEPS.get(_stored_mode(image), 1) if image.format == "PNG" else 1


def refuse_colours(image: Image.Image, where: str) -> None:
    """Raises DataError for colours that are not read; to be called before the image is loaded."""
    if not is_deep(image) and image.mode not in GREY + COLOURS:
        raise DataError(f"has colours in {image.mode}, which are not read", where=where, remedy="Save it as RGB.")
    if isinstance(image.info.get("transparency"), tuple) and _stored_mode(image).endswith(";16B"):
        what = "has colours of 16 bits, one of them transparent, which is not read"
        raise DataError(what, where=where, remedy="Save it with 8 bits a colour.")


def as_bytes(image: Image.Image, step: int, where: str) -> Pixels:
    """A loaded image as uint8, (height, width) if it is grey, else (height, width, 3); transparency on black.

    Grey of more than 8 bits is scaled by the range of what is not transparent. ``step`` is ``stored_grey``'s.
    Raises DataError for values that are not finite.
    """
    clear = image.info.get("transparency")
    clear = clear * step if isinstance(clear, int) and image.mode != "P" else None
    if is_deep(image):
        convert = _scaling(image, clear, where)
    elif image.mode in ("1", "L"):
        convert = _grey(clear)
    else:
        convert = _laid_on_black if image.has_transparency_data and not _is_void(image) else _rgb
    channels = () if is_deep(image) or is_grey(image) else (3,)
    made = np.empty((image.height, image.width, *channels), np.uint8)
    for top, strip in _strips(image):
        pixels = convert(strip)
        made[top : top + strip.height] = pixels if pixels.ndim == made.ndim else pixels[..., 0]
    return made


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """The pixels as they are to be shown by an EXIF orientation, 1 to 8: turned and mirrored."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)  # 5: mirrored at the diagonal; the others after it
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _stored_mode(image: Image.Image) -> str:
    """The mode that the file stores, by Pillow's name, such as "L;4"."""
    tiles = getattr(image, "tile", ())
    return str(tiles[0][3]) if tiles else ""


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image in strips of its whole width, each with its first row."""
    rows = max(1, STRIP // max(image.width, 1))
    for top in range(0, image.height, rows):
        yield top, image if rows >= image.height else image.crop((0, top, image.width, min(top + rows, image.height)))


def _scaling(image: Image.Image, clear: int | None, where: str) -> Callable[[Image.Image], Array]:
    """From the image's range to 0 .. 255."""
    low, high = np.inf, -np.inf
    for _, strip in _strips(image):
        values = np.asarray(strip)
        shown = values if clear is None else values[values != clear]
        if not np.isfinite(shown).all():
            raise DataError("holds values that are not finite", where=where, remedy="Save it as 8-bit grey.")
        if shown.size:
            low, high = min(low, float(shown.min())), max(high, float(shown.max()))

    def convert(strip: Image.Image) -> Array:
        values = np.asarray(strip, dtype=np.float64)
        scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
        if clear is not None:
            scaled[values == clear] = 0
        return np.round(scaled).astype(np.uint8)

    return convert


def _grey(clear: int | None) -> Callable[[Image.Image], Array]:
    def convert(strip: Image.Image) -> Array:
        grey = np.asarray(strip if strip.mode == "L" else strip.convert("L"), dtype=np.uint8)
        return grey if clear is None else np.where(grey == clear, 0, grey)

    return convert


def _laid_on_black(strip: Image.Image) -> Array:
    black = Image.new("RGBA", strip.size, (0, 0, 0, 255))
    return np.asarray(Image.alpha_composite(black, strip.convert("RGBA")).convert("RGB"))


def _rgb(strip: Image.Image) -> Array:
    return np.asarray(strip if strip.mode == "RGB" else strip.convert("RGB"), dtype=np.uint8)


def _is_void(image: Image.Image) -> bool:
    """Whether it is a BMP all of whose alpha is 0: a byte that programs leave unused; viewers take it for opaque."""
    return image.format in ("BMP", "DIB") and image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0)
