"""The probe is simulated, the same every time, and no two of its RoIs are alike."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.export.probe import PROBES, probe_rois


@pytest.mark.parametrize("size", [32, 96])
def test_rois_are_grey_repeatable_and_different(size: int) -> None:
    rois = probe_rois(size)
    assert rois.dtype == np.uint8
    assert rois.shape == (PROBES, size, size)
    np.testing.assert_array_equal(rois, probe_rois(size))
    assert len({roi.tobytes() for roi in rois}) == PROBES
    assert all(roi.std() > 5 for roi in rois)
