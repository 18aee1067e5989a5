"""What an engine raises or gives amiss is one error of ours, never an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from isthmus.errors import BundleError, EngineError
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.runtime.checked import Checked

ROIS = np.zeros((2, 8, 8, 3), np.uint8)
GOOD = np.array([0.25, 0.75], np.float32)
CROPS = np.full((2, 5), 0.5, np.float32)


@dataclass
class Giving:
    """An engine that gives this, or raises it."""

    gives: Probabilities | Exception
    name: str = "onnxruntime"
    precision: str = field(default="fp32")

    def read(self, rois: Pixels) -> Probabilities:
        """Gives or raises."""
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


def values(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (
            RuntimeError("[ONNXRuntimeError] : 6 :\n out of memory"),
            r"failed \(\[ONNXRuntimeError\] : 6 : out of memory\)",
        ),
        (MemoryError(), r"failed \(MemoryError\)"),
        (KeyError("fused"), r"failed \('fused'\)"),
        (Probabilities(values(0.5, np.nan), GOOD, CROPS), "gave fused that are no probabilities"),
        (Probabilities(GOOD, values(0.5, np.inf), CROPS), "gave whole that are no probabilities"),
        (Probabilities(GOOD, GOOD, CROPS * np.nan), "gave crops that are no probabilities"),
        (Probabilities(values(0.5, 1.045), GOOD, None), "gave fused that are no probabilities"),
        (Probabilities(values(-0.5, 0.5), GOOD, None), "gave fused that are no probabilities"),
        (Probabilities(values(0.5), GOOD, None), r"gave fused of shape \(1,\) for 2 RoIs"),
        (Probabilities(np.float32(0.5), GOOD, None), r"gave fused of shape \(\) for 2 RoIs"),  # type: ignore[arg-type]
        (Probabilities(GOOD, CROPS, None), r"gave whole of shape \(2, 5\)"),
        (Probabilities(GOOD, GOOD, CROPS[:1]), r"gave crops of shape \(1, 5\)"),
        (Probabilities(GOOD, GOOD, CROPS[:, :0]), r"gave crops of shape \(2, 0\)"),
        (Probabilities(GOOD, GOOD, CROPS, GOOD), r"gave a feature map of shape \(2,\)"),
        (Probabilities(GOOD, GOOD, CROPS, np.zeros((1, 3, 4, 4))), r"gave a feature map of shape \(1, 3, 4, 4\) for 2"),
        (Probabilities(values(0.5, 1.001), GOOD, None), "gave fused that are no probabilities"),
        (Probabilities(values(-0.001, 0.5), GOOD, None), "gave fused that are no probabilities"),
    ],
)
def test_it_is_one_line(gives: Probabilities | Exception, told: str) -> None:
    with pytest.raises(EngineError, match=f"engine onnxruntime {told}") as caught:
        Checked(Giving(gives)).read(ROIS)
    assert "\n" not in str(caught.value)


def test_errors_of_ours_pass_as_they_are() -> None:
    with pytest.raises(BundleError, match="mine"):
        Checked(Giving(BundleError("mine"))).read(ROIS)  # type: ignore[arg-type]


def test_what_is_right_passes_and_rounding_is_clipped() -> None:
    found = Checked(Giving(Probabilities(values(1 + 1e-6, -1e-6), GOOD, CROPS))).read(ROIS)
    assert found.fused.tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(found.whole, GOOD)
    assert found.crops is not None
    np.testing.assert_array_equal(found.crops, CROPS)
    assert Checked(Giving(Probabilities(GOOD, GOOD, None))).read(ROIS).crops is None
