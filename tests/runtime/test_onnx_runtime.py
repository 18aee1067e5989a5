"""int8 on onnxruntime: products that can't overflow, unless the processor has instructions that don't."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isthmus.export.quantise import export_int8
from isthmus.runtime import onnx_runtime
from make.bundle import TINY, untrained

ROIS = np.random.default_rng(0).integers(0, 256, (3, TINY.preparation.size, TINY.preparation.size, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def int8(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runtime") / "int8.onnx"
    export_int8(untrained(), TINY.preparation.size, ROIS, path)
    return path


@pytest.mark.parametrize(("native", "exact"), [(True, False), (False, True), (None, True)])
def test_exact_products_where_others_overflow(
    int8: Path, monkeypatch: pytest.MonkeyPatch, native: bool | None, exact: bool
) -> None:
    monkeypatch.setattr(onnx_runtime, "native", lambda precision: native)
    options = onnx_runtime.Runner("onnxruntime-int8", int8, 1).session.get_session_options()
    key, value = onnx_runtime.EXACT_PRODUCTS
    if exact:
        assert options.get_session_config_entry(key) == value
    else:
        with pytest.raises(RuntimeError):
            options.get_session_config_entry(key)


def test_both_products_give_the_same(int8: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not onnx_runtime.native("int8"):
        pytest.skip("products of 8-bit numbers overflow on this processor")
    quick = onnx_runtime.Runner("onnxruntime-int8", int8, 1).read(ROIS)
    monkeypatch.setattr(onnx_runtime, "native", lambda precision: False)
    exact = onnx_runtime.Runner("onnxruntime-int8", int8, 1).read(ROIS)
    np.testing.assert_array_equal(quick.fused, exact.fused)
