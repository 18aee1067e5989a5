"""Each form of annotation to the pixels that it means, by geometry worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from isthmus.errors import DataError
from isthmus.nodule import Box, Mark, Pixels
from isthmus.pacs.drawn import MOST_CORNERS, regions_in
from isthmus.pacs.marks import FrameMark, area_of
from make.pacs import BOX, coordinates, graphic, marking, segments, ultrasound

SQUARE = [40, 50, 120, 50, 120, 110, 40, 110, 40, 50]
TRIANGLE = [20, 20, 60, 20, 20, 60, 20, 20]
HEIGHT, WIDTH = 160, 200
Make = Callable[[str, list[float], Dataset], Dataset]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


@pytest.fixture
def image() -> Dataset:
    return ultrasound()


def only(found: dict[str, list[FrameMark]], image: Dataset) -> Mark:
    """The one region, on frame 1 of the picture."""
    assert list(found) == [image.SOPInstanceUID]
    (one,) = found[image.SOPInstanceUID]
    assert one.frame == 1
    return one.mark


def rectangle(box: Box) -> Pixels:
    """A mask that is 1 in a box."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[box.y0 : box.y1, box.x0 : box.x1] = 1
    return mask


@pytest.mark.parametrize("make", [graphic, coordinates])
def test_an_upright_rectangle_is_a_box_whose_edges_are_behind_its_last_pixels(make: Make, image: Dataset) -> None:
    assert only(regions_in(make("POLYLINE", SQUARE, image)), image) == Mark(Box(40, 50, 120, 110))


@pytest.mark.parametrize("make", [graphic, coordinates])
def test_a_polygon_keeps_its_corners(make: Make, image: Dataset) -> None:
    mark = only(regions_in(make("POLYLINE", TRIANGLE, image)), image)
    assert mark == Mark(Box(20, 20, 60, 60), ((20, 20), (60, 20), (20, 60)))


@pytest.mark.parametrize("make", [graphic, coordinates])
def test_a_circle_is_its_centre_and_a_point_of_its_edge(make: Make, image: Dataset) -> None:
    mark = only(regions_in(make("CIRCLE", [80, 70, 80, 90], image)), image)
    assert mark.box == Box(60, 50, 100, 90)
    assert area_of(mark.contour) == pytest.approx(math.pi * 20**2, rel=0.01)


@pytest.mark.parametrize("make", [graphic, coordinates])
def test_an_ellipse_is_the_ends_of_its_axes(make: Make, image: Dataset) -> None:
    mark = only(regions_in(make("ELLIPSE", [40, 70, 100, 70, 70, 60, 70, 80], image)), image)
    assert mark.box == Box(40, 60, 100, 80)
    assert area_of(mark.contour) == pytest.approx(math.pi * 30 * 10, rel=0.01)


def test_an_ellipse_that_leans_reaches_as_far_as_its_edge(image: Dataset) -> None:
    # Half axes of 20 and 10 pixels at 45 degrees about 80, 70: half its width is the root of (20² + 10²) / 2.
    a, b = 20 / math.sqrt(2), 10 / math.sqrt(2)
    ends = [80 - a, 70 - a, 80 + a, 70 + a, 80 + b, 70 - b, 80 - b, 70 + b]
    half = math.sqrt((20**2 + 10**2) / 2)
    mark = only(regions_in(graphic("ELLIPSE", ends, image)), image)
    assert mark.box.x0 == pytest.approx(80 - half, abs=1)
    assert mark.box.x1 == pytest.approx(80 + half, abs=1)
    assert mark.box.height == mark.box.width


@pytest.mark.parametrize(
    ("kind", "numbers", "filled"),
    [
        ("POINT", [30, 30], "N"),
        ("POLYLINE", [30, 30, 90, 90], "N"),  # a caliper
        ("POLYLINE", SQUARE[:-2], "N"),  # open
        ("POLYLINE", [30, 30, 31, 30, 31, 31, 30, 30], "Y"),  # the head of an arrow
        ("CIRCLE", [80, 70, 81, 70], "N"),
        ("CIRCLE", [80, 70], "N"),
        ("ELLIPSE", [40, 70, 100, 70], "N"),
        ("POLYLINE", [math.nan, 1, 2, 3, 4, 5, math.nan, 1], "Y"),
        ("POLYLINE", [], "Y"),
    ],
)
def test_what_is_no_closed_region_is_none(kind: str, numbers: list[float], filled: str, image: Dataset) -> None:
    assert regions_in(graphic(kind, numbers, image, filled=filled)) == {}


def test_an_open_line_that_is_filled_is_a_region(image: Dataset) -> None:
    assert only(regions_in(graphic("POLYLINE", SQUARE[:-2], image, filled="Y")), image).box == Box(40, 50, 120, 110)


def shown(state: Dataset, first: tuple[int, int], last: tuple[int, int], turned: int = 0) -> Dataset:
    """A presentation state that shows the pixels ``first`` to ``last``, turned by so many degrees."""
    area = Dataset()
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = list(first), list(last)
    state.DisplayedAreaSelectionSequence = [area]
    state.ImageRotation, state.ImageHorizontalFlip = turned, "N"
    return state


HALVES = [0.25, 0.5, 0.75, 0.5, 0.75, 1.0, 0.25, 1.0, 0.25, 0.5]


@pytest.mark.parametrize(
    ("first", "last", "turned", "box"),
    [
        ((1, 1), (200, 160), 0, Box(50, 80, 150, 160)),
        ((101, 81), (200, 160), 0, Box(125, 120, 175, 160)),
        ((200, 160), (1, 1), 180, Box(50, 0, 150, 80)),
        ((200, 1), (1, 160), 0, Box(50, 80, 150, 160)),  # flipped
        ((1, 160), (200, 1), 90, Box(100, 40, 200, 120)),
    ],
)
def test_fractions_of_the_displayed_area_are_pixels_of_the_picture(
    first: tuple[int, int], last: tuple[int, int], turned: int, box: Box, image: Dataset
) -> None:
    state = shown(graphic("POLYLINE", HALVES, image, units="DISPLAY"), first, last, turned)
    assert only(regions_in(state), image).box == box


def test_fractions_of_an_area_that_isnt_told_are_no_region(image: Dataset) -> None:
    assert regions_in(graphic("POLYLINE", HALVES, image, units="DISPLAY")) == {}


def test_fractions_of_another_pictures_area_are_no_region(image: Dataset) -> None:
    state = shown(graphic("POLYLINE", HALVES, image, units="DISPLAY"), (1, 1), (200, 160))
    other = Dataset()
    other.ReferencedSOPInstanceUID = "1.2.3"
    state.DisplayedAreaSelectionSequence[0].ReferencedImageSequence = [other]
    assert regions_in(state) == {}


def test_a_state_without_pictures_of_its_graphics_means_all_of_its_series(image: Dataset) -> None:
    state = graphic("POLYLINE", SQUARE, image)
    series = Dataset()
    series.ReferencedImageSequence = state.GraphicAnnotationSequence[0].ReferencedImageSequence
    del state.GraphicAnnotationSequence[0].ReferencedImageSequence
    state.ReferencedSeriesSequence = [series]
    assert only(regions_in(state), image).box == Box(40, 50, 120, 110)


def test_a_graphic_far_from_every_picture_is_kept_for_what_is_said_of_it(image: Dataset) -> None:
    far = only(regions_in(graphic("POLYLINE", [300, 0, 2e30, 0, 2e30, 50, 300, 50], image, filled="Y")), image)
    assert far.box.x0 > WIDTH


def test_a_contour_of_many_points_becomes_one_of_few(image: Dataset) -> None:
    turns = np.linspace(0, 2 * math.pi, 20_000)
    numbers = np.stack([100 + 50 * np.cos(turns), 80 + 50 * np.sin(turns)], -1).reshape(-1)
    mark = only(regions_in(graphic("POLYLINE", numbers.tolist(), image)), image)
    assert len(mark.contour) <= MOST_CORNERS
    assert area_of(mark.contour) == pytest.approx(math.pi * 50**2, rel=0.01)
    assert mark.box in (Box(50, 30, 150, 130), Box(50, 30, 151, 131))


@pytest.mark.parametrize("by", ["value", "reference"])
def test_a_report_names_the_picture_by_value_or_by_reference(by: str, image: Dataset) -> None:
    assert only(regions_in(coordinates("POLYLINE", SQUARE, image, by=by)), image).box == Box(40, 50, 120, 110)


def test_a_reference_to_nothing_is_no_picture(image: Dataset) -> None:
    report = coordinates("POLYLINE", SQUARE, image, by="reference")
    report.ContentSequence[0].ContentSequence[0].ReferencedContentItemIdentifier = [1, 9, 9]
    assert regions_in(report) == {}


def test_a_report_names_the_frame(image: Dataset) -> None:
    found = regions_in(coordinates("POLYLINE", SQUARE, image, frame=3))
    assert [one.frame for one in found[image.SOPInstanceUID]] == [3]


def test_a_report_without_regions_has_none(image: Dataset) -> None:
    report = Dataset()
    report.Modality = "SR"
    assert regions_in(report) == {}


@pytest.mark.parametrize("kind", ["PR", "SEG", "SR"])
def test_what_highdicom_writes_is_read(kind: str, image: Dataset) -> None:
    box = only(regions_in(marking(image, kind)), image).box
    assert box == BOX


def test_a_segment_is_the_pixels_of_its_mask_and_says_their_picture(image: Dataset) -> None:
    box = Box(30, 40, 90, 100)
    (one,) = regions_in(segments(image, rectangle(box)))[image.SOPInstanceUID]
    assert (one.frame, one.mark.box, one.size) == (1, box, (WIDTH, HEIGHT))


def test_each_segment_is_a_region_on_its_frame(image: Dataset) -> None:
    boxes = [Box(10, 10, 40, 40), Box(100, 50, 150, 120), Box(20, 20, 60, 60)]
    made = segments(image, *map(rectangle, boxes), numbers=(1, 2, 1), frames=(1, 1, 2))
    found = regions_in(made)[image.SOPInstanceUID]
    assert [(one.frame, one.mark.box) for one in found] == list(zip((1, 1, 2), boxes, strict=True))


def test_an_empty_segment_is_none(image: Dataset) -> None:
    assert regions_in(segments(image, np.zeros((HEIGHT, WIDTH), np.uint8))) == {}


def test_a_segmentation_may_name_its_picture_once_for_all_frames(image: Dataset) -> None:
    made = segments(image, rectangle(BOX))
    shared = Dataset()
    shared.DerivationImageSequence = made.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence
    del made.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence
    made.SharedFunctionalGroupsSequence = [shared]
    assert only(regions_in(made), image).box == BOX


def test_a_segmentation_that_claims_more_than_it_holds_is_damaged(image: Dataset) -> None:
    made = segments(image, rectangle(BOX))
    made.NumberOfFrames = 3
    with pytest.raises(DataError, match="can't be read"):
        regions_in(made)


def test_a_segmentation_of_four_gigabytes_is_refused_unread(image: Dataset) -> None:
    made = segments(image, rectangle(BOX))
    made.Rows = made.Columns = 65_535
    with pytest.raises(DataError, match="more than"):
        regions_in(made)


def test_damage_within_a_graphic_is_said(image: Dataset) -> None:
    state = graphic("POLYLINE", SQUARE, image)
    state.GraphicAnnotationSequence[0].ReferencedImageSequence[0].ReferencedFrameNumber = "1"
    state.GraphicAnnotationSequence[0].GraphicObjectSequence[0].add_new(0x00700022, "LO", "no number")
    with pytest.raises(DataError, match="can't be read"):
        regions_in(state)
