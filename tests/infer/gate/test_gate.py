"""The gate lets nodules through, names why it refuses others, and reads back from its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isthmus.errors import BundleError
from isthmus.infer.gate.features import COUNT
from isthmus.infer.gate.gate import REASONS, Gate
from isthmus.nodule import Box, Pixels
from make.gated import BOX, gate, roi

OTHERS = range(200, 260)


def refused(rois: list[Pixels], reason: str = "") -> float:
    """The share of RoIs that are refused, for a reason of REASONS if one is named."""
    answers = [gate().judge(one, BOX).reasons for one in rois]
    return float(np.mean([REASONS[reason] in one if reason else bool(one) for one in answers]))


def test_nodules_like_those_of_training_pass() -> None:
    assert refused([roi(number) for number in OTHERS]) < 0.15


def test_what_is_none_is_refused_with_its_reason() -> None:
    rng = np.random.default_rng(0)
    assert refused([255 - roi(number) for number in OTHERS], "inverted") > 0.9
    assert refused([roi(number)[::-1] for number in OTHERS], "upside_down") > 0.9
    assert refused([rng.integers(0, 256, (96, 96, 3), dtype=np.uint8)], "distance") == 1
    assert refused([np.full((96, 96, 3), 255, np.uint8)], "distance") == 1
    assert refused([np.zeros((96, 96, 3), np.uint8)], "empty") == 1


def test_doppler_and_a_small_box_are_refused_and_nothing_else_is_said_of_them() -> None:
    number = next(number for number in OTHERS if not gate().judge(roi(number), BOX).reasons)
    pixels = roi(number)
    assert gate().judge(pixels, Box(5, 5, 15, 18)).reasons == (REASONS["side"],)
    pixels[30:60, 30:60, 2] = 0
    pixels[30:60, 30:60, 0] = 255
    assert gate().judge(pixels, BOX).reasons == (REASONS["colour"],)


def test_it_reads_back_from_its_file_and_judges_alike(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text(gate().to_json(), encoding="utf-8")
    again = Gate.load(tmp_path / "gate.json")
    assert again.about == "made"
    for number in (1, 2):
        ours, theirs = (one.measures(roi(number)[None], [BOX]) for one in (gate(), again))
        for name in REASONS:
            assert theirs[name] == pytest.approx(ours[name], rel=1e-3, abs=1e-3)


def test_many_at_once_are_judged_as_one_by_one() -> None:
    rois = np.stack([turned for number in range(20) for turned in (roi(number), 255 - roi(number), roi(number)[::-1])])
    boxes = [Box(0, 0, side, 9) for side in range(5, 65)]
    passages = gate().judge_all(rois, boxes)
    assert passages == [gate().judge(one, box) for one, box in zip(rois, boxes, strict=True)]
    assert {reason for passage in passages for reason in passage.reasons} >= {REASONS["side"], REASONS["inverted"]}
    assert any(passage.accepted for passage in passages)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 0),
        ("centre", [0.0]),
        ("centre", [float("nan")] * COUNT),
        ("scale", [0.0] * COUNT),
        ("whitening", "x"),
        ("limits", {"side": 1.0}),
        ("limits", dict.fromkeys(REASONS, float("inf"))),
        ("limits", dict.fromkeys(REASONS)),
    ],
)
def test_a_file_that_is_no_gate_is_refused(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(json.loads(gate().to_json()) | {field: value}), encoding="utf-8")
    with pytest.raises(BundleError, match=r"gate\.json: is no gate of this isthmus"):
        Gate.load(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"version": 1}'])
def test_nonsense_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gate.json"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"gate\.json: is no gate"):
        Gate.load(path)
