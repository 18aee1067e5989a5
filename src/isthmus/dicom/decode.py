"""The stored samples of one frame: by transfer syntax, each by the decoder that was chosen for it (decision 97)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom.uid as uids
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from isthmus.dicom.codestream import J2K, JPEG, LOSSLESS, LS, Codestream, codestream_of
from isthmus.dicom.fragments import content_of, frame_fragments
from isthmus.dicom.header import AGAIN, UNDEFINED, Opened, Place
from isthmus.dicom.layout import EXPORT, Layout
from isthmus.errors import DataError

Samples = npt.NDArray[Any]  # uint8 or uint16 as stored, (rows, columns) or (rows, columns, 3)

NATIVE = (
    uids.ImplicitVRLittleEndian,
    uids.ExplicitVRLittleEndian,
    uids.ExplicitVRBigEndian,
    uids.DeflatedExplicitVRLittleEndian,
)
# Transfer syntax -> what its frames are.
CODES: Mapping[UID, str] = {
    **dict.fromkeys((uids.JPEGBaseline8Bit, uids.JPEGExtended12Bit), JPEG),
    **dict.fromkeys((uids.JPEGLossless, uids.JPEGLosslessSV1), LOSSLESS),
    **dict.fromkeys((uids.JPEGLSLossless, uids.JPEGLSNearLossless), LS),
    **dict.fromkeys(
        (uids.JPEG2000Lossless, uids.JPEG2000, uids.HTJ2KLossless, uids.HTJ2KLosslessRPCL, uids.HTJ2K), J2K
    ),
    uids.RLELossless: "RLE",
}
# The plugin of pydicom for what Pillow doesn't decode.
PLUGINS = {LS: "pyjpegls", J2K: "pylibjpeg"}
RLE_HEAD = 64
SMALL = 1 << 16


@dataclass(frozen=True, eq=False)
class Decoded:
    """The samples of one frame as they are stored, ``colours`` of three: "RGB" or "YBR" where the compressed picture
    tells or its decoder converted them, else "". ``frames`` is how many the file holds; ``stored`` is their bits."""

    samples: Samples
    colours: str
    frames: int
    stored: int


def decode(file: Opened, layout: Layout, page: int) -> Decoded:
    """The samples of frame ``page``, from 1 on; no other is decoded. Raises DataError."""
    place, where = file.place, file.where
    assert place is not None  # layout_of refuses such a file
    if file.syntax not in CODES and file.syntax not in NATIVE:
        raise DataError(f"is {_named(file.syntax)}, which is not read", where=where, remedy=EXPORT)
    native = file.syntax in NATIVE
    if native and place.length == UNDEFINED:
        what = f"its pixels are compressed, which its transfer syntax ({_named(file.syntax)}) denies"
        raise DataError(what, where=where, remedy=AGAIN)
    if not native and place.length != UNDEFINED:
        what = f"its pixels are not compressed, which its transfer syntax ({_named(file.syntax)}) denies"
        raise DataError(what, where=where, remedy=AGAIN)
    return _native(file, place, layout, page) if native else _compressed(file, place, layout, page)


def _named(syntax: UID) -> str:
    return syntax.name.partition(" (")[0] if syntax.name != syntax else f"in transfer syntax {syntax}"


def refuse_page(page: int, frames: int, where: str) -> None:
    """Raises DataError for a frame that isn't there."""
    if not 1 <= page <= frames:
        what = f"has {frames} frame{'' if frames == 1 else 's'}, no frame {page}"
        raise DataError(what, where=where, remedy="Give a frame that it has.")


def _native(file: Opened, place: Place, layout: Layout, page: int) -> Decoded:
    if layout.halved and place.length >= layout.rows * layout.columns * 3 * layout.frames:
        layout = replace(layout, photometric="YBR_FULL")  # three samples for every pixel, whatever is stated
    if layout.halved and layout.columns % 2:
        raise DataError("has colours for two pixels each in an odd number of columns", where=file.where, remedy=EXPORT)
    size, stream = layout.frame_bytes, file.stream
    if place.start + place.length > stream.size:
        held = max(0, stream.size - place.start)
        what = f"is cut short: it states {place.length:,} bytes of pixels and holds {held:,}"
        raise DataError(what, where=file.where, remedy=AGAIN)
    if place.length < size * layout.frames:
        held = place.length // size
        stated = f"{layout.frames} frame{'' if layout.frames == 1 else 's'} of {size:,} bytes"
        raise DataError(f"states {stated} and holds {held}", where=file.where, remedy=AGAIN)
    refuse_page(page, layout.frames, file.where)
    big = file.syntax == uids.ExplicitVRBigEndian
    start = size * (page - 1)
    swapped = big and layout.allocated == 8 and place.vr == "OW"  # bytes are stored in pairs
    first, last = (start - start % 2, start + size + (start + size) % 2) if swapped else (start, start + size)
    stream.seek(place.start + first)
    content = stream.read(last - first)
    if swapped:
        pairs = np.frombuffer(content, np.uint8)[: len(content) // 2 * 2].reshape(-1, 2)[:, ::-1]
        content = pairs.tobytes()[start - first : start - first + size]
    if len(content) < size:
        raise DataError("is cut short in its pixels", where=file.where, remedy=AGAIN)
    kind = np.uint8 if layout.allocated == 8 else np.dtype(">u2" if big else "<u2")
    flat = np.frombuffer(content, kind).astype(np.uint8 if layout.allocated == 8 else np.uint16)
    return Decoded(_arranged(flat, layout), "", place.length // size, layout.stored)


def _arranged(flat: Samples, layout: Layout) -> Samples:
    rows, columns = layout.rows, layout.columns
    if layout.samples == 1:
        return flat.reshape(rows, columns)
    if layout.halved:  # Y Y Cb Cr for two pixels
        four = flat.reshape(-1, 4)
        pixels = np.empty((len(four), 2, 3), flat.dtype)
        pixels[..., 0], pixels[..., 1:] = four[:, :2], four[:, None, 2:]
        return pixels.reshape(rows, columns, 3)
    if layout.planar:
        return np.ascontiguousarray(np.moveaxis(flat.reshape(3, rows, columns), 0, -1))
    return flat.reshape(rows, columns, 3)


def _compressed(file: Opened, place: Place, layout: Layout, page: int) -> Decoded:
    frames = frame_fragments(file, place, layout.frames)
    refuse_page(page, layout.frames, file.where)
    # No code makes a picture twice as large; small ones have headers.
    uncompressed = layout.rows * layout.columns * layout.samples * layout.allocated // 8
    content = content_of(file, frames[page - 1], 2 * uncompressed + SMALL)
    kind = CODES[file.syntax]
    if kind == "RLE":
        return Decoded(_rle(content, layout, file.where), "", len(frames), layout.stored)
    stream = codestream_of(content)
    _refuse_other(stream, kind, layout, file)
    assert stream is not None  # refused else
    decoder: Callable[..., tuple[Samples, str]] = _pillow if kind in (JPEG, LOSSLESS) else _plugin
    try:
        samples, colours = decoder(content, stream, layout, file.syntax)
    except MemoryError:
        raise DataError("there is too little memory left to decode it", where=file.where, remedy=AGAIN) from None
    except DataError:
        raise
    except Exception as error:  # decoders raise whatever they stumble over
        raise DataError(f"its {kind} is damaged or cut short ({error})", where=file.where, remedy=AGAIN) from error
    return Decoded(samples, colours, len(frames), stream.precision)


def _refuse_other(stream: Codestream | None, kind: str, layout: Layout, file: Opened) -> None:
    """Raises DataError where a compressed picture isn't what the header says: a decoder would make its size of it."""
    if stream is None:
        raise DataError(f"its pixels are no {kind}, or damaged", where=file.where, remedy=AGAIN)
    if stream.kind != kind:
        what = f"its pixels are {stream.kind}; its transfer syntax says {_named(file.syntax)}"
        raise DataError(what, where=file.where, remedy=EXPORT)
    size, stated = (stream.columns, stream.rows), (layout.columns, layout.rows)
    if size != stated:
        what = f"its {kind} is {size[0]} x {size[1]} pixels; its header says {stated[0]} x {stated[1]}"
        raise DataError(what, where=file.where, remedy=EXPORT)
    if kind in (JPEG, LOSSLESS) and stream.precision != 8:
        what = f"its {kind} has {stream.precision} bits a sample; 8 are read"
        raise DataError(what, where=file.where, remedy=EXPORT)
    if stream.samples != layout.samples or stream.precision > layout.allocated:
        what = f"its {kind} has {stream.samples} samples of {stream.precision} bits a pixel"
        said = f"{layout.samples} of {layout.allocated}"
        raise DataError(f"{what}; its header says {said}", where=file.where, remedy=EXPORT)


def _pillow(content: bytes, stream: Codestream, layout: Layout, syntax: UID) -> tuple[Samples, str]:
    """JPEG of 8 bits, lossless or not, its components as they are stored: libjpeg converts none of them.

    Of lossless ones it never does, and their colours are what the header says.
    """
    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        lossless = CODES[syntax] == LOSSLESS
        if stream.samples == 3 and not lossless and not stream.taken_for_rgb:
            image.draft("YCbCr", image.size)
        image.load()
        return np.array(image), "" if lossless else stream.colours


def _plugin(content: bytes, stream: Codestream, layout: Layout, syntax: UID) -> tuple[Samples, str]:
    kind = CODES[syntax]
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "samples_per_pixel": layout.samples,
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "pixel_representation": int(layout.signed),
        "photometric_interpretation": "RGB" if layout.samples == 3 and kind != J2K else layout.photometric,
        "planar_configuration": 0,
        "number_of_frames": 1,
    }
    samples, properties = get_decoder(syntax).as_array(
        encapsulate([content], has_bot=False), index=0, raw=True, decoding_plugin=PLUGINS[kind], **options
    )
    converted = properties["photometric_interpretation"] == "RGB" and kind == J2K
    unsigned = samples.view(np.uint8 if samples.itemsize == 1 else np.uint16)
    return unsigned, "RGB" if converted else stream.colours


def _rle(content: bytes, layout: Layout, where: str) -> Samples:
    """RLE (PS3.5 Annex G): a segment a byte of a sample, the high byte first; Pillow unpacks it within its size."""
    pixels, width = layout.rows * layout.columns, layout.allocated // 8
    count = layout.samples * width
    offsets = np.frombuffer(content[:RLE_HEAD].ljust(RLE_HEAD, b"\0"), "<u4")
    starts = [int(offset) for offset in offsets[1 : 1 + count]]
    if int(offsets[0]) != count or starts != sorted(starts) or starts[0] < RLE_HEAD or starts[-1] >= len(content):
        what = f"its RLE is damaged: {offsets[0]} segments, {count} are needed"
        raise DataError(what, where=where, remedy=AGAIN)
    planes = np.empty((count, pixels), np.uint8)
    for plane, start, end in zip(planes, starts, [*starts[1:], len(content)], strict=True):
        try:
            row = Image.frombytes("L", (pixels, 1), content[start:end], "packbits", "L")
        except Exception as error:  # ValueError, and what else a decoder raises
            raise DataError(f"its RLE is damaged or cut short ({error})", where=where, remedy=AGAIN) from error
        plane[:] = np.asarray(row)[0]
    samples = planes.reshape(layout.samples, width, pixels)
    whole = samples[:, 0] if width == 1 else samples[:, 0].astype(np.uint16) << 8 | samples[:, 1]
    return np.ascontiguousarray(whole.T.reshape(layout.rows, layout.columns, *((3,) if layout.samples == 3 else ())))
