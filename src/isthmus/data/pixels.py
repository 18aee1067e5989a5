"""Any image file or bytes to a Frame, as a viewer shows it: the one decoder of the house.

The page is chosen, its transparency laid on black, its orientation applied. Colour profiles and gamma are not applied.
What is cut short, or has a checksum that is wrong, is refused. A decoder can't know more than its format checks: a JPEG
has no checksum, and of bits flipped in its scan nearly all decode without an error, to another picture.
"""

from __future__ import annotations

import contextlib
import io
import stat
import warnings
from dataclasses import replace
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

from isthmus.data import decode_memory, file_kinds, image_modes
from isthmus.data.decode_memory import MOST_PIXELS_A_SIDE
from isthmus.data.dicom_files import dicom_frame
from isthmus.errors import DataError
from isthmus.nodule import Frame, ImageRef
from isthmus.text import printable

__all__ = ["FORMATS", "IMAGE_ENDINGS", "MOST_PIXELS_A_SIDE", "is_image", "read_frame", "read_picture"]

FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP")  # no format whose decoder runs another program
IMAGE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".bmp", ".dib", ".tif", ".tiff", ".webp"}
    | {".dcm", ".dicom", ".ima"}
)
ORIENTATIONS = range(1, 9)  # EXIF's; 1 is upright
WHITE_IS_ZERO = 0


def is_image(path: Path) -> bool:
    """Whether the file's name ends as an image's does, be it of a kind that ``read_frame`` refuses by name.

    A name without an ending, or that ends in a number as a UID does, is an image's if the file is DICOM.
    """
    ending = path.suffix.lower()
    if path.name.startswith("."):
        return False
    if not ending or ending[1:].isdigit():
        return file_kinds.is_dicom_file(path)
    return ending in IMAGE_ENDINGS or ending in file_kinds.UNREAD_ENDINGS


def read_frame(source: Path | str | bytes, origin: str = "", page: int = 1) -> Frame:
    """Decodes an image, a file by its path or its bytes, as it is shown: uint8, (height, width) if the file is grey,
    else (height, width, 3) RGB.

    ``page`` counts from 1; TIFF, APNG, WebP and DICOM may have several. The orientation is applied, transparency laid
    on black, a palette resolved. Grey of more than 8 bits is scaled by its range; of 16-bit colours the upper 8 bits
    are read. Raises DataError if the file is missing, no image that is read, cut short, without that page, larger than
    16,384 pixels a side, or would take more than 768 MiB to decode.
    """
    source = Path(source) if isinstance(source, str) else source
    where = origin or (printable(source) if isinstance(source, Path) else "image")
    content = _content(source, where) if isinstance(source, Path) else source
    if content is None or file_kinds.is_dicom(content):
        return dicom_frame(source, where, page)
    if not content:
        raise DataError("is empty (0 bytes)", where=where, remedy=file_kinds.AGAIN)
    return _decode(content, where, page)


def read_picture(picture: ImageRef, origin: str = "") -> Frame:
    """Decodes one picture, a page of its file, as ``read_frame`` does. Raises DataError."""
    return read_frame(picture.path, origin, picture.page)


def _content(path: Path, where: str) -> bytes | None:
    """The bytes of a file; None of a DICOM file, of which only a part is read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
            raise DataError(f"can't read: it is {what}", where=where, remedy="Give an image file.")
        with path.open("rb") as file:
            head = file.read(file_kinds.HEAD)
            if file_kinds.is_dicom(head):
                return None
            if head and not file_kinds.read_kind(head):
                raise _unidentified(head, where)
            decode_memory.refuse_large_file(status.st_size, where)
            return head + file.read()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        what = getattr(error, "strerror", None) or str(error)
        raise DataError(f"can't read: {what}", where=where, remedy="Check the path.") from error
    except MemoryError:
        raise decode_memory.no_memory("the file", where) from None


def _decode(content: bytes, where: str, page: int) -> Frame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            decode_memory.refuse_large_webp(content, where)
            stored, orientation = _loaded(content, where, page)
        return replace(stored, pixels=image_modes.turned(stored.pixels, orientation))
    except DataError:
        raise
    except UnidentifiedImageError:
        raise _unidentified(content[: file_kinds.HEAD], where) from None
    except Image.DecompressionBombError:
        raise decode_memory.too_large(f"has more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels", where) from None
    except MemoryError:
        raise decode_memory.no_memory("it", where) from None
    except Exception as error:  # Pillow's decoders raise whatever their parsers stumble over, even TypeError
        raise DataError(f"is damaged or cut short ({error})", where=where, remedy=file_kinds.AGAIN) from error


def _unidentified(head: bytes, where: str) -> DataError:
    if (kind := file_kinds.kind_of(head)) is not None:
        return DataError(f"is {kind}, which is not read", where=where, remedy=kind.remedy)
    if name := file_kinds.read_kind(head):
        what = f"is {name} that is damaged, or of a variety that is not read"
        return DataError(what, where=where, remedy="Open it in a viewer and save it as PNG, or copy it again.")
    return DataError("is not an image of a kind that is known", where=where, remedy="Repair or remove the file.")


def _loaded(content: bytes, where: str, page: int) -> tuple[Frame, int]:
    """A page as it is stored, and the orientation that is still to be applied to it."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        pages = _pages(image, content)
        if not 1 <= page <= pages:
            what = f"has {pages} page{'' if pages == 1 else 's'}, no page {page}"
            raise DataError(what, where=where, remedy="Give a page that it has.")
        if page > 1:
            image.seek(page - 1)
        decode_memory.refuse_large(image, len(content), where)
        image_modes.refuse_colours(image, where)
        tags = dict(getattr(image, "tag_v2", {}))
        step = image_modes.stored_grey(image)
        image.info.pop("xmp", None)  # else the decoder of TIFF turns by it, which viewers don't
        image.load()
        pixels = image_modes.as_bytes(image, step, where)
        if tags.get(ExifTags.Base.PhotometricInterpretation) == WHITE_IS_ZERO and image_modes.is_deep(image):
            pixels = 255 - pixels  # Pillow does so for 8 bits only
        left = _oriented(image)
        stated = _valid(tags.get(ExifTags.Base.Orientation)) if image.format == "TIFF" else left
        return Frame(pixels, where, page, pages, stated), left


def _pages(image: Image.Image, content: bytes) -> int:
    """How many pages there are. Of a JPEG always one: its further pictures are previews, which no viewer shows."""
    if image.format in ("PNG", "WEBP"):
        return int(getattr(image, "n_frames", 1))
    if image.format != "TIFF":
        return 1
    pages = 1
    with contextlib.suppress(Exception), Image.open(io.BytesIO(content), formats=("TIFF",)) as tiff:
        while True:  # until the end, or a page that can't be reached: the first may be whole all the same
            tiff.seek(pages)
            pages += 1
    return pages


def _oriented(image: Image.Image) -> int:
    """The orientation that a loaded image's EXIF states and its decoder has not applied; a TIFF's decoder may have."""
    with contextlib.suppress(Exception):  # EXIF that can't be read turns no picture
        if image.format == "TIFF":
            return _valid(image.getexif().get(ExifTags.Base.Orientation))
        if not (written := image.info.get("exif")):
            return 1
        exif = Image.Exif()
        exif.load(written)
        return _valid(exif.get(ExifTags.Base.Orientation))
    return 1


def _valid(orientation: object) -> int:
    return orientation if isinstance(orientation, int) and orientation in ORIENTATIONS else 1
