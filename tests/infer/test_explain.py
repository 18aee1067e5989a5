"""An explanation lies where the answer comes from, in the RoI and on the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.data.prepare import placed, prepare, window
from isthmus.infer.explain import METHOD, crop_places, explain
from isthmus.infer.map_check import MapCheck, with_check
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame, Pixels
from isthmus.prediction import Passage, Probabilities
from make.bundle import TINY, make

BOX, SPOT = Box(60, 30, 140, 90), Box(112, 40, 120, 48)  # in image pixels


class Bright:
    """An engine whose P rises with the brightest place of the RoI; five crops."""

    name, precision = "onnxruntime", "fp32"

    def read(self, rois: Pixels) -> Probabilities:
        p = 0.2 + rois.reshape(len(rois), -1).max(1) / 500
        return Probabilities(p, p, np.tile(np.linspace(0.1, 0.5, 5), (len(rois), 1)))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("bundle") / "untrained")


@pytest.fixture
def frame() -> Frame:
    pixels = np.full((120, 200), 60, np.uint8)
    pixels[SPOT.y0 : SPOT.y1, SPOT.x0 : SPOT.x1] = 255
    return Frame(pixels, origin="made.png")


def reading(bundle: Path, resize: str) -> Predictor:
    predictor = Predictor.load(bundle)
    recipe = predictor.bundle.recipe.changed(resize=resize)
    predictor.bundle = replace(predictor.bundle, recipe=recipe)
    predictor.engine = Bright()
    return predictor


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "square"])
def test_the_map_lies_on_the_place_that_counts(resize: str, bundle: Path, frame: Frame) -> None:
    predictor = reading(bundle, resize)
    one = explain(predictor, frame, BOX)
    assert one.prediction == predictor.predict(frame, BOX)
    preparation = predictor.bundle.recipe.preparation
    assert one.map.shape == (preparation.size, preparation.size)
    assert one.map.dtype == np.float32
    row, column = np.unravel_index(np.argmax(one.map), one.map.shape)
    middle = ((SPOT.x0 + SPOT.x1) / 2, (SPOT.y0 + SPOT.y1) / 2)
    x, y = placed([middle], BOX, frame, preparation)[0]
    cell = preparation.size / 10
    assert abs(column - x) <= cell
    assert abs(row - y) <= cell
    laid = one.placement.on_image(one.map)
    assert laid.shape == (120, 200)
    row, column = np.unravel_index(np.argmax(laid), laid.shape)
    assert abs(column - middle[0]) <= cell / one.placement.scale[0]
    assert abs(row - middle[1]) <= cell / one.placement.scale[1]
    seen = window(BOX, frame, preparation)
    assert not laid[:, : max(seen.x0 - 1, 0)].any()
    assert not laid[:, seen.x1 + 1 :].any()


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "square"])
def test_a_rectangle_of_the_roi_is_where_the_image_shows_it(resize: str, bundle: Path, frame: Frame) -> None:
    one = explain(reading(bundle, resize), frame, BOX)
    corners = [(SPOT.x0, SPOT.y0), (SPOT.x1, SPOT.y1)]
    preparation = TINY.changed(resize=resize).preparation
    (x0, y0), (x1, y1) = placed(corners, BOX, frame, preparation).tolist()
    assert one.placement.in_image((x0, y0, x1, y1)) == pytest.approx((SPOT.x0, SPOT.y0, SPOT.x1, SPOT.y1))
    roi = prepare(frame, BOX, preparation)
    assert roi[round(y0) + 1 : round(y1) - 1, round(x0) + 1 : round(x1) - 1].min() > 200


def test_crops_have_their_votes_and_places(bundle: Path, frame: Frame) -> None:
    one = explain(reading(bundle, "stretch"), frame, BOX)
    assert [crop.probability for crop in one.crops] == pytest.approx(np.linspace(0.1, 0.5, 5).tolist())
    size, side = TINY.preparation.size, TINY.network.alpha * TINY.preparation.size
    free = size - side
    starts = [(0, 0), (free, 0), (0, free), (free, free), (free / 2, free / 2)]
    for crop, (x, y) in zip(one.crops, starts, strict=True):
        assert crop.in_roi == pytest.approx((x, y, x + side, y + side))
    seen = window(BOX, frame, TINY.preparation)
    assert one.crops[0].in_image[:2] == pytest.approx((seen.x0, seen.y0))
    assert one.crops[3].in_image[2:] == pytest.approx((seen.x1, seen.y1))


def test_places_of_crops_where_the_votes_are_others(bundle: Path, frame: Frame) -> None:
    predictor = Predictor.load(bundle)
    for change, count in ({"crops": "none"}, 0), ({"crops": "random"}, 0), ({"steps": 2}, 9), ({"mirror": "both"}, 10):
        recipe = predictor.bundle.recipe.changed(**change)
        assert len(crop_places(replace(predictor.bundle, recipe=recipe))) == count
    other = reading(bundle, "stretch")
    other.bundle = replace(other.bundle, recipe=other.bundle.recipe.changed(steps=2))
    assert explain(other, frame, BOX).crops == ()


def test_an_ensemble_shows_the_crops_in_its_members_part_of_the_window(bundle: Path) -> None:
    own = Predictor.load(bundle).bundle
    narrow = own.recipe.changed(resize="square", margin=0.25)
    wide = own.recipe.changed(resize="square", margin=1.0, crops="none")
    whole = narrow.model_copy(update={"preparation": wide.preparation})
    places = crop_places(replace(own, recipe=whole, members=(wide, narrow)))
    edges = np.array(places)
    assert edges.min() == pytest.approx(whole.preparation.size / 4)  # 1.5 of 3 times the box
    assert edges.max() == pytest.approx(whole.preparation.size * 3 / 4)


def test_it_may_be_shown_only_where_the_bundle_says_so(bundle: Path, frame: Frame, tmp_path: Path) -> None:
    one = explain(Predictor.load(bundle), frame, BOX)
    assert not one.may_be_shown
    assert "never checked" in one.why
    assert np.isfinite(one.map).all()
    made = with_check(Predictor.load(bundle).bundle, MapCheck(METHOD, True, ("It points.",), 60), tmp_path / "checked")
    again = explain(Predictor(made), frame, BOX)
    assert again.may_be_shown
    assert again.why == "It points."
    np.testing.assert_array_equal(again.map, one.map)


class Refuses:
    """A gate that lets nothing through."""

    def judge_all(self, rois: Pixels, boxes: Sequence[Box]) -> list[Passage]:
        return [Passage(("it is blank",)) for _ in boxes]


def test_nothing_is_shown_of_what_the_gate_refuses(bundle: Path, frame: Frame, tmp_path: Path) -> None:
    made = with_check(Predictor.load(bundle).bundle, MapCheck(METHOD, True, ("It points.",), 60), tmp_path / "checked")
    predictor = Predictor(made)
    predictor.gate = Refuses()  # type: ignore[assignment]
    one = explain(predictor, frame, BOX)
    assert not one.may_be_shown
    assert "it is blank" in one.why


def test_the_whole_frame_without_a_box(bundle: Path, frame: Frame) -> None:
    one = explain(reading(bundle, "stretch"), frame)
    assert one.prediction.box == Box(0, 0, 200, 120)
