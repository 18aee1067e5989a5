"""A page from a run in which nearly everything was left out, and one from a full run."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from isthmus.bench.chart import chart
from isthmus.bench.engines import Parity
from isthmus.bench.page import markdown
from isthmus.bench.ratios import AIMS, Ratio
from isthmus.bench.result import Result, Trainings
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import LeftOut, timing
from isthmus.cli.bench import print_result
from isthmus.nodule import DISCLAIMER

MACHINE = {
    "processor": "A Processor",
    "cores": 2,
    "memory_gb": 8.0,
    "instructions": [],
    "system": "Linux x86_64",
    "versions": {"python": "3.11.0"},
}
BARE = Result(
    model="recipe paper with fresh weights",
    data="3 simulated nodules",
    recipe="paper",
    size=224,
    rounds=1,
    threads=2,
    machine=MACHINE,
    others=None,
    engine="onnxruntime",
    rows=(timing("onnxruntime", "fp32", 1, [8.0]),),
    ratios=dict.fromkeys(AIMS),
    parity={},
    trainings=None,
    start_up=None,
    left_out=(LeftOut("openvino", "openvino isn't installed. Install it."),),
)
FULL = replace(
    BARE,
    others=0.034,
    rows=(
        replace(BARE.rows[0], note="fails parity"),
        timing("onnxruntime", "fp32", 16, [6.0]),
        timing("torch eager", "fp32", 1, [32.0]),
    ),
    ratios=dict.fromkeys(AIMS, Ratio(4.0, 3.5, 4.5)),
    parity={"onnxruntime": Parity("fp32", 3, 1e-5, 1e-3, 1e-3, 1, 1)},
    trainings=Trainings(timing("plain", "fp32", 16, [60.0]), timing("ours", "fp32", 16, [20.0]), 2.0, 2.01, 8, 32),
    start_up=StartUp(timing("isthmus --help", "", 1, [120.0]), timing("isthmus predict", "", 1, [600.0]), False),
)


def test_what_was_not_measured_is_said() -> None:
    page = markdown(BARE, "isthmus bench", "speed.svg")
    assert page.count("not measured") == len(AIMS)
    assert "- openvino: openvino isn't installed. Install it." in page
    assert "None" not in page
    assert "## Training" not in page


def test_everything_measured_is_said() -> None:
    page = markdown(FULL, "isthmus bench --quick", "speed.svg")
    assert "| onnxruntime (**fails parity**) | fp32 | 8.00 (8.00 to 8.00) | 6.00 (6.00 to 6.00) |" in page
    assert "| torch eager | fp32 | 32.00 (32.00 to 32.00) | - |" in page
    assert "differ by 0.50 %" in page
    assert "other programs used 3 % of all cores" in page
    assert "onnxruntime (**fails**)" in page
    assert "```sh\nisthmus bench --quick\n```" in page
    assert page.endswith(DISCLAIMER + "\n")


def test_an_aim_is_reached_or_missed() -> None:
    lines = markdown(FULL, "isthmus bench", "speed.svg").splitlines()
    (one,) = [line for line in lines if AIMS["one_roi"].what in line]
    (default,) = [line for line in lines if AIMS["default_fp32"].what in line]
    assert one.endswith("at least 8x, **missed** |")
    assert default.endswith("**4x** (3.5x to 4.5x) | at least 3.5x, reached |")


def test_the_chart_shows_the_engines_and_torch() -> None:
    drawn = chart(FULL)
    said = {"".join(text.itertext()).strip() for text in ElementTree.fromstring(drawn).iter() if "text" in text.tag}
    assert {
        "onnxruntime, fp32",
        "torch eager, fp32",
        "one RoI",
        "16 RoIs at once",
        "8.0",
    } <= said


def test_tables_on_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for result in (BARE, FULL):
        print_result(result)
    told = capsys.readouterr().out
    assert "fails parity" in told
    assert "left out: openvino: openvino isn't installed." in told
    assert "4.00" in told
    assert told.count(DISCLAIMER) == 2


def test_json_has_a_number_or_null_a_ratio() -> None:
    assert set(BARE.as_json()["ratios"].values()) == {None}
    assert set(FULL.as_json()["ratios"].values()) == {4.0}
    assert FULL.as_json()["spread"]["one_roi"] == [3.5, 4.5]
    assert FULL.as_json()["rows"][0] == {
        "name": "onnxruntime",
        "precision": "fp32",
        "batch": 1,
        "ms_per_image": 8.0,
        "low": 8.0,
        "high": 8.0,
        "note": "fails parity",
    }
