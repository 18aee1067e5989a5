"""What a compressed picture says of itself: its kind, size and colours, from its own markers.

JPEG: ITU-T T.81 Annex B; JPEG-LS: T.87; JPEG 2000: T.800 Annex A. Nothing is decoded here.
"""

from __future__ import annotations

from dataclasses import dataclass

JPEG, LOSSLESS, LS, J2K = "JPEG", "lossless JPEG", "JPEG-LS", "JPEG 2000"
FRAMES = {  # start-of-frame marker -> kind
    **dict.fromkeys((0xC0, 0xC1, 0xC2), JPEG),
    0xC3: LOSSLESS,
    0xF7: LS,
}
BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
SCAN, TABLES_END = 0xDA, 0xD9
RGB_NAMES = (b"RGB", b"rgb")


@dataclass(frozen=True)
class Codestream:
    """A compressed picture's own header. ``adobe`` is the transform of its Adobe marker: 0 none, 1 YCbCr; None without.

    ``halved``: its colours are stored in fewer pixels than its brightness, as only YCbCr is. ``names`` are the
    identifiers of its components.
    """

    kind: str
    columns: int
    rows: int
    samples: int
    precision: int
    names: bytes = b""
    halved: bool = False
    jfif: bool = False
    adobe: int | None = None

    @property
    def colours(self) -> str:
        """ "RGB" or "YBR" where a JPEG's markers tell which its three components are, "" where nothing does."""
        if self.samples != 3:
            return ""
        if self.halved:
            return "YBR"
        if self.adobe is not None:
            return "YBR" if self.adobe else "RGB"
        if self.names in RGB_NAMES:
            return "RGB"
        return "YBR" if self.jfif else ""

    @property
    def taken_for_rgb(self) -> bool:
        """Whether libjpeg takes it for RGB; it takes everything else of three components for YCbCr."""
        if self.jfif:
            return False
        return self.adobe == 0 if self.adobe is not None else self.names == b"RGB"


def codestream_of(content: bytes) -> Codestream | None:
    """The header of a compressed picture, None where it is of no known kind or cut short before its size."""
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    at = content.find(b"\xff\x4f\xff\x51", 0, 4096)  # in a JP2 file it stands behind some boxes
    if at == 0 or (at > 0 and content[4:8] == b"jP  "):
        return _jpeg_2000(content[at:])
    return None


def _jpeg(content: bytes) -> Codestream | None:
    at, jfif, adobe = 2, False, None
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF or marker in BARE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (SCAN, TABLES_END):
            return None
        length = int.from_bytes(content[at + 2 : at + 4])
        segment = content[at + 4 : at + 2 + length]
        if marker in FRAMES:
            return _frame(FRAMES[marker], segment, jfif, adobe)
        if marker == 0xE0 and segment.startswith(b"JFIF"):
            jfif = True
        elif marker == 0xEE and segment.startswith(b"Adobe") and len(segment) >= 12:
            adobe = segment[11]
        at += 2 + max(length, 2)
    return None


def _frame(kind: str, segment: bytes, jfif: bool, adobe: int | None) -> Codestream | None:
    if len(segment) < 6 or len(segment) < 6 + 3 * segment[5]:
        return None
    samples = segment[5]
    names, factors = segment[6 : 6 + 3 * samples : 3], segment[7 : 7 + 3 * samples : 3]
    halved = samples == 3 and factors[0] != factors[1]
    rows, columns = int.from_bytes(segment[1:3]), int.from_bytes(segment[3:5])
    return Codestream(kind, columns, rows, samples, segment[0], names, halved, jfif, adobe)


def _jpeg_2000(content: bytes) -> Codestream | None:
    if len(content) < 43:
        return None
    right, bottom, left, top = (int.from_bytes(content[at : at + 4]) for at in range(8, 24, 4))
    samples = int.from_bytes(content[40:42])
    return Codestream(J2K, right - left, bottom - top, samples, (content[42] & 0x7F) + 1)
