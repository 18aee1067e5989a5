"""The ceiling is the fastest product that is there, and the products do multiply."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch

import ceiling
from ceiling import Ceiling, share, share_of
from isthmus.bench.timing import Contender, timing
from isthmus.runtime.processor import native

SIZE = 64
EVERY = [(precision, library) for precision, makers in ceiling.MAKERS.items() for library in makers]


def as_array(product: Any) -> np.ndarray:
    """What a library's product gives, as floats: an array, a tensor, a list of one, a mapping of one."""
    if isinstance(product, torch.Tensor):
        return product.float().numpy()
    return np.asarray(product if isinstance(product, np.ndarray) else product[0], np.float32)


@pytest.mark.parametrize(("precision", "library"), EVERY, ids=lambda name: name)
def test_products_multiply(precision: str, library: str) -> None:
    if library == "openvino":
        pytest.importorskip("openvino", reason="openvino is not installed")
    if (precision, library) == ("bf16", "openvino") and not native("bf16"):
        pytest.skip("this processor has no bf16")
    left, right = (ceiling._bytes if precision == "int8" else ceiling._matrices)(SIZE)
    found = as_array(ceiling.MAKERS[precision][library](SIZE, 1)())
    signed = left.view(np.int8) if (precision, library) == ("int8", "torch") else left
    expected = signed.astype(np.float64) @ right.astype(np.float64)
    scale = found.ravel()[0] / expected.ravel()[0] if (precision, library) == ("int8", "openvino") else 1.0
    assert np.allclose(found, expected * scale, rtol=0.02, atol=0.02 * np.abs(expected * scale).max())


def test_libraries_that_are_not_installed_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("onnx", "openvino"):
        monkeypatch.setitem(sys.modules, name, None)
    found = ceiling.ceilings(threads=1, sizes=(SIZE,))
    libraries = {own.contender.name.removeprefix(f"matrix product {SIZE} ") for own in found.values()}
    assert "fp32" in found
    assert libraries <= {"(numpy)", "(torch)", "(onnxruntime)"}


def test_the_fastest_run_is_the_ceiling() -> None:
    own = Ceiling(Contender("product", "fp32", 1, lambda: None), 10**9, True, best=20.0)
    assert own.gflops() == pytest.approx(100)
    assert own.gflops(timing("product", "fp32", 1, [16.0, 25.0])) == pytest.approx(125)
    assert own.gflops(timing("product", "fp32", 1, [25.0])) == pytest.approx(100)


def test_weights_come_in() -> None:
    assert ceiling.weights_gb_a_second(512 * 100) > 0


def test_a_share_counts_two_operations_per_multiply_add() -> None:
    found = share(timing("engine", "fp32", 1, [9.0, 10.0, 11.0]), multiply_adds=500_000_000, gflops=400.0)
    assert found.value == pytest.approx(0.25)
    assert found.low < found.value < found.high


def test_the_floor_is_the_slower_of_computing_and_reading_weights() -> None:
    timed = timing("engine", "fp32", 1, [10.0])
    computing = share_of(timed, 400.0, 500_000_000, None, weights=1000, bandwidth=10.0)
    reading = share_of(timed, 400.0, 500_000_000, None, weights=20_000_000, bandwidth=10.0)
    assert computing.by_hand is None
    assert computing.floor_ms == pytest.approx(2.5)
    assert reading.floor_ms == pytest.approx(8.0)
