"""Calipers in RoIs: where they count, and their association with the label against a table worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.audit.audit import audit
from isthmus.data.audit.crosses import Cross
from isthmus.data.audit.roi_calipers import RoiCalipers, crosses_in, odds_ratio, odds_ratio_at_equal_size, roi_of
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import BY_PATIENT, Grouping
from isthmus.nodule import Box, ImageRef, Label, Nodule, Pixels
from isthmus.report.terminal.calipers import print_calipers, print_marks, verdict
from make.scan import save, scan, write


def nodules(*labels: int) -> list[Nodule]:
    return [
        Nodule(str(i), str(i), str(i), ImageRef(Path()), Box(0, 0, 1, 1), label=Label(one))
        for i, one in enumerate(labels)
    ]


def alone(made: list[Nodule]) -> dict[str, str]:
    return {nodule.image: nodule.image for nodule in made}


def test_the_odds_ratio_is_that_of_the_table() -> None:
    made = nodules(*[1] * 40, *[0] * 60)
    marked = {str(i) for i in [*range(30), *range(40, 50)]}  # 30 of 40 malignant, 10 of 60 benign
    odds = odds_ratio(made, marked, alone(made))
    assert odds.value == pytest.approx(30.5 * 50.5 / (10.5 * 10.5))
    woolf = math.sqrt(1 / 30.5 + 1 / 50.5 + 1 / 10.5 + 1 / 10.5)
    assert math.log(odds.high / odds.low) == pytest.approx(2 * 1.99 * woolf, rel=0.08)
    assert odds.n == 100


def test_groups_that_are_alike_widen_the_interval() -> None:
    made = nodules(*[1] * 40, *[0] * 60)
    marked = {str(i) for i in [*range(20), *range(40, 60)]}
    apart, together = (odds_ratio(made, marked, {str(i): str(i // size) for i in range(100)}) for size in (1, 10))
    assert apart.value == together.value
    assert together.high / together.low > 2 * apart.high / apart.low


def test_what_size_explains_is_gone_at_equal_size() -> None:
    """Large nodules are more often malignant, and more often have calipers; among those of a size the two don't go
    together. By hand: two sizes, 20 of 40 marked at 30 to 10, 5 of 40 at 10 to 30."""
    made, marked = [], set()
    for size, malignant, share in ((100, 30, 2), (10, 10, 5)):
        for i in range(40):
            label, name = Label(int(i < malignant)), f"{size}-{i}"
            made.append(replace(nodules(int(label))[0], id=name, image=name, box=Box(0, 0, size, 5)))
            marked |= {name} if i % share == 0 else set()
    assert odds_ratio(made, marked, alone(made)).value > 1.4
    equal = odds_ratio_at_equal_size(made, marked, alone(made))
    assert equal.value == pytest.approx(1, abs=0.05)
    assert equal.low < 1 < equal.high


def test_at_one_size_it_is_the_ratio_of_the_table() -> None:
    made = nodules(*[1] * 40, *[0] * 60)
    marked = {str(i) for i in [*range(30), *range(40, 50)]}
    assert odds_ratio_at_equal_size(made, marked, alone(made)).value == pytest.approx(30 * 50 / (10 * 10))
    every_malignant = {str(i) for i in range(40)}
    one_sided = odds_ratio_at_equal_size(made, every_malignant, alone(made))
    assert math.isinf(one_sided.value)


@pytest.mark.parametrize(("labels", "marked"), [((1, 1, 1), "0"), ((0, 1, 1), ""), ((0, 1, 1), "012"), ((), "")])
def test_it_is_undefined_without_both(labels: tuple[int, ...], marked: str) -> None:
    made = nodules(*labels)
    odds = odds_ratio(made, set(marked), alone(made))
    assert math.isnan(odds.value)
    assert "both labels" in verdict(odds)


def test_a_roi_is_a_square_with_a_margin() -> None:
    roi = roi_of(Box(20, 40, 60, 60), 100, 90)
    assert roi == Box(10, 20, 70, 80)
    inside, outside = Cross(20, 69, 4), Cross(20, 70, 4)
    assert crosses_in(roi, [inside, outside]) == (inside,)
    assert roi_of(Box(0, 0, 90, 90), 100, 90) == Box(0, 0, 100, 90)


def white(pixels: Pixels, y: int, x: int) -> None:
    pixels[y : y + 2, x - 7 : x + 9] = pixels[y - 7 : y + 9, x : x + 2] = 222


def looked_at(folder: Path, patient: str) -> RoiCalipers:
    pictures = []
    for i in range(6):
        picture = scan(i, text="")
        if i in (1, 2):
            white(picture, 120, 180)
            white(picture, 120, 220)
        if i == 3:
            picture[120:122, 190:210] = (60, 220, 60)
        if i == 4:  # outside the RoI
            white(picture, 120, 80)
            white(picture, 120, 320)
        pictures.append(replace(save(folder, f"{40 + 4 * i}", picture), patient=patient.format(i)))
    made = tuple(
        Nodule(f"{one.id}-1", one.id, one.patient, one.picture, Box(150, 80, 250, 160), label=Label(i % 2))
        for i, one in enumerate(pictures)
    )
    return audit(DataSet("made", folder, tuple(pictures), made)).calipers


def test_look_counts_the_calipers_of_rois(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calipers = looked_at(tmp_path, "{}")
    assert (calipers.n, calipers.rois, calipers.white, calipers.coloured) == (6, 3, 2, 1)
    assert calipers.by_label == {"benign": (1, 2), "malignant": (2, 1), "unlabelled": (0, 0)}
    assert calipers.grouping == Grouping(50), "numbers 40 to 60: two blocks"
    result = calipers.as_json()
    assert result["by_label"] == {
        "benign": {"with": 1, "without": 2},
        "malignant": {"with": 2, "without": 1},
        "unlabelled": {"with": 0, "without": 0},
    }
    assert result["odds_ratio"] == pytest.approx(2.5 * 2.5 / 1.5**2)
    print_calipers(calipers)
    shown = capsys.readouterr().out
    assert "Of 6, 3 have calipers" in shown
    assert "malignant: 2 of 3 (66.7 %)" in shown


def test_look_counts_the_other_marks_of_rois(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = []
    for i in range(6):
        picture = scan(i, text="P100 12L6" if i == 1 else "")
        if i in (2, 3):
            white(picture, 120, 180)
            white(picture, 120, 220)
            write(picture, "2", (185 if i == 2 else 370, 140), (222, 222, 222))  # beside a cross, or far away
        if i == 4:
            picture[2:5, 180:184] = 255  # a tick of the scale
        pictures.append(replace(save(tmp_path, f"{40 + 4 * i}", picture), patient=str(i)))
    box = Box(120, 30, 280, 230)  # its square leaves the scan area above and below
    made = tuple(
        Nodule(f"{one.id}-1", one.id, one.patient, one.picture, box, label=Label(i % 2))
        for i, one in enumerate(pictures)
    )
    seen = audit(DataSet("made", tmp_path, tuple(pictures), made))
    counts = {kind: marks.rois for kind, marks in seen.other_marks.items()}
    assert counts == {"digits": 1, "text": 1, "device": 2}
    result = seen.as_json()["marks"]
    assert isinstance(result, dict)
    assert result["device"]["by_label"]["benign"] == {"with": 1, "without": 2}
    assert set(result["digits"]) == {
        *("n", "rois", "by_label", "odds_ratio", "low", "high", "method", "at_equal_size", "group_by"),
    }
    print_marks(seen.other_marks)
    assert "outside the scan area (scale, arrows, text): in 2 of 6 RoIs" in capsys.readouterr().out


def test_patients_that_are_named_are_the_groups(tmp_path: Path) -> None:
    assert looked_at(tmp_path, "one").grouping == BY_PATIENT


def test_the_verdict_names_the_class() -> None:
    made = nodules(*[1] * 40, *[0] * 60)
    many = {str(i) for i in [*range(30), *range(40, 45)]}
    assert "more frequent in malignant" in verdict(odds_ratio(made, many, alone(made)))
    few = {str(i) for i in [*range(5), *range(40, 85)]}
    assert "more frequent in benign" in verdict(odds_ratio(made, few, alone(made)))
    even = {str(i) for i in np.arange(0, 100, 2)}
    assert "No association" in verdict(odds_ratio(made, even, alone(made)))
