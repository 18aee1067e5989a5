from __future__ import annotations

import datetime
import io
from typing import Any

import numpy as np
import pydicom
import pytest

from isthmus.dicom.overlay import LEAST_WIDTH, REGION, overlay, results
from isthmus.dicom.pictures import presentation_state, secondary_capture, segmentation
from isthmus.errors import DataError
from isthmus.nodule import DISCLAIMER, Box, Label
from make.answered import BOX, MODEL, finding, picture, reading

AT = datetime.datetime(2026, 1, 5, 12, 0)
DARK = np.zeros((48, 64), np.uint8)


def test_a_capture_is_the_frame_with_the_region_and_a_panel_below() -> None:
    capture = secondary_capture([finding()], DARK, MODEL, AT)
    pixels = capture.pixel_array
    scale = -(-LEAST_WIDTH // 64)
    assert pixels.shape[1] == 64 * scale
    assert pixels.shape[0] > 48 * scale + 60
    assert tuple(pixels[round((BOX.y0 + 3) * scale), BOX.x0 * scale]) == REGION
    assert (capture.BurnedInAnnotation, capture.PhotometricInterpretation) == ("YES", "RGB")
    assert (capture.PatientID, str(capture.PatientName)) == ("ZH-7", "王^小明=王^小明")
    assert (capture.Laterality, capture.PatientOrientation) == ("L", "")


def test_a_capture_names_the_frame_that_it_was_made_of() -> None:
    (source,) = secondary_capture([finding(picture("colour", 3), frame=2)], DARK, MODEL).SourceImageSequence
    assert (source.ReferencedSOPInstanceUID, source.ReferencedFrameNumber) == ("1.2.3.4.1", 2)


def test_pixels_beside_what_is_drawn_are_the_frames() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (200, LEAST_WIDTH, 3), np.uint8)
    drawn = overlay(frame, [finding(picture(size=(200, LEAST_WIDTH)), crops=())], MODEL)
    assert np.array_equal(drawn[100:200, 400:], frame[100:200, 400:])


def test_the_words_name_both_verdict_and_threshold() -> None:
    lines = list(results(finding(), "nodule 1"))
    assert lines[0].startswith("nodule 1: malignant, P(malignant) = 0.732 (malignant from 0.300 on")
    assert any("crops 1: 0.60, 2: 0.70, 3: 0.80, 4: 0.65" in line for line in lines)
    assert any("TI-RADS acr-2017: TR4, 4 points" in line for line in lines)
    benign = list(results(finding(prediction=reading(probability=0.1)), "n"))
    assert benign[0].startswith("n: benign, P(malignant) = 0.100")


def test_a_refused_nodule_has_neither_number_nor_crops() -> None:
    refused = finding(prediction=reading(reasons=("it is upside down",)), size_mm=None, grade=None)
    assert list(results(refused, "n")) == ["n: no verdict, as it is upside down."]
    without = finding(prediction=refused.prediction, size_mm=None, grade=None, crops=())
    assert np.array_equal(overlay(DARK, [refused], MODEL), overlay(DARK, [without], MODEL))


def test_a_nodule_at_the_edge_of_the_picture_has_a_presentation_state() -> None:
    image = picture("grey")
    edge = Box(30, 10, image.Columns, image.Rows)
    state = presentation_state([finding(image, prediction=reading(edge), crops=())], MODEL, AT)
    assert not isinstance(state, str)
    corners = state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData
    assert (max(corners[::2]), max(corners[1::2])) == (image.Columns, image.Rows)


def test_a_presentation_state_of_grey_has_its_window_and_one_of_colour_a_profile() -> None:
    grey = picture("grey", 3)
    grey.WindowCenter, grey.WindowWidth = 100, 50
    state = presentation_state([finding(grey, frame=2)], MODEL, AT)
    assert not isinstance(state, str)
    assert state.SOPClassUID == "1.2.840.10008.5.1.4.1.1.11.1"
    assert state.SoftcopyVOILUTSequence[0].WindowWidth == 50
    (item,) = state.GraphicAnnotationSequence
    assert item.ReferencedImageSequence[0].ReferencedFrameNumber == 2
    assert item.GraphicObjectSequence[0].GraphicData[:2] == [BOX.x0, BOX.y0]
    assert DISCLAIMER in item.TextObjectSequence[0].UnformattedTextValue
    colour = presentation_state([finding(picture("colour"))], MODEL, AT)
    assert not isinstance(colour, str)
    assert colour.ICCProfile[12:16] == b"spac"


def test_what_cannot_be_written_is_said_in_a_sentence() -> None:
    assert "PALETTE COLOR" in str(presentation_state([finding(picture("palette"))], MODEL))
    said = segmentation([finding(picture("grey", 3))], MODEL)
    assert isinstance(said, str)
    assert "frame of reference" in said


@pytest.mark.parametrize("contour", [(), ((10, 12), (30, 12), (30, 40), (10, 40))])
def test_a_segmentation_has_the_regions_pixels(contour: Any) -> None:
    made = segmentation([finding(contour=contour), finding(nodule="other")], MODEL, AT)
    assert not isinstance(made, str)
    file = io.BytesIO()
    made.save_as(file, enforce_file_format=True)
    file.seek(0)
    masks = pydicom.dcmread(file).pixel_array
    assert masks.shape == (2, 48, 64)
    inside = np.zeros((48, 64), bool)
    inside[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1] = True
    assert np.array_equal(masks[0] > 0, inside) or abs(int((masks[0] > 0).sum()) - inside.sum()) <= 50
    assert np.array_equal(masks[1] > 0, inside)


def test_all_answers_have_uids_of_their_own_that_stay() -> None:
    def uids() -> list[str]:
        made = [secondary_capture([finding()], DARK, MODEL), presentation_state([finding()], MODEL)]
        return [str(one.SOPInstanceUID) for one in made if not isinstance(one, str)]

    assert uids() == uids()
    assert len(set(uids())) == 2


def test_findings_on_two_frames_are_refused() -> None:
    image = picture("grey", 3)
    with pytest.raises(DataError, match="several frames"):
        secondary_capture([finding(image, frame=1), finding(image, frame=2)], DARK, MODEL)


def test_a_set_of_labels_is_told() -> None:
    both = reading()
    object.__setattr__(both, "label_set", (Label.BENIGN, Label.MALIGNANT))
    assert "Not ruled out: benign and malignant" in list(results(finding(prediction=both), "n"))
