"""What becomes of every ultrasound file that pydicom and pydicom-data bring: `python benchmarks/dicom_files.py`."""

from __future__ import annotations

import time
from pathlib import Path

from pydicom.data import get_testdata_file

from isthmus.data.pixels import read_frame
from isthmus.dicom.header import read_header
from isthmus.dicom.regions import scan_area, spacing_in
from isthmus.errors import DataError

FILES = (
    "ExplVR_BigEnd",
    "JPGLosslessP14SV1_1s_1f_8b",
    "OBXXXX1A",
    "OBXXXX1A_2frame",
    "OBXXXX1A_expb",
    "OBXXXX1A_expb_2frame",
    "OBXXXX1A_rle",
    "OBXXXX1A_rle_2frame",
    "US1_J2KI",
    "US1_J2KR",
    "US1_UNCI",
    "US1_UNCR",
    "color-pl",
    "color-px",
    "color3d_jpeg_baseline",
    "examples_jpeg2k",
    "examples_palette",
    "examples_rgb_color",
    "examples_ybr_color",
    "gdcm-US-ALOKA-16",
    "gdcm-US-ALOKA-16_big",
)


def path_of(name: str) -> Path | None:
    """The file of that name, None where it isn't installed; nothing is downloaded."""
    found = get_testdata_file(f"{name}.dcm", download=False)
    return Path(found) if found else None


def line(name: str) -> tuple[bool, str]:
    """Whether a file is read, and a row of the table."""
    path = path_of(name)
    if path is None:
        return False, f"| {name} | not installed | | | |"
    header = read_header(path)
    syntax, photometric = header.file_meta.TransferSyntaxUID.name, header.get("PhotometricInterpretation")
    start = time.perf_counter()
    try:
        frame = read_frame(path, name)
    except DataError as error:
        return False, f"| {name} | {syntax} | {photometric} | refused: {error.what} | |"
    ms = 1000 * (time.perf_counter() - start)
    spacing = spacing_in(frame, scan_area(frame))
    mm = f"{spacing.mm[0]:.3f} x {spacing.mm[1]:.3f}" if spacing.mm else spacing.reason
    size = f"{frame.width} x {frame.height}, {frame.pages} frame{'s' * (frame.pages > 1)}, {ms:.0f} ms"
    return True, f"| {name} | {syntax} | {photometric} | {size} | {mm} |"


def main() -> None:
    print("| file | transfer syntax | colours | frame 1 | mm a pixel in the scan area |\n|---|---|---|---|---|")
    results = [line(name) for name in FILES]
    for _, text in results:
        print(text)
    print(f"\n{sum(read for read, _ in results)} of {len(FILES)} read")


if __name__ == "__main__":
    main()
