"""Ultrasound images as DICOM, out of noise: one picture in every transfer syntax, and headers that lie."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pydicom.uid as uids
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

ULTRASOUND, CLIP = uids.UltrasoundImageStorage, uids.UltrasoundMultiFrameImageStorage
ROWS, COLUMNS = 48, 64
NATIVE = (
    uids.ImplicitVRLittleEndian,
    uids.ExplicitVRLittleEndian,
    uids.ExplicitVRBigEndian,
    uids.DeflatedExplicitVRLittleEndian,
)
LOSSLESS = (
    uids.RLELossless,
    uids.JPEGLossless,
    uids.JPEGLosslessSV1,
    uids.JPEGLSLossless,
    uids.JPEG2000Lossless,
)
LOSSY = (uids.JPEGBaseline8Bit, uids.JPEGExtended12Bit, uids.JPEGLSNearLossless, uids.JPEG2000)


def grey(seed: int = 0, bits: int = 8) -> np.ndarray[Any, Any]:
    """Smooth noise that reaches from black to white, uint8 or uint16 (48, 64)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((COLUMNS, ROWS), Image.Resampling.BICUBIC), np.float64)
    whole = (smooth - smooth.min()) / np.ptp(smooth) * ((1 << bits) - 1)
    return np.round(whole).astype(np.uint8 if bits == 8 else np.uint16)


def coloured(seed: int = 0) -> np.ndarray[Any, Any]:
    """Three unlike channels, uint8 (48, 64, 3)."""
    return np.stack([grey(seed), grey(seed + 1), grey(seed + 2)], axis=-1)


def sonogram(seed: int = 0) -> np.ndarray[Any, Any]:
    """As an ultrasound machine shows it: grey in RGB, with a little that is coloured, uint8 (48, 64, 3)."""
    pixels = np.repeat(grey(seed)[..., None], 3, axis=-1)
    pixels[:3, :6] = (30, 90, 200)
    return pixels


def region(box: Sequence[int] = (8, 4, 55, 43), **changes: Any) -> Dataset:
    """A region of two-dimensional tissue, x0 y0 x1 y1 inclusive, .02 cm across and .01 cm down; ``changes`` by
    keyword."""
    item = Dataset()
    for name, side in zip(("MinX0", "MinY0", "MaxX1", "MaxY1"), box, strict=True):
        setattr(item, f"RegionLocation{name}", side)
    stated: Mapping[str, Any] = {
        "RegionSpatialFormat": 1,
        "RegionDataType": 1,
        "RegionFlags": 2,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.02,
        "PhysicalDeltaY": 0.01,
    } | changes
    for keyword, value in stated.items():
        if value is not None:
            setattr(item, keyword, value)
    return item


def header(frames: Sequence[np.ndarray[Any, Any]], syntax: UID, photometric: str = "", **changes: Any) -> FileDataset:
    """The header of a file of these frames, without pixels; ``changes`` by keyword, None takes an element out."""
    first = frames[0]
    samples = 3 if first.ndim == 3 else 1
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ULTRASOUND if len(frames) == 1 else CLIP
    meta.MediaStorageSOPInstanceUID = UID("1.2.826.0.1.3680043.8.498.1")
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = UID("1.2.826.0.1.3680043.8.498.2")
    made = FileDataset(None, {}, bytes(128), meta, syntax.is_implicit_VR, syntax.is_little_endian)
    stated: Mapping[str, Any] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "StudyInstanceUID": UID("1.2.826.0.1.3680043.8.498.3"),
        "SeriesInstanceUID": UID("1.2.826.0.1.3680043.8.498.4"),
        "Modality": "US",
        "PatientID": "P1",
        "SamplesPerPixel": samples,
        "PhotometricInterpretation": photometric or ("RGB" if samples == 3 else "MONOCHROME2"),
        "PlanarConfiguration": 0 if samples == 3 else None,
        "Rows": first.shape[0],
        "Columns": first.shape[1],
        "BitsAllocated": 8 * first.itemsize,
        "BitsStored": 8 * first.itemsize,
        "HighBit": 8 * first.itemsize - 1,
        "PixelRepresentation": 0,
        "NumberOfFrames": len(frames) if len(frames) > 1 else None,
    } | changes
    for keyword, value in stated.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def written(dataset: FileDataset) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def native(
    *frames: np.ndarray[Any, Any], syntax: UID = uids.ExplicitVRLittleEndian, photometric: str = "", **changes: Any
) -> bytes:
    """A file of uncompressed frames, stored as they are: nothing is converted."""
    made = header(frames, syntax, photometric, **changes)
    big = syntax == uids.ExplicitVRBigEndian
    content = b"".join((frame.byteswap() if big else frame).tobytes() for frame in frames)
    made.add_new("PixelData", "OB" if made.BitsAllocated == 8 else "OW", content + b"\0" * (len(content) % 2))
    return written(made)


def compressed(
    codes: Sequence[bytes], like: np.ndarray[Any, Any], syntax: UID, photometric: str = "", **changes: Any
) -> bytes:
    """A file of frames that are compressed already."""
    made = header([like] * len(codes), syntax, photometric, **changes)
    made.add_new("PixelData", "OB", encapsulate(list(codes)))
    made["PixelData"].is_undefined_length = True
    return written(made)


def in_syntax(frame: np.ndarray[Any, Any], syntax: UID, **changes: Any) -> bytes:
    """One frame, in any transfer syntax that there is an encoder for; of JPEG see ``jpeg``."""
    if syntax in NATIVE:
        return native(frame, syntax=syntax, **changes)
    if syntax in (uids.JPEGBaseline8Bit, uids.JPEGExtended12Bit):
        return compressed([jpeg(frame)], frame, syntax, "YBR_FULL_422" if frame.ndim == 3 else "", **changes)
    if syntax in (uids.JPEGLossless, uids.JPEGLosslessSV1):
        return compressed([lossless_jpeg(frame)], frame, syntax, **changes)
    made = header([frame], syntax, "", **changes)
    options: dict[str, Any] = {"jls_error": 2} if syntax == uids.JPEGLSNearLossless else {}
    if syntax == uids.JPEG2000:
        options = {"j2k_cr": [4]}
    if syntax in (uids.JPEG2000, uids.JPEG2000Lossless) and frame.ndim == 3:
        made.PhotometricInterpretation = "YBR_ICT" if syntax == uids.JPEG2000 else "YBR_RCT"
    about = {
        "rows": frame.shape[0],
        "columns": frame.shape[1],
        "samples_per_pixel": made.SamplesPerPixel,
        "bits_allocated": made.BitsAllocated,
        "bits_stored": made.BitsStored,
        "pixel_representation": 0,
        "photometric_interpretation": made.PhotometricInterpretation,
        "number_of_frames": 1,
        "planar_configuration": 0,
    }
    code = get_encoder(syntax).encode(frame.tobytes(), index=0, **about, **options)
    return compressed([code], frame, syntax, made.PhotometricInterpretation, **changes)


def jpeg(frame: np.ndarray[Any, Any], **options: Any) -> bytes:
    """A JPEG as Pillow writes it: YCbCr with half the colours and a JFIF marker, unless ``options`` say otherwise."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", **({"quality": 95} | options))
    return buffer.getvalue()


def without_markers(code: bytes) -> bytes:
    """A JPEG without its JFIF and Adobe markers, as many devices write it."""
    at, kept = 2, code[:2]
    while code[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(code[at + 2 : at + 4])
        kept += b"" if code[at + 1] in (0xE0, 0xEE) else code[at:end]
        at = end
    return kept + code[at:]


def lossless_jpeg(frame: np.ndarray[Any, Any], names: bytes = b"\1\2\3") -> bytes:
    """A lossless JPEG (T.81 Annex H), each sample predicted by the one to its left; all of 17 categories in 5 bits."""
    bits, deep = 8 * frame.itemsize, frame if frame.ndim == 3 else frame[..., None]
    rows, columns, samples = deep.shape
    values = deep.astype(np.int64)
    left = np.empty_like(values)
    left[:, 1:] = values[:, :-1]
    left[1:, 0] = values[:-1, 0]  # the first of a row is predicted by the one above
    left[0, 0] = 1 << (bits - 1)
    steps = (values - left + 32768) % 65536 - 32768
    stream = "".join(map(_step, steps.reshape(-1).tolist()))
    stream += "1" * (-len(stream) % 8)
    scan = int(stream, 2).to_bytes(len(stream) // 8).replace(b"\xff", b"\xff\0")
    shape = bytes([bits, *rows.to_bytes(2), *columns.to_bytes(2), samples])
    shape += b"".join(bytes([name, 0x11, 0]) for name in names[:samples])
    codes = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    begin = bytes([samples, *(one for name in names[:samples] for one in (name, 0)), 1, 0, 0])
    segments = ((0xC3, shape), (0xC4, codes), (0xDA, begin))
    parts = b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body for marker, body in segments)
    return b"\xff\xd8" + parts + scan + b"\xff\xd9"


def _step(step: int) -> str:
    category = abs(step).bit_length()
    if category in (0, 16):
        return f"{category:05b}"
    return f"{category:05b}{step if step > 0 else step + (1 << category) - 1:0{category}b}"
