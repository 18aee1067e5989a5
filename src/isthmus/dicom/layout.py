"""How the pixels of a DICOM file are laid out, by its header, checked and within bounds (PS3.3 C.7.6.3)."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from isthmus.dicom.header import AGAIN, FLOATS, Opened
from isthmus.errors import DataError

EXPORT = "Export the frame that shows the nodule as PNG."
GREY = ("MONOCHROME1", "MONOCHROME2")
PALETTE = "PALETTE COLOR"
SAMPLES = {
    **dict.fromkeys((*GREY, PALETTE), 1),
    **dict.fromkeys(("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"), 3),
}


@dataclass(frozen=True)
class Bounds:
    """What may be taken to decode a frame: pixels a side, and bytes."""

    side: int = 16_384
    memory: int = 768 << 20


@dataclass(frozen=True)
class Layout:
    """The pixels of one file: ``frames`` pictures of ``rows`` x ``columns``, ``samples`` a pixel (1 or 3), each in
    ``allocated`` bits (8 or 16), of which ``stored`` up to ``high`` count. ``planar``: colour by plane."""

    rows: int
    columns: int
    samples: int
    allocated: int
    stored: int
    high: int
    signed: bool
    photometric: str
    planar: bool
    frames: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame, uncompressed. Of YBR_FULL_422 two pixels share their colour."""
        pixels = self.rows * self.columns * self.allocated // 8
        return pixels * 2 if self.halved else pixels * self.samples

    @property
    def halved(self) -> bool:
        """Whether two pixels share their colour where the frame is not compressed."""
        return self.photometric == "YBR_FULL_422"


def layout_of(file: Opened, bounds: Bounds) -> Layout:
    """The layout that a header states. Raises DataError for what is missing, impossible, not read or too large."""
    header, where = file.header, file.where
    if file.place is None:
        raise _without_pixels(file)
    if file.place.tag in FLOATS:
        raise DataError("has pixels in floating point, which are not read", where=where, remedy=EXPORT)
    photometric = str(header.get("PhotometricInterpretation") or "").strip().upper()
    samples = _whole(header, "SamplesPerPixel", where, 1, 4, SAMPLES.get(photometric))
    if SAMPLES.get(photometric) != samples:
        what = f"{samples} samples a pixel" if photometric in SAMPLES else "which are not read"
        colours = f"colours in {photometric!r}" if photometric else "no PhotometricInterpretation"
        raise DataError(f"has {colours}, {what}" if photometric else f"states {colours}", where=where, remedy=EXPORT)
    allocated = _whole(header, "BitsAllocated", where, 1, 64)
    if allocated not in (8, 16):
        raise DataError(f"has {allocated} bits a sample; 8 and 16 are read", where=where, remedy=EXPORT)
    stored = _whole(header, "BitsStored", where, 1, allocated, allocated)
    layout = Layout(
        rows=_whole(header, "Rows", where, 1, 65_535),
        columns=_whole(header, "Columns", where, 1, 65_535),
        samples=samples,
        allocated=allocated,
        stored=stored,
        high=_whole(header, "HighBit", where, stored - 1, allocated - 1, stored - 1),
        signed=bool(_whole(header, "PixelRepresentation", where, 0, 1, 0)),
        photometric=photometric,
        planar=bool(_whole(header, "PlanarConfiguration", where, 0, 1, 0)),
        frames=_whole(header, "NumberOfFrames", where, 1, 1 << 31, 1),
    )
    _refuse_large(layout, bounds, where)
    return layout


def _refuse_large(layout: Layout, bounds: Bounds, where: str) -> None:
    size = f"is {layout.columns} x {layout.rows} pixels"
    if max(layout.rows, layout.columns) > bounds.side:
        raise DataError(f"{size}; at most {bounds.side} a side are read", where=where, remedy=EXPORT)
    # Stored, decoded, and as shown; a colour conversion holds two of them.
    needed = layout.rows * layout.columns * layout.samples * (3 * layout.allocated // 8 + 3)
    if needed > bounds.memory:
        what = f"{size}, {needed >> 20} MiB to decode, too large to decode in {bounds.memory >> 20} MiB"
        raise DataError(what, where=where, remedy=EXPORT)


def _without_pixels(file: Opened) -> DataError:
    header = file.header
    name = getattr(header.get("SOPClassUID"), "name", "")
    kind = str(header.get("Modality") or "").strip()
    if name or kind:
        what = f"is a DICOM file without pixels ({name or kind})"
        is_image = "Image" in name or "Rows" in header  # such a file has pixels, where it is whole
        remedy = "It may be cut short: copy it again." if is_image else "Give the image that it belongs to."
        return DataError(what, where=file.where, remedy=remedy)
    return DataError("has no pixels, or is damaged before them", where=file.where, remedy=AGAIN)


def _whole(header: Dataset, keyword: str, where: str, low: int, high: int, default: int | None = None) -> int:
    """A whole number of the header. Raises DataError where it is none, outside ``low`` .. ``high``, or missing without
    a default."""
    try:
        value = header.get(keyword)
        if value is None or value == "":
            if default is None:
                raise DataError(f"states no {keyword}", where=where, remedy=AGAIN)
            return default
        number = int(value)
    except DataError:
        raise
    except Exception:  # whatever stands in the header of a damaged file
        raise DataError(f"its {keyword} is no whole number", where=where, remedy=AGAIN) from None
    if not low <= number <= high:
        raise DataError(f"its {keyword} is {number}, not in {low} .. {high}", where=where, remedy=AGAIN)
    return number
