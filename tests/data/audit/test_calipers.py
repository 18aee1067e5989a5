"""Coloured marks are found inside the boxes, tints and Doppler are told apart, and the 2 x 2 table is right."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import Table2x2

from isthmus.data.audit.calipers import coloured_marks, marks_by_label
from isthmus.data.labels import POLICIES, labelled
from isthmus.data.readers import ddti
from isthmus.nodule import Box, ImageRef, Label, Nodule, Pixels
from make.scan import cross, save, scan

INSIDE, BOX = (200, 120), Box(150, 80, 250, 160)
CYAN, GREY = (60, 200, 190), (210, 210, 210)


def nodule(folder: Path, name: str, picture: Pixels, box: Box = BOX, ending: str = "png", **options: int) -> Nodule:
    record = save(folder, name, picture, ending, **options)
    return Nodule(f"{name}-1", name, record.patient, record.picture, box)


def test_a_coloured_cross_in_the_box_is_a_mark(tmp_path: Path) -> None:
    picture = scan(1)
    cross(picture, INSIDE, CYAN)
    found = coloured_marks([nodule(tmp_path, "1_1", picture), nodule(tmp_path, "2_1", scan(2))])
    assert found.images == ("1_1",)
    assert found.nodules == {"1_1-1"}
    assert found.marks[0].pixels == 21
    assert found.marks[0].share == pytest.approx(21 / 8000, abs=1e-5)
    assert found.areas == ()


def test_a_mark_survives_jpeg_and_jpeg_alone_makes_none(tmp_path: Path) -> None:
    picture = scan(1)
    cross(picture, INSIDE, CYAN)
    marked = nodule(tmp_path, "1_1", picture, ending="jpg", quality=85)
    assert coloured_marks([marked, nodule(tmp_path, "2_1", scan(2), ending="jpg", quality=10)]).images == ("1_1",)


def test_marks_beside_the_box_and_grey_ones_do_not_count(tmp_path: Path) -> None:
    beside, grey = scan(1), scan(1)
    cross(beside, (300, 200), CYAN)
    cross(grey, INSIDE, GREY)
    assert coloured_marks([nodule(tmp_path, "1_1", beside), nodule(tmp_path, "2_1", grey)]).marks == ()


def test_grey_files_and_boxes_at_the_border_are_no_trouble(tmp_path: Path) -> None:
    made = nodule(tmp_path, "1_1", scan(1)[:, :, 0])
    assert coloured_marks([made, replace(made, box=Box(390, 250, 420, 300))]).marks == ()


def test_a_tint_and_doppler_flow_are_areas(tmp_path: Path) -> None:
    sepia = (scan(1) * np.array([1.0, 0.8, 0.4])).astype(np.uint8)
    doppler = scan(2)
    doppler[100:130, 180:220] = (220, 30, 20)
    found = coloured_marks([nodule(tmp_path, "1_1", sepia), nodule(tmp_path, "2_1", doppler)])
    assert "2_1" in found.areas
    assert "1_1" in found.areas
    assert "2_1" not in found.images


def test_a_mark_beside_doppler_flow_is_still_seen(tmp_path: Path) -> None:
    doppler = scan(2)
    doppler[90:110, 160:190] = (220, 30, 20)
    cross(doppler, (230, 140), CYAN)
    found = coloured_marks([nodule(tmp_path, "2_1", doppler)])
    assert (found.images, found.areas) == (("2_1",), ("2_1",))


def made(benign: tuple[int, int], malignant: tuple[int, int], unlabelled: tuple[int, int] = (0, 0)) -> list[Nodule]:
    """Nodules, as (marked, unmarked) of each class; the marked ones' ids begin with "m"."""
    nodules = []
    for label, counts in ((Label.BENIGN, benign), (Label.MALIGNANT, malignant), (None, unlabelled)):
        for kind, count in zip("mu", counts, strict=True):
            nodules += [Nodule(f"{kind}{label}{i}", "", "", ImageRef(Path()), BOX, label=label) for i in range(count)]
    return nodules


def test_the_table_of_marks_by_label() -> None:
    nodules = made((5, 95), (20, 60), (3, 4))
    found = marks_by_label(nodules, {nodule.id for nodule in nodules if nodule.id[0] == "m"})
    assert (found.marked_benign, found.marked_malignant, found.unmarked_benign, found.unmarked_malignant) == (
        5,
        20,
        95,
        60,
    )
    assert (found.marked_unlabelled, found.unmarked_unlabelled, found.n) == (3, 4, 180)
    reference = Table2x2(np.array([[20, 5], [60, 95]]))
    assert found.odds_ratio == pytest.approx(reference.oddsratio, rel=0.05), "conditional beside unconditional"
    assert found.low < reference.oddsratio_confint()[0] < found.odds_ratio < found.high
    assert found.p == pytest.approx(reference.test_nominal_association().pvalue, abs=1e-3)


@pytest.mark.parametrize(
    ("benign", "malignant"), [((0, 5), (0, 5)), ((5, 0), (5, 0)), ((2, 3), (0, 0)), ((0, 0), (0, 0))]
)
def test_an_empty_margin_leaves_the_odds_ratio_undefined(benign: tuple[int, int], malignant: tuple[int, int]) -> None:
    nodules = made(benign, malignant)
    found = marks_by_label(nodules, {nodule.id for nodule in nodules if nodule.id[0] == "m"})
    assert all(map(math.isnan, (found.odds_ratio, found.low, found.high, found.p)))


@pytest.mark.slow
def test_real_ddti(ddti_root: Path) -> None:
    data = ddti.read(ddti_root)
    found = coloured_marks(data.nodules)
    assert (len(found.images), len(found.marks), found.areas) == (20, 36, ())
    for policy in POLICIES:
        result = marks_by_label(labelled(data.nodules, policy), found.nodules)
        assert result.marked_benign == result.marked_malignant == 0, "only nodules without a TI-RADS are marked"
