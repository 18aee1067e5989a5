"""Fitting a gate: its limits are those of validation, and directions point to what is turned."""

from __future__ import annotations

import numpy as np

from isthmus.infer.gate.features import grey_of
from isthmus.infer.gate.fit import COPIES, fitted, measure, other_scanner
from isthmus.infer.gate.gate import REASONS
from make.gated import gate, roi

GREY = np.stack([grey_of(roi(number)) for number in range(30)])


def test_the_same_rois_give_the_same_gate() -> None:
    one, other = (fitted(measure(GREY[:20]), measure(GREY[20:])) for _ in range(2))
    assert one.to_json() == other.to_json()


def test_wider_validation_gives_wider_limits_and_nothing_else() -> None:
    training = measure(GREY)
    near, far = (fitted(training, measure(one)) for one in (GREY, np.concatenate([GREY, 255 - GREY])))
    assert far.limits["distance"] > near.limits["distance"]
    assert (far.whitening == near.whitening).all()
    assert near.limits.keys() == REASONS.keys()


def test_directions_point_to_what_is_turned() -> None:
    measured = measure(GREY)
    for name in ("inverted", "upside_down"):
        rois = (measured.plain, getattr(measured, name))
        plain, turned = (gate().standardised(one) @ getattr(gate(), name) for one in rois)
        assert turned.mean() > gate().limits[name] > plain.mean()


def test_a_copy_is_another_picture_of_the_same_form() -> None:
    copy = other_scanner(GREY[0], np.random.default_rng(0))
    assert (copy.shape, copy.dtype) == (GREY[0].shape, np.uint8)
    assert (copy != GREY[0]).mean() > 0.5
    assert measure(GREY[:2]).copies.shape[:2] == (2, COPIES)
