"""``isthmus report --data --model``: answers on changed pictures, from a CSV to metrics.json, page and forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from isthmus.cli.main import main
from isthmus.data.sources import open_source
from isthmus.evidence.pictured.changes import VARIANTS
from make.bundle import make
from make.pictured import csv


@pytest.fixture(scope="module")
def told(phantom: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    root = tmp_path_factory.mktemp("report")
    predictions, bundle = csv(root / "p.csv", open_source("phantom", phantom)), make(root / "bundle")
    arguments = ["--data", str(phantom), "--as", "phantom", "--model", str(bundle), "--sample", "12", "--json"]
    result = CliRunner().invoke(main, ["report", str(predictions), "--to", str(root / "to"), *arguments])
    assert result.exit_code == 0, result.exception
    return root / "to", json.loads(result.stdout)


def test_metrics_hold_every_change(told: tuple[Path, dict]) -> None:
    robustness = told[1]["robustness"]
    assert (robustness["n"], robustness["threshold"]) == (12, 0.25)
    assert len(robustness["changes"]) == len(VARIANTS)
    json.dumps(told[1], allow_nan=False)
    assert json.loads((told[0] / "metrics.json").read_text())["robustness"] == robustness


def test_the_page_and_the_forms_hold_it(told: tuple[Path, dict]) -> None:
    page = (told[0] / "report.html").read_text()
    assert "AUC of changed pictures" in page
    assert "Test and retest" in page
    assert "31 changes of pictures and boxes" in (told[0] / "claim.md").read_text()


def test_without_pictures_both_are_null_with_the_reason(tmp_path: Path, phantom: Path) -> None:
    predictions = csv(tmp_path / "p.csv", open_source("phantom", phantom))
    result = CliRunner().invoke(main, ["report", str(predictions), "--to", str(tmp_path / "to"), "--json"])
    for name in ("robustness", "retest"):
        part = json.loads(result.stdout)[name]
        assert part["value"] is None
        assert "--data" in part["reason"]
