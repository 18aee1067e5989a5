from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest

from isthmus.dicom.outputs import write_object
from make.answered import picture
from make.commands import isthmus


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two pictures of one patient, and something else."""
    paths = []
    for number in (1, 2):
        source = picture(uid=f"1.2.3.4.{number}")
        source.PixelData = bytes([90] * 48 * 64)
        paths.append(tmp_path / f"wang-{number}.dcm")
        write_object(paths[-1], source)
    paths.append(tmp_path / "notes.txt")
    paths[-1].write_text("no picture")
    return paths


def test_pictures_are_written_under_their_new_uids(files: list[Path], tmp_path: Path) -> None:
    result = isthmus("deidentify", *files[:2], "--to", tmp_path / "out", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    made = [pydicom.dcmread(path) for path in told["written"].values()]
    assert [f"{one.SOPInstanceUID}.dcm" for one in made] == [Path(path).name for path in told["written"].values()]
    assert len({one.PatientID for one in made}) == len({one.StudyInstanceUID for one in made}) == 1
    assert "ZH-7" not in made[0].PatientID
    assert told["disclaimer"]


def test_what_cannot_be_written_is_named_and_the_others_are(files: list[Path], tmp_path: Path) -> None:
    result = isthmus("deidentify", *files, "--to", tmp_path / "out")
    assert result.exit_code == 1
    assert "notes.txt" in result.stderr
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert isthmus("deidentify", files[-1], "--to", tmp_path / "out").exit_code == 2


def test_a_key_joins_two_runs(files: list[Path], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n")
    names = []
    for number in (1, 2):
        to = tmp_path / f"out-{number}"
        assert isthmus("deidentify", files[0], "--to", to, "--key", key).exit_code == 0
        names.append([path.name for path in to.iterdir()])
    assert names[0] == names[1]
    key.write_text("short")
    result = isthmus("deidentify", files[0], "--to", tmp_path / "out", "--key", key)
    assert "has 5 characters" in str(result.exception)


def test_it_never_writes_over_what_it_reads(files: list[Path], tmp_path: Path) -> None:
    assert "which this command reads" in str(isthmus("deidentify", files[0], "--to", tmp_path).exception)
