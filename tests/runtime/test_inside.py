"""A tensor within an export is given, and the answers of the export stay what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from isthmus.errors import BundleError
from isthmus.export.neighbours import hidden_layers
from isthmus.models.shipped import open_model
from isthmus.runtime.inside import Inside, with_outputs
from isthmus.runtime.kinds import INPUT

ROIS = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3), np.uint8)


@pytest.fixture(scope="module")
def onnx() -> Path:
    return open_model("tn5000-hfcn").onnx


def test_the_hidden_layer_is_given_for_the_roi_and_its_crops(onnx: Path) -> None:
    names, widths = hidden_layers(onnx)
    (cells,) = Inside(onnx, names).read(ROIS)
    assert (cells.shape, widths) == ((12, 512), (512,))
    assert cells.min() == 0 < cells.max()


def test_the_answers_are_given_as_before(onnx: Path) -> None:
    plain, more = onnx.read_bytes(), with_outputs(onnx.read_bytes(), hidden_layers(onnx)[0])
    assert more.startswith(plain)
    one, other = (onnxruntime.InferenceSession(file).run(["fused"], {INPUT: ROIS})[0] for file in (plain, more))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_name_of_any_length_is_encoded(onnx: Path) -> None:
    assert with_outputs(b"", ["x" * 200]) == b"\x3a\xce\x01\x62\xcb\x01\x0a\xc8\x01" + b"x" * 200


def test_a_tensor_that_is_not_there_is_refused(onnx: Path) -> None:
    with pytest.raises(BundleError, match="gives no nonsense"):
        Inside(onnx, ["nonsense"])
