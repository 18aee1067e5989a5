"""A model that ships opens as a bundle; one that isn't whole is one line that says what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.bundle import ABOUT, ONNX
from isthmus.errors import BundleError
from isthmus.models import names
from isthmus.models.shipped import open_model
from make.described import full


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(names, "ROOM", tmp_path / "room")
    return full(tmp_path / "room" / "tn5000")


def test_by_name_and_by_folder(shipped: Path) -> None:
    assert open_model() == open_model("tn5000") == open_model(shipped)
    assert open_model().name == "tn5000"


@pytest.mark.parametrize("lost", [ONNX, ABOUT])
def test_half_a_wheel(shipped: Path, lost: str) -> None:
    (shipped / lost).unlink()
    with pytest.raises(BundleError, match=rf"{lost}.*Install isthmus again, whole\.$"):
        open_model()


def test_weights_of_another_version(shipped: Path) -> None:
    (shipped / ONNX).write_bytes(b"others")
    with pytest.raises(BundleError, match=r"model\.onnx: is damaged or another bundle's.*Install isthmus again"):
        open_model("tn5000")
    about = json.loads((shipped / ABOUT).read_text()) | {"format": 99}
    (shipped / ABOUT).write_text(json.dumps(about))
    with pytest.raises(BundleError, match=r"is a bundle of format 99.*Install isthmus again"):
        open_model("tn5000")


def test_a_folder_of_the_user_keeps_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="isthmus train --to"):
        open_model(tmp_path / "none")
