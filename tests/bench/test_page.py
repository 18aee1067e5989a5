"""A page from a run in which nearly everything was left out, and one from a full run."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from rich.console import Console

from isthmus.bench.chart import chart
from isthmus.bench.page import markdown
from isthmus.bench.parity import Parity
from isthmus.bench.ratios import AIMS, Ratio
from isthmus.bench.result import Layer, Peak, Result, Share, Trainings, Work
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import LeftOut, row
from isthmus.cli.bench_table import print_result
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
    peaks={"fp32": Peak(150.0, "matrix product 1024 (numpy)", True)},
    weights_gb_a_second=None,
    rows=(row("onnxruntime", "fp32", 1, [8.0]),),
    ratios=dict.fromkeys(AIMS),
    parity={},
    work=Work((), None, {}, None),
    shares=(Share("onnxruntime", 1, None, None, None),),
    trainings=None,
    start_up=None,
    left_out=(LeftOut("openvino", "openvino isn't installed. Install it."),),
)
FULL = replace(
    BARE,
    others=0.034,
    rows=(
        replace(BARE.rows[0], note="fails parity"),
        row("onnxruntime", "fp32", 16, [6.0]),
        row("torch eager", "fp32", 1, [32.0]),
        row("resnet50 (onnxruntime)", "fp32", 1, [31.0]),
        row("resnet50 (openvino)", "fp32", 1, [30.0]),
        row("matrix product 1024 (numpy)", "fp32", 1, [2.0]),
    ),
    ratios=dict.fromkeys(AIMS, Ratio(4.0, 3.5, 4.5)),
    parity={"onnxruntime": Parity("fp32", 3, 1e-5, 1e-3, 1e-3, 1, 1)},
    work=Work((Layer("convolution 1", 1, 43_352_064, 864, 1_756_160),), 843_000_000, {"fp32": 700_000_000}, 864),
    shares=(Share("onnxruntime", 1, Ratio(0.5, 0.4, 0.6), Ratio(0.7, 0.6, 0.8), 3.0),),
    trainings=Trainings(row("plain", "fp32", 16, [60.0]), row("ours", "fp32", 16, [20.0]), 2.0, 2.01, 8, 32),
    start_up=StartUp(row("isthmus --help", "", 1, [120.0]), row("isthmus predict", "", 1, [600.0]), False),
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
    assert "| convolution 1 | 1 | 43.35 M | 864 | 0.00 | 7.02 |" in page
    assert "differ by 0.50 %" in page
    assert "other programs took 3 % of all cores" in page
    assert "843.0 M by the paper's arithmetic; 700.0 M in the fp32 graph" in page
    assert "onnxruntime (**fails**)" in page
    assert "```sh\nisthmus bench --quick\n```" in page
    assert page.endswith(DISCLAIMER + "\n")


def test_an_aim_is_reached_or_missed() -> None:
    lines = markdown(FULL, "isthmus bench", "speed.svg").splitlines()
    (one,) = [line for line in lines if AIMS["one_roi"].what in line]
    (resnet,) = [line for line in lines if AIMS["resnet50"].what in line]
    assert one.endswith("at least 12x, **missed** |")
    assert resnet.endswith("**4x** (3.5x to 4.5x) | at least 3x, reached |")


def test_the_chart_shows_ours_torch_and_the_rivals_on_the_fastest_engine() -> None:
    drawn = chart(FULL)
    said = {"".join(text.itertext()).strip() for text in ElementTree.fromstring(drawn).iter() if "text" in text.tag}
    assert {
        "onnxruntime, fp32",
        "torch eager, fp32",
        "resnet50 (onnxruntime), fp32",
        "one RoI",
        "16 RoIs at once",
        "8.0",
    } <= said
    assert "matrix product" not in drawn
    assert "openvino" not in drawn


def test_tables_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr("isthmus.cli.bench_table.stdout", Console(file=printed, width=200))
    for result in (BARE, FULL):
        print_result(result)
    told = printed.getvalue()
    assert "fails parity" in told
    assert "left out: openvino: openvino isn't installed." in told
    assert "4.00" in told
    assert told.count(DISCLAIMER) == 2


def test_json_has_a_number_or_null_a_ratio() -> None:
    assert set(BARE.as_json()["ratios"].values()) == {None}
    assert set(FULL.as_json()["ratios"].values()) == {4.0}
    assert FULL.as_json()["spread"]["one_roi"] == [3.5, 4.5]
    assert FULL.as_json()["peak_gflops"] == {"fp32": 150.0}
    assert FULL.as_json()["rows"][0] == {
        "name": "onnxruntime",
        "precision": "fp32",
        "batch": 1,
        "ms_per_image": 8.0,
        "low": 8.0,
        "high": 8.0,
        "note": "fails parity",
    }
