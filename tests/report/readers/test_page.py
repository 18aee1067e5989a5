"""The page of a reader study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from isthmus.cli.main import main
from isthmus.evidence.readers.grade_file import read
from isthmus.evidence.readers.judged import ReaderStudy, judged
from isthmus.nodule import DISCLAIMER
from isthmus.report.readers.curves import curves
from isthmus.report.readers.page import html
from make import reader_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ReaderStudy:
    path = tmp_path_factory.mktemp("study") / "<b>grades.csv"
    return judged(read(reader_study.write(path, reader_study.rows(nodules=30, readers=3))))


def test_the_page_has_every_part_and_loads_nothing(study: ReaderStudy) -> None:
    page = html(study)
    for text in ("Two modes compared", "Over-reliance", "Weighted kappa", "1 reader, junior", DISCLAIMER, "<svg"):
        assert text in page
    assert "<script" not in page
    assert "src=" not in page
    assert "<b>grades.csv" not in page  # the file's name is text, not markup


def test_each_mode_has_a_curve_for_each_reader_and_their_mean(study: ReaderStudy) -> None:
    figure = curves(study)
    assert figure is not None
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["unaided", "aided"]
    for axes in figure.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [text.split()[0] for text in texts] == ["r0", "r1", "r2", "mean"]


def test_one_class_has_no_curve_and_a_page_still(tmp_path: Path) -> None:
    rows = [f"a,n{at},benign,0.{at}" for at in range(1, 10)]
    one = judged(read(reader_study.write(tmp_path / "one.csv", rows, "reader,nodule,label,score")))
    assert curves(one) is None
    page = html(one)
    assert "every nodule has the same label" in page
    assert "there is no column mode" in page


def test_the_command_writes_page_and_json(tmp_path: Path) -> None:
    grades = reader_study.write(tmp_path / "grades.csv", reader_study.rows(nodules=20, readers=2))
    result = CliRunner().invoke(main, ["readers", str(grades), "--to", str(tmp_path / "page"), "--json"])
    assert result.exit_code == 0, result.exception
    assert json.loads((tmp_path / "page" / "readers.json").read_text()) == json.loads(result.stdout)
    assert "Reader study: grades.csv" in (tmp_path / "page" / "readers.html").read_text(encoding="utf-8")
