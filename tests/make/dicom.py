"""Makes a small folder of DICOM files out of noise, with a nodules.csv: `python tests/make/dicom.py DIR`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pydicom.uid as uids
from pydicom.uid import UID

from make.folders import write_table
from make.sonograms import grey, in_syntax, native, region

HEADER = "image,frame,patient,label,x0,y0,x1,y1"
UIDS = "1.2.826.0.1.3680043.8.498"


def write_file(root: Path, name: str, patient: str, study: int, content: bytes | None = None, **changes: Any) -> Path:
    """Writes a file of a patient and study; of noise, unless ``content`` is given."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    stated = {"PatientID": patient or None, "StudyInstanceUID": UID(f"{UIDS}.{study}"), **changes}
    stated.setdefault("SOPInstanceUID", UID(f"{UIDS}.9.{sum(name.encode())}"))
    path.write_bytes(content or in_syntax(grey(sum(name.encode())), uids.ExplicitVRLittleEndian, **stated))
    return path


def make(root: Path) -> Path:
    """Writes five files of three patients, one of them a clip, and a table of six nodules. Returns ``root``."""
    tissue = [region((0, 0, 63, 47))]
    write_file(root, "a/IM0001", "P1", 1, SequenceOfUltrasoundRegions=tissue)
    write_file(root, "a/IM0002", "P1", 1)
    write_file(root, "b/1.2.3.4", "P2", 2, SequenceOfUltrasoundRegions=[*tissue, region(RegionDataType=2)])
    clip = native(*map(grey, range(40, 43)), PatientID="P3", StudyInstanceUID=UID(f"{UIDS}.3"))
    write_file(root, "c/clip.dcm", "P3", 3, clip)
    write_file(
        root,
        "c/rle.dcm",
        "",
        3,
        in_syntax(grey(50), uids.RLELossless, PatientID=None, StudyInstanceUID=UID(f"{UIDS}.3")),
    )
    rows = [
        "a/IM0001,,,benign,10,8,30,28",
        "IM0002,,,benign,12,8,40,30",
        f"{UIDS}.9.{sum(b'b/1.2.3.4')},,,malignant,5,6,25,26",
        "clip,1,,malignant,10,8,30,28",
        "clip,3,,malignant,11,8,31,28",
        "rle,,,benign,,,,",
    ]
    write_table(root, rows, HEADER)
    return root


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
