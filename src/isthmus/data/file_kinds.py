"""The kind of a file that is not read as a picture, by its content, and the remedy that an error names."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

HEAD = 4096  # bytes that tell what a file is
PREAMBLE = 132  # bytes that tell a DICOM file
MOST_FILES = 10_000  # that are examined to list what a folder holds

AS_PNG = "Convert it to PNG."
FRAME_AS_PNG = "Save the frame that shows the nodule as PNG."
PICTURE_AS_PNG = "Save the picture in it as PNG."
UNPACK = "Unpack it first."
AGAIN = "Copy the file again from its source."


@dataclass(frozen=True)
class FileKind:
    """A kind of file: its name, and what to do with such a file instead of reading it as a picture."""

    name: str
    remedy: str

    def __str__(self) -> str:
        return self.name


GIF = FileKind("a GIF", AS_PNG)
JPEG_2000 = FileKind("a JPEG 2000 picture", AS_PNG)
JPEG_XL = FileKind("a JPEG XL picture", AS_PNG)
HEIC = FileKind("a HEIC picture", AS_PNG)
AVIF = FileKind("an AVIF picture", AS_PNG)
VOLUME = FileKind("a medical volume (NIfTI, NRRD or MetaImage)", "Save the slice that shows the nodule as PNG.")
PHOTOSHOP = FileKind("a Photoshop file", AS_PNG)
ICON = FileKind("an icon", AS_PNG)
BITMAP = FileKind("a PNM picture", AS_PNG)
SVG = FileKind("an SVG drawing", AS_PNG)
PDF = FileKind("a PDF", PICTURE_AS_PNG)
POSTSCRIPT = FileKind("a PostScript file", PICTURE_AS_PNG)
OFFICE = FileKind("an Office file", PICTURE_AS_PNG)
MP4 = FileKind("an MP4 video", FRAME_AS_PNG)
MOV = FileKind("a QuickTime video (MOV)", FRAME_AS_PNG)
AVI = FileKind("an AVI video", FRAME_AS_PNG)
WMV = FileKind("a Windows Media video (WMV)", FRAME_AS_PNG)
MKV = FileKind("a Matroska or WebM video", FRAME_AS_PNG)
MPEG = FileKind("an MPEG video", FRAME_AS_PNG)
ZIP = FileKind("a ZIP archive", UNPACK)
ARCHIVE = FileKind("an archive (gzip, 7z, RAR or tar)", UNPACK)
HTML = FileKind("a web page (HTML)", "Download the picture itself.")
LFS = FileKind("a Git LFS pointer", "Fetch the picture itself with: git lfs pull.")
XML = FileKind("XML", "Give the picture itself.")
TEXT = FileKind("text", "Give the picture itself.")
ZEROS = FileKind("a block of zeros", AGAIN)

# Offset and the bytes there. The more specific come first.
SIGNATURES: tuple[tuple[int, bytes, FileKind], ...] = (
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG_2000),
    (0, b"\xff\x4f\xff\x51", JPEG_2000),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", JPEG_XL),
    (0, b"\xff\x0a", JPEG_XL),
    (0, b"%PDF-", PDF),
    (0, b"%!PS", POSTSCRIPT),
    (0, b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (8, b"AVI ", AVI),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", WMV),
    (0, b"\x1a\x45\xdf\xa3", MKV),
    (0, b"\x00\x00\x01\xba", MPEG),
    (0, b"\x00\x00\x01\xb3", MPEG),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"\x1f\x8b", ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (0, b"Rar!\x1a\x07", ARCHIVE),
    (257, b"ustar", ARCHIVE),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OFFICE),
    (0, b"8BPS", PHOTOSHOP),
    (0, b"\x00\x00\x01\x00", ICON),
    (0, b"NRRD000", VOLUME),
    (344, b"n+1\x00", VOLUME),
    (344, b"ni1\x00", VOLUME),
    (0, b"ObjectType", VOLUME),
)
# The brand behind "ftyp" of the files that share this box: pictures, and otherwise video.
BRANDS: Mapping[bytes, FileKind] = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"avif", b"avis"), AVIF),
    b"qt  ": MOV,
}
# Of a DICOM file without preamble: its first element, of group 2 or 8, and that element's length if it has no VR.
LAST_FIRST_ELEMENT, LONGEST_FIRST = 0x60, 64
FIRST_VRS = (b"UL", b"CS", b"UI", b"DA", b"TM", b"LO", b"OB", b"SH")
OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"pnot")
READ: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "a JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG"),
    (0, b"II*\0", "a TIFF"),
    (0, b"MM\0*", "a TIFF"),
    (0, b"II+\0", "a TIFF"),
    (0, b"MM\0+", "a TIFF"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP"),
)
# Pictures and clips that are not read, by the endings of their names: a folder of them is not an empty one.
UNREAD_ENDINGS: Mapping[str, FileKind] = {
    ".gif": GIF,
    **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx", ".jpc", ".j2c"), JPEG_2000),
    ".jxl": JPEG_XL,
    **dict.fromkeys((".heic", ".heif"), HEIC),
    ".avif": AVIF,
    **dict.fromkeys((".mp4", ".m4v"), MP4),
    **dict.fromkeys((".mov", ".qt"), MOV),
    ".avi": AVI,
    ".wmv": WMV,
    **dict.fromkeys((".mkv", ".webm"), MKV),
    **dict.fromkeys((".mpg", ".mpeg"), MPEG),
}


def kind_of(head: bytes) -> FileKind | None:
    """The kind of the file that begins with ``head`` (4,096 bytes will do); None if it is of no known kind."""
    if not head.strip(b"\0"):
        return ZEROS if head else None
    by_signature = next((kind for at, magic, kind in SIGNATURES if head[at : at + len(magic)] == magic), None)
    return _by_box(head) or by_signature or _by_text(head)


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is DICOM, be it without the preamble, as some devices write it."""
    if head[128:132] == b"DICM":
        return True
    group, element = int.from_bytes(head[:2], "little"), int.from_bytes(head[2:4], "little")
    if head[:2] == b"\0\x08":  # big endian
        group, element = 8, int.from_bytes(head[2:4])
    if len(head) < 8 or group not in (2, 8) or element > LAST_FIRST_ELEMENT:
        return False
    explicit = head[4:6] in FIRST_VRS and head[:2] != b"\0\0"
    return explicit or (group == 8 and head[:2] == b"\x08\0" and int.from_bytes(head[4:8], "little") <= LONGEST_FIRST)


def is_dicom_file(path: Path) -> bool:
    """Whether there is a DICOM file, by its content; nothing but a regular file is opened."""
    with contextlib.suppress(OSError, ValueError):
        if path.is_file():
            with path.open("rb") as file:
                return is_dicom(file.read(PREAMBLE))
    return False


def read_kind(head: bytes) -> str:
    """The name of the kind of picture, one that is read, that ``head`` begins as; "" if it is none."""
    return next((name for at, magic, name in READ if head[at : at + len(magic)] == magic), "")


def not_read(root: Path) -> str:
    """What a folder holds that is not read: "; seen and not read: DICOM file (12), PDF (3)", or "" if nothing."""
    paths = (path for path in islice(root.rglob("*"), MOST_FILES) if not path.name.startswith("."))
    counted = Counter(kind.name.partition(" ")[2] for path in paths if (kind := _of_file(path)) is not None)
    listed = ", ".join(f"{name} ({count})" for name, count in counted.most_common())
    return f"; seen and not read: {listed}" if listed else ""


def _of_file(path: Path) -> FileKind | None:
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                kind = kind_of(file.read(HEAD))
            return None if kind in (TEXT, XML, ZEROS) else kind  # they lie beside pictures everywhere
    return None


def _by_box(head: bytes) -> FileKind | None:
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4]), 64), 4))]
        return AVIF if BRANDS.get(brands[0]) is HEIC and b"avif" in brands else BRANDS.get(brands[0], MP4)
    return MOV if head[:1] == b"\0" and head[4:8] in OLD_QUICKTIME else None


def _by_text(head: bytes) -> FileKind | None:
    if re.match(rb"P[1-7]\s+[\d#W]", head):
        return BITMAP
    text = _text(head)
    if text is None:
        return None
    begins = text.lstrip().lower()
    if begins.startswith("version https://git-lfs"):
        return LFS
    if begins.startswith(("<!doctype html", "<html")):
        return HTML
    if begins.startswith("<") and "<svg" in begins:
        return SVG
    return XML if begins.startswith("<?xml") else TEXT


def _text(head: bytes) -> str | None:
    """``head`` as text, or None if it is none; its last character may be cut in two."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    with contextlib.suppress(UnicodeDecodeError):
        text = codecs.getincrementaldecoder(encoding)().decode(head)
        return text if text and all(one.isprintable() or one in "\t\r\n\f" for one in text) else None
    return None
