"""The demo walks the whole road, and doesn't walk it twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from make.commands import isthmus


def test_a_step_that_fails_ends_the_demo(phantom: Path, tmp_path: Path) -> None:
    data = tmp_path / "demo" / "data"
    shutil.copytree(phantom, data)
    (data / "truth.csv").touch()
    image = next(data.glob("*.jpg"))
    image.write_bytes(image.read_bytes()[:200])
    result = isthmus("demo", "--to", tmp_path / "demo")
    assert result.exit_code == 1
    assert image.name in result.stderr
    assert "$ isthmus cross" not in result.stderr


@pytest.mark.slow
def test_the_demo_leaves_a_report_and_goes_on_from_what_is_there(tmp_path: Path) -> None:
    to = tmp_path / "demo"
    first = isthmus("demo", "--to", to, "--patients", 24)
    assert first.exit_code == 0, first.exception
    for verb in ("phantom", "look", "cross", "train", "predict"):
        assert f"$ isthmus {verb}" in first.stderr
    assert (to / "report.html").read_text() == (to / "cross" / "report.html").read_text()
    model = (to / "model" / "bundle.json").read_bytes()
    again = isthmus("demo", "--to", to, "--patients", 24)
    assert again.exit_code == 0, again.exception
    assert "$ isthmus phantom" not in again.stderr
    assert (to / "model" / "bundle.json").read_bytes() == model
    assert json.loads((to / "cross" / "scorecard.json").read_text())["metrics"]["auc"]["value"] is not None
