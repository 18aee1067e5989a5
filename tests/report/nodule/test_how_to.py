"""The Python of docs/how-to/report-a-nodule.md runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from isthmus.phantom.write import write_phantom

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "report-a-nodule.md"


def test_the_page_makes_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_phantom(tmp_path / "phantom", patients=1, seed=0)
    Image.open(tmp_path / "phantom" / "1_1.jpg").save(tmp_path / "nodule.png")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(code, str(PAGE), "exec"), {})
    assert (tmp_path / "nodule.pdf").read_bytes().startswith(b"%PDF")
    assert "For research only" in (tmp_path / "nodule.html").read_text(encoding="utf-8")
