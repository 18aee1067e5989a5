from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.clicks import Sides
from isthmus.errors import BundleError, DataError
from isthmus.infer.proposal.propose import NETWORK, Proposer, propose
from isthmus.nodule import Box, Frame, Point
from make.ellipse import ellipse

GOLDEN = Path(__file__).parents[2] / "golden" / "proposals.json"
NODULES: tuple[Sides, ...] = ((60, 50, 140, 110), (150, 40, 250, 120), (40, 120, 100, 160))


def overlap(one: Box, other: Sides) -> float:
    across = min(one.x1, other[2]) - max(one.x0, other[0])
    down = min(one.y1, other[3]) - max(one.y0, other[1])
    shared = max(0.0, across) * max(0.0, down)
    return shared / (one.width * one.height + (other[2] - other[0]) * (other[3] - other[1]) - shared)


def centre(box: Sides) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def constant(click: Point, width: int, height: int) -> Box:
    """Half the picture about the click."""
    (x, y), half, tall = click, width // 4, height // 4
    return Box(int(x) - half, int(y) - tall, int(x) + half, int(y) + tall).clipped(width, height)


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    return Proposer()


def test_it_finds_an_ellipse_better_than_a_constant_box(proposer: Proposer) -> None:
    ours, theirs = [], []
    for seed, box in enumerate(NODULES):
        frame, click = Frame(ellipse(300, 200, box, seed)), centre(box)
        ours.append(overlap(proposer.propose(frame, click), box))
        theirs.append(overlap(constant(click, 300, 200), box))
    assert np.mean(ours) > np.mean(theirs) + 0.1
    assert min(ours) > 0.5


def test_the_same_click_gives_the_same_box_on_any_number_of_threads(proposer: Proposer) -> None:
    frame = Frame(ellipse(300, 200, NODULES[0]))
    first = proposer.propose(frame, (95.0, 82.0))
    assert proposer.propose(frame, (95.0, 82.0)) == first
    assert Proposer(threads=2).propose(frame, (95.0, 82.0)) == first
    assert propose(frame, (95.0, 82.0)) == first


def test_colours_that_are_grey_change_nothing(proposer: Proposer) -> None:
    pixels = ellipse(300, 200, NODULES[1])
    click = centre(NODULES[1])
    grey, colour = (proposer.propose(Frame(one), click) for one in (pixels, np.stack([pixels] * 3, axis=-1)))
    assert grey == colour


@pytest.mark.parametrize("click", [(-0.1, 5), (300, 5), (5, 200), (5, -1), (math.nan, 5), (5, math.inf)])
def test_a_click_outside_is_refused(proposer: Proposer, click: Point) -> None:
    with pytest.raises(DataError, match="outside the picture of 300 x 200 pixels") as error:
        proposer.propose(Frame(np.zeros((200, 300), np.uint8), origin="7.png"), click)
    assert error.value.where == "7.png"
    assert "Click inside the nodule" in error.value.remedy


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (1, 900), (4000, 3000)])
def test_in_pictures_of_any_size_the_box_lies_inside_and_holds_the_click(
    proposer: Proposer, width: int, height: int
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width)).astype(np.uint8)
    for click in ((0.0, 0.0), (width - 0.01, height - 0.01), (width / 2, height / 2)):
        box = proposer.propose(Frame(pixels), click)
        assert box.fits(width, height)
        assert box.x0 <= click[0] < box.x1
        assert box.y0 <= click[1] < box.y1


def test_the_network_that_ships_proposes_what_it_did() -> None:
    """`python tests/golden/make_proposals.py` remakes the file, which is for new weights only."""
    for one in json.loads(GOLDEN.read_text(encoding="utf-8")):
        frame = Frame(ellipse(*one["picture"], tuple(one["nodule"])))
        found, kept = Proposer().propose(frame, tuple(one["click"])), Box.parse(one["box"])
        assert all(abs(getattr(found, side) - getattr(kept, side)) <= 1 for side in ("x0", "y0", "x1", "y1"))


def test_a_network_that_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"nothing")
    with pytest.raises(BundleError, match="click-to-box can't be loaded"):
        Proposer(tmp_path / "network.onnx")


def test_it_weighs_less_than_two_megabytes() -> None:
    assert NETWORK.stat().st_size < 2_000_000


def test_it_needs_no_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; import isthmus.infer.proposal.propose as one; one.Proposer()"
    subprocess.run([sys.executable, "-c", code], check=True)
