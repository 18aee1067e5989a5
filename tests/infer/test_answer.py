"""Several nodules of one frame, and the document that answers for them."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import DataError
from isthmus.infer.answer import document, read_nodules
from isthmus.infer.predictor import Predictor
from isthmus.nodule import Box, Frame, parse_contour
from make.bundle import make


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(make(tmp_path_factory.mktemp("bundle") / "tiny"), threads=1)


FRAME = Frame(np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8), "made.png")


def test_every_box_is_read_in_its_order(predictor: Predictor) -> None:
    boxes = (Box(1, 2, 30, 40), Box(20, 5, 70, 50))
    readings = read_nodules(predictor, FRAME, boxes)
    assert [one.prediction.box for one in readings] == list(boxes)
    assert [one.prediction.nodule for one in readings] == ["made.png-1", "made.png-2"]
    alone = [predictor.predict(FRAME, box) for box in boxes]
    assert [one.prediction.probability for one in readings] == [one.probability for one in alone]


def test_without_a_box_the_whole_frame_is_read(predictor: Predictor) -> None:
    (reading,) = read_nodules(predictor, FRAME)
    assert reading.prediction.box == Box(0, 0, 80, 60)
    assert reading.as_json()["roi"] == "scan-area"


def test_the_document_names_model_engine_and_limits(predictor: Predictor) -> None:
    told = document(predictor, read_nodules(predictor, FRAME), [DataError("is empty", where="a.png")])
    assert (told["model"], told["engine"]) == ("tiny", "onnxruntime")
    assert told["errors"] == ["a.png: is empty"]
    assert told["disclaimer"] == "For research only; not a medical device."


@pytest.mark.parametrize("text", ["", "1,2", "1,2;3,4", "1,2;3,4;5,6", "1,2;3,4;nan,6", "1,2;3;4", "1,2;3,4;1e9,2"])
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        parse_contour(text)
