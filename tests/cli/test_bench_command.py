"""``isthmus bench`` as a whole, on a tiny network: what it says, not how fast it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.test_page import BARE
from isthmus.bench.ratios import AIMS
from isthmus.errors import UsageError
from isthmus.infer.engines import ENGINES
from isthmus.recipe import Recipe
from make.bundle import make
from make.commands import isthmus

CONTRACT = ("machine", "threads", "rows", "ratios", "parity")
ROW = ("name", "precision", "batch", "ms_per_image", "low", "high")
FEW = ("--quick", "--rounds", 2, "--threads", 1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("bench") / "tiny", Recipe().changed(size=32, hidden=8))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "speed.md"


@pytest.fixture(scope="module")
def told(tiny: Path, phantom: Path, page: Path) -> Mapping[str, Any]:
    """One run with torch."""
    data = ("--data", phantom, "--as", "phantom")
    result = isthmus("bench", "--model", tiny, *data, *FEW, "--to", page, "--json")
    assert result.exit_code == 0, result.exception
    answer: Mapping[str, Any] = json.loads(result.stdout)
    return answer


def test_the_contract(told: Mapping[str, Any]) -> None:
    assert set(CONTRACT) <= set(told)
    assert told["threads"] == 1
    assert set(told["ratios"]) == set(AIMS)
    for own in told["rows"]:
        assert set(ROW) <= set(own)
        assert 0 < own["low"] <= own["ms_per_image"] <= own["high"]


def test_every_engine_has_rows_or_a_reason(told: Mapping[str, Any]) -> None:
    rows = {(row["name"], row["batch"]) for row in told["rows"]}
    reasons = {one["name"]: one["why"] for one in told["left_out"]}
    for engine in ENGINES:
        if engine in reasons:
            assert reasons[engine]
        else:
            assert {(engine, 1), (engine, 16)} <= rows
    assert {("onnxruntime", 1), ("torch eager", 1), ("torch channels last", 16), ("torch bf16", 16)} <= rows


def test_ratios_are_those_of_the_rows(told: Mapping[str, Any]) -> None:
    rows = {(row["name"], row["batch"]): row["ms_per_image"] for row in told["rows"]}
    engine, eager = told["engine"], "torch eager"
    ratios = told["ratios"]
    assert ratios["one_roi"] == pytest.approx(rows[eager, 1] / rows[engine, 1])
    assert ratios["batch16"] == pytest.approx(rows[eager, 16] / rows[engine, 16])
    assert ratios["default_fp32"] == pytest.approx(rows[eager, 1] / rows["onnxruntime", 1])
    plain, ours = told["training"]["rows"]
    assert ratios["train_step"] == pytest.approx(plain["ms_per_image"] / ours["ms_per_image"])
    assert [ratios["help_s"], ratios["predict_s"]] == [row["ms_per_image"] / 1000 for row in told["start_up"]["rows"]]


def test_the_engine_chosen_agrees_with_torch(told: Mapping[str, Any]) -> None:
    own = told["parity"][told["engine"]]
    assert own["holds"]
    assert own["max_difference"] <= ENGINES[told["engine"]].tolerance
    assert own["n"] > 24


def test_start_up_imports_no_torch(told: Mapping[str, Any]) -> None:
    assert told["start_up"]["imports_torch"] is False


def test_the_page_and_its_chart(told: Mapping[str, Any], page: Path, tiny: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert f"isthmus bench --model tiny --quick --rounds 2 --threads 1 --to {page.name}" in text
    assert str(tiny.parent) not in text
    assert "(speed.svg)" in text
    assert page.with_suffix(".svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torch weren't installed."""
    monkeypatch.delitem(sys.modules, "isthmus.bench.networks", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("without_torch")
def test_without_torch(tiny: Path, phantom: Path) -> None:
    result = isthmus("bench", "--model", tiny, "--data", phantom, "--as", "phantom", *FEW, "--json")
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    assert {row["name"].partition(" ")[0] for row in told["rows"]} <= {*ENGINES}
    assert told["ratios"]["one_roi"] is None
    assert told["ratios"]["predict_s"] > 0
    assert any("pip install 'isthmus[train]'" in one["why"] for one in told["left_out"])


@pytest.mark.usefixtures("without_torch")
def test_without_torch_nor_model() -> None:
    found = isthmus("bench").exception
    assert isinstance(found, UsageError)
    assert "--model" in str(found)


def test_no_engine_measured_is_no_success(monkeypatch: pytest.MonkeyPatch, tiny: Path, phantom: Path) -> None:
    monkeypatch.setattr("isthmus.bench.run.measure", lambda *_: replace(BARE, engine=None, rows=()))
    result = isthmus("bench", "--model", tiny, "--data", phantom, "--as", "phantom", *FEW)
    assert result.exit_code == 1
    assert "no engine could be measured" in result.stderr


def test_data_goes_with_its_kind(phantom: Path) -> None:
    assert isinstance(isthmus("bench", "--data", phantom).exception, UsageError)


@pytest.mark.slow
def test_from_nothing() -> None:
    result = isthmus("bench", *FEW, "--json")
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    assert (told["model"], told["size"]) == ("recipe paper, untrained", 224)
    assert told["data"].endswith("simulated nodules")
    assert told["engine"]
