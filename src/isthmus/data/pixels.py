"""Any image file or bytes to a Frame: the one decoder of the house."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from isthmus.errors import DataError
from isthmus.nodule import Frame

MOST_PIXELS_A_SIDE = 16_384
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")  # no format whose decoder runs another program
IMAGE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


def is_image(path: Path) -> bool:
    """Whether the file's name ends as an image's does."""
    return path.suffix.lower() in IMAGE_ENDINGS and not path.name.startswith(".")


def read_frame(source: Path | bytes, origin: str = "") -> Frame:
    """Decodes an image: uint8, (height, width) if the file is grey, else (height, width, 3) RGB.

    16-bit grey is scaled to 8 bits by its own range; transparency is laid on black; a palette is resolved.
    Raises DataError if the file is missing, no image, cut short, or larger than 16,384 pixels a side.
    """
    where = origin or (str(source) if isinstance(source, Path) else "image")
    try:
        content = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise DataError(f"can't read: {error.strerror}", where=where, remedy="Check the path.") from error
    if not content:
        raise DataError("is empty (0 bytes)", where=where, remedy="Copy the file again from its source.")
    return Frame(_decode(content, where), origin=where)


def _decode(content: bytes, where: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata; pixels that can't be trusted raise
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                _refuse_giant(image.size, where)
                image.load()
                return _as_uint8(image)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError("is not an image", where=where, remedy="Repair or remove the file.") from None
    except Image.DecompressionBombError:
        raise DataError("is too large to decode safely", where=where, remedy="Scale it down first.") from None
    except Exception as error:  # Pillow's decoders raise whatever their parsers stumble over, even TypeError
        raise DataError(
            f"is damaged or cut short ({error})", where=where, remedy="Copy the file again from its source."
        ) from error


def _refuse_giant(size: tuple[int, int], where: str) -> None:
    if max(size) > MOST_PIXELS_A_SIDE:
        raise DataError(
            f"is {size[0]} x {size[1]} pixels; at most {MOST_PIXELS_A_SIDE} a side are read",
            where=where,
            remedy="Scale it down or cut the frame out first.",
        )


def _as_uint8(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        values = np.asarray(image, dtype=np.float64)
        low, high = float(values.min()), float(values.max())
        if not np.isfinite(high - low):
            raise ValueError("holds values that are not finite")
        scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
        return np.round(scaled).astype(np.uint8)
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"), dtype=np.uint8)
    if "A" in image.getbands() or "transparency" in image.info:
        coloured = image.convert("RGBA")
        return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), coloured).convert("RGB"))
    return np.asarray(image.convert("RGB"), dtype=np.uint8)
