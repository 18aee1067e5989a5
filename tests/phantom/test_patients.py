"""Frames of one patient: they show the features, and are alike without being copies."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from isthmus.phantom.anatomy import HEIGHT, WIDTH
from isthmus.phantom.patients import LEFT, TOP, Patient, draw_patient, picture
from make.phantom import PLAIN


def taken(changes: dict[str, object], frame: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A picture of one patient with the given features, and the mask of its nodule."""
    patient: Patient = replace(draw_patient(1, 0), nodules=(replace(PLAIN, **changes),))  # type: ignore[arg-type]
    shot = picture(patient, 1, frame)
    mask = np.zeros(shot.pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(shot.polygons[0], np.int32)], 1)
    return shot.pixels[:, :, 0].astype(float), cv2.erode(mask, np.ones((9, 9))) > 0


def behind(mask: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask)
    centre = int(columns.mean())
    return slice(rows.max() + 12, rows.max() + 50), slice(centre - 15, centre + 15)


def test_the_picture_shows_what_was_drawn() -> None:
    plain, mask = taken({})
    hypoechoic, same = taken({"echo": -9.0})
    assert np.array_equal(mask, same)
    assert hypoechoic[mask].mean() < plain[mask].mean() - 15
    foci, _ = taken({"punctate": 12})
    assert np.percentile(foci[mask], 99.9) > np.percentile(plain[mask], 99.9) + 30
    cyst, _ = taken({"fluid": 1.0})
    assert cyst[mask].mean() < 40
    assert cyst[behind(mask)].mean() > plain[behind(mask)].mean() + 8
    rim, _ = taken({"rim": True})
    assert rim[behind(mask)].mean() < plain[behind(mask)].mean() - 20


def test_images_of_a_patient_are_alike_and_no_copies() -> None:
    patient = replace(draw_patient(1, 0), nodules=(PLAIN,))
    first, third = picture(patient, 1, 0), picture(patient, 1, 2)
    stranger = picture(replace(draw_patient(1, 1), nodules=(PLAIN,)), 1, 0)

    def alike(one: np.ndarray, other: np.ndarray, blur: float) -> float:
        a, b = (cv2.GaussianBlur(shot[8:308, 87:471, 0].astype(np.float32), (0, 0), blur) for shot in (one, other))
        return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])

    assert alike(first.pixels, third.pixels, 4) > 0.8 > alike(first.pixels, stranger.pixels, 4)
    quiet = np.s_[130:180, 250:300]
    speckle = [shot.pixels[quiet][:, :, 0].astype(float).ravel() for shot in (first, third)]
    assert abs(np.corrcoef(*speckle)[0, 1]) < 0.3


@pytest.mark.parametrize("changes", [{"aspect": 0.5}, {"aspect": 1.5}, {"aspect": 1.5, "roughness": 0.12}])
@pytest.mark.parametrize("frame", [0, 1])
def test_even_the_largest_nodule_lies_in_the_scan_area(changes: dict[str, float], frame: int) -> None:
    patient = replace(draw_patient(1, 4), elongation=1.4, nodules=(replace(PLAIN, radius=10.5, **changes),))
    points = np.array(picture(patient, 1, frame).polygons[0])
    assert (points.min(axis=0) >= (LEFT, TOP)).all()
    assert (points.max(axis=0) < (LEFT + WIDTH, TOP + HEIGHT)).all()
