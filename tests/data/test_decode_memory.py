"""The memory that decoding takes is bounded by the header, and a lack of it is called so."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from isthmus.data.decode_memory import MOST_MEMORY
from isthmus.data.pixels import read_frame
from isthmus.errors import DataError

PEAK = """
import resource, sys
from pathlib import Path
from isthmus.data.pixels import read_frame
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
small, large = map(Path, sys.argv[1:])
read_frame(small)  # the decoder is imported
before = peak()
frame = read_frame(large)
print(peak() - before)
"""
LIMITED = """
import resource, sys
from pathlib import Path
from isthmus.data.pixels import read_frame
from isthmus.errors import DataError
small, large = map(Path, sys.argv[1:])
read_frame(small)
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + (24 << 20)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    read_frame(large)
except DataError as error:
    print(error)
"""
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured by Linux's own means")


def png(width: int, height: int, bits: int, colour: int, rows: int = 0) -> bytes:
    """A PNG whose header says ``width`` x ``height`` and that holds ``rows`` black rows."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    row = 1 + width * bits // 8 * {0: 1, 2: 3, 6: 4}[colour]
    packer = zlib.compressobj(1)
    body = b"".join([*(packer.compress(bytes(row)) for _ in range(rows)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def run(script: str, folder: Path, small: bytes, large: bytes) -> str:
    for name, content in (("small", small), ("large", large)):
        (folder / name).write_bytes(content)
    command = [sys.executable, "-c", script, folder / "small", folder / "large"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


FORMS = {
    "deep png": (lambda size: png(size, size, 16, 0, size), 4),
    "colour png": (lambda size: png(size, size, 8, 2, size), 8),
    "jpeg": (lambda size: encoded(Image.new("RGB", (size, size), (9, 90, 7)), "JPEG"), 8),
    "progressive jpeg": (lambda size: encoded(Image.new("RGB", (size, size)), "JPEG", progressive=True), 11),
    "webp": (lambda size: encoded(Image.new("RGB", (size, size)), "WEBP", lossless=True, method=0), 20),
    "tiff": (lambda size: encoded(Image.new("RGB", (size, size)), "TIFF", compression="tiff_lzw"), 12),
}


@linux
@pytest.mark.parametrize("form", FORMS)
def test_decoding_takes_what_the_bound_reckons_with(form: str, tmp_path: Path) -> None:
    make, bytes_a_pixel = FORMS[form]
    grown = int(run(PEAK, tmp_path, make(16), make(3000)))
    assert grown < bytes_a_pixel * 3000**2 + (8 << 20)


@linux
@pytest.mark.parametrize("form", FORMS)
def test_too_little_memory_is_not_called_damage(form: str, tmp_path: Path) -> None:
    told = run(LIMITED, tmp_path, FORMS[form][0](16), FORMS[form][0](3000))
    assert "too little memory" in told
    assert "damaged" not in told


@linux
@pytest.mark.slow
def test_the_largest_deep_grey_that_is_read(tmp_path: Path) -> None:
    grown = int(run(PEAK, tmp_path, png(16, 16, 16, 0, 16), png(13_300, 13_300, 16, 0, 13_300)))
    assert grown < MOST_MEMORY


def giant_tile() -> bytes:
    """A TIFF of 8 x 8 pixels that says its one tile is 60,000 pixels a side."""
    tags = {256: 8, 257: 8, 258: 8, 259: 5, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 8}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IQH", 16, 0, len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(
    "content",
    [
        png(13_300, 13_300, 8, 2),
        png(13_300, 13_300, 8, 6),
        png(16_000, 16_000, 16, 0),
        b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + struct.pack("<I", 9999)[:3] + struct.pack("<I", 9999)[:3],
        b"RIFF\x40\0\0\0WEBPVP8L\x40\0\0\0\x2f" + struct.pack("<I", 9999 | 9999 << 14) + bytes(9),
        b"RIFF\x40\0\0\0WEBPVP8 \x40\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 9999, 9999) + bytes(9),
        giant_tile(),
    ],
    ids=["rgb", "rgba", "bomb", "webp", "lossless webp", "lossy webp", "tile"],
)
def test_what_is_too_large_is_refused_by_its_header(content: bytes) -> None:
    with pytest.raises(DataError, match="too large to decode in 768 MiB") as caught:
        read_frame(content, "a")
    assert "Scale it down" in caught.value.remedy


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.write(png(8, 8, 8, 0, 8))
        file.truncate(MOST_MEMORY + 1)  # sparse
    with pytest.raises(DataError, match="is a file of 768 MiB, too large"):
        read_frame(path)
