from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from isthmus.dicom.outputs import write_object, write_outputs
from isthmus.dicom.report import structured_report
from isthmus.errors import StorageError
from make.answered import MODEL, finding, picture

DARK = np.zeros((48, 64), np.uint8)


def test_all_that_a_grey_picture_allows_is_written(tmp_path: Path) -> None:
    made = write_outputs(tmp_path / "new", [finding()], {("1.2.3.4.1", 1): DARK}, MODEL)
    names = ["report.dcm", "report.fhir.json", "capture.dcm", "presentation.dcm", "segmentation.dcm"]
    assert [path.name for path in made.files] == names
    assert made.left_out == ()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(names)


def test_two_frames_have_pictures_each_and_what_is_left_out_is_said_once(tmp_path: Path) -> None:
    image = picture("palette", 3)
    pixels = {("1.2.3.4.1", frame): DARK for frame in (1, 3)}
    made = write_outputs(tmp_path, [finding(image, frame=1), finding(image, frame=3)], pixels, MODEL)
    assert [path.name for path in made.files] == ["report.dcm", "report.fhir.json", "capture.dcm", "capture-2.dcm"]
    assert len(made.left_out) == 2
    frames = [
        pydicom.dcmread(tmp_path / name).SourceImageSequence[0].ReferencedFrameNumber
        for name in ("capture.dcm", "capture-2.dcm")
    ]
    assert frames == [1, 3]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    with pytest.raises(StorageError):
        write_object(tmp_path / "taken" / "report.dcm", structured_report([finding()], MODEL))
