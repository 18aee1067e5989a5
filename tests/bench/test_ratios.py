"""The arithmetic of ratios."""

from __future__ import annotations

import pytest

from isthmus.bench.ratios import AIMS, Aim, ratio, reading_ratios, seconds
from isthmus.bench.timing import Timing, timing


def timed(name: str, milliseconds: float, batch: int = 1, precision: str = "fp32") -> Timing:
    return timing(name, precision, batch, [milliseconds * factor for factor in (0.9, 1.0, 1.1)])


ROWS = (
    timed("openvino-int8", 2.0, precision="int8"),
    timed("openvino-int8", 1.5, 16, "int8"),
    timed("onnxruntime", 8.0),
    timed("torch eager", 32.0),
    timed("torch eager", 27.0, 16),
)


def test_each_ratio_takes_its_rows() -> None:
    found = reading_ratios(ROWS, "openvino-int8")
    assert {name: own and own.value for name, own in found.items()} == {
        "one_roi": pytest.approx(16),
        "batch16": pytest.approx(18),
        "default_fp32": pytest.approx(4),
    }


def test_what_has_no_row_is_none() -> None:
    found = reading_ratios([own for own in ROWS if not own.name.startswith("torch")], "openvino-int8")
    assert [name for name, own in found.items() if own is None] == ["one_roi", "batch16", "default_fp32"]
    assert set(reading_ratios(ROWS, None).values()) == {found["one_roi"], ratio(ROWS[3], ROWS[2])}


def test_a_ratio_lies_between_its_quartiles() -> None:
    found = ratio(timed("slow", 10.0), timed("fast", 2.0))
    assert found.value == pytest.approx(5)
    assert found.low == pytest.approx(9.5 / 2.1)
    assert found.high == pytest.approx(10.5 / 1.9)


def test_seconds() -> None:
    assert seconds(timed("isthmus --help", 250.0)).value == pytest.approx(0.25)


def test_aims() -> None:
    assert Aim("", 3).met(3)
    assert not Aim("", 3).met(2.9)
    assert Aim("", 0.25, at_most=True).met(0.2)
    assert not Aim("", 0.25, at_most=True).met(0.3)
    assert set(reading_ratios((), None)) < set(AIMS)
