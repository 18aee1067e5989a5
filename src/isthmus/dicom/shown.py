"""Stored samples to what a viewer shows: uint8 grey or RGB (PS3.3 C.7.6.3, C.11.1, C.11.2; PS3.4 N.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from isthmus.dicom.decode import Decoded, Samples
from isthmus.dicom.header import AGAIN
from isthmus.dicom.layout import PALETTE, Layout
from isthmus.errors import DataError
from isthmus.nodule import Pixels

Floats = npt.NDArray[np.float64]
LOOKED_AT = 100_000  # pixels that tell whether colours are what they are called
CALLED = {"RGB": "RGB", "YBR": "YCbCr"}


def as_shown(decoded: Decoded, layout: Layout, header: Dataset, where: str) -> tuple[Pixels, tuple[str, ...]]:
    """The frame as a viewer shows it, and what was done against its header's word. Raises DataError."""
    if layout.photometric == PALETTE:
        return _palette(decoded.samples, layout, header, where), ()
    if layout.samples == 1:
        return _grey(decoded, layout, header, where), ()
    return _coloured(decoded, layout)


def _palette(samples: Samples, layout: Layout, header: Dataset, where: str) -> Pixels:
    """The colours of the palette; of tables of 16 bits the upper 8, as of other deep colours."""
    codes = _codes(layout.allocated, layout.allocated, layout.allocated - 1, False)
    try:
        table = np.asarray(apply_color_lut(codes, header))[:, :3]
    except Exception as error:  # pydicom raises whatever its parser stumbles over
        raise DataError(f"its palette is missing or damaged ({error})", where=where, remedy=AGAIN) from error
    if table.dtype.itemsize > 1:
        table = table >> 8 if table.max(initial=0) > 255 else table  # some write 8 bits into 16
    return table.astype(np.uint8)[samples]


def _codes(allocated: int, stored: int, high: int, signed: bool) -> npt.NDArray[np.int64]:
    """What each of the 256 or 65,536 stored patterns of bits means."""
    patterns = np.arange(1 << allocated) >> (high - stored + 1) & ((1 << stored) - 1)
    return np.where(patterns >> (stored - 1) > 0, patterns - (1 << stored), patterns) if signed else patterns


def _grey(decoded: Decoded, layout: Layout, header: Dataset, where: str) -> Pixels:
    """Modality and VOI transformation, as a table of all that a sample can be; MONOCHROME1 is inverted."""
    samples, stored = decoded.samples, layout.stored
    allocated = 8 * samples.itemsize
    stored = min(stored, allocated)
    codes = _codes(allocated, stored, min(layout.high, allocated - 1), layout.signed)
    there = np.zeros(len(codes), bool)
    there[samples.reshape(-1)] = True
    try:
        with np.errstate(all="ignore"):
            values = _modality(codes, header)
            table = _voi(values, header)
            if table is None:
                # Up to 8 bits all that can be stored, of more what the frame holds, as of any deep grey picture.
                used = values if stored <= 8 else values[there]
                low, high = float(used.min()), float(used.max())
                table = (values - low) / (high - low) if high > low else np.zeros_like(values)
    except Exception as error:
        raise DataError(f"its grey tables are damaged ({error})", where=where, remedy=AGAIN) from error
    if not np.isfinite(table[there]).all():
        raise DataError("its grey tables give values that are no numbers", where=where, remedy=AGAIN)
    if layout.photometric == "MONOCHROME1":
        table = 1 - table
    return np.round(np.nan_to_num(table).clip(0, 1) * 255).astype(np.uint8)[samples]


def _modality(codes: npt.NDArray[np.int64], header: Dataset) -> Floats:
    return np.asarray(apply_modality_lut(codes, header), np.float64)


def _voi(values: Floats, header: Dataset) -> Floats | None:
    """0 .. 1 by the first VOI table or window; None without one that can be used."""
    if header.get("VOILUTSequence"):
        item = header.VOILUTSequence[0]
        bits = int(item.LUTDescriptor[2])
        whole = np.round(values).clip(-(1 << 15), (1 << 16) - 1).astype(np.int64)
        return np.asarray(apply_voi(whole, header), np.float64) / ((1 << bits) - 1)
    centre, width = _first(header.get("WindowCenter")), _first(header.get("WindowWidth"))
    if centre is None or width is None:
        return None
    match str(header.get("VOILUTFunction") or "LINEAR").strip().upper():
        case "SIGMOID" if width > 0:
            table: Floats = 1 / (1 + np.exp((-4 * (values - centre) / width).clip(-700, 700)))
        case "LINEAR_EXACT" if width > 0:
            table = (values - centre) / width + 0.5
        case _ if width > 1:
            table = (values - (centre - 0.5)) / (width - 1) + 0.5
        case _ if width == 1:
            table = (values > centre - 0.5).astype(np.float64)
        case _:
            return None
    return table


def _first(value: Any) -> float | None:
    """The first of one or several numbers; None where there is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value[0])
    except (TypeError, ValueError, IndexError):
        return None


def _coloured(decoded: Decoded, layout: Layout) -> tuple[Pixels, tuple[str, ...]]:
    samples = decoded.samples
    if samples.itemsize > 1:
        shift = max(0, min(layout.stored, 16) - 8)
        samples = (samples >> shift).clip(0, 255).astype(np.uint8)
    converted = layout.photometric in ("YBR_RCT", "YBR_ICT") and decoded.colours == "RGB"
    stated = "YBR" if layout.photometric.startswith("YBR_FULL") else "RGB"
    actual = decoded.colours or _seen(samples) or stated
    pixels = rgb_of(samples) if actual == "YBR" else samples
    if converted or actual == stated:
        return pixels, ()
    told = "by its JPEG's own markers" if decoded.colours else "as a grey picture shows"
    return pixels, (f"its header calls its colours {layout.photometric}; they are {CALLED[actual]}, {told}",)


def _seen(samples: Pixels) -> str:
    """ "RGB" or "YBR" where a picture that is mostly grey is so in one of them alone; "" where nothing tells."""
    flat = samples.reshape(-1, 3)
    some = flat[:: max(1, len(flat) // LOOKED_AT)].astype(np.int16)
    grey = float((np.ptp(some, axis=1) <= 12).mean())
    without_colour = float((np.abs(some[:, 1:] - 128).max(axis=1) <= 6).mean())
    # Of a grey picture in one of them only its middle grey is without colour in the other.
    if without_colour > 0.5 and grey < 0.25:
        return "YBR"
    return "RGB" if grey > 0.5 and without_colour < 0.25 else ""


def rgb_of(ybr: Pixels) -> Pixels:
    """YBR_FULL, uint8 (rows, columns, 3), as RGB (PS3.3 C.7.6.3.1.2)."""
    rows, columns, _ = ybr.shape
    image = Image.frombytes("YCbCr", (columns, rows), ybr.tobytes())
    return np.array(image.convert("RGB"))
