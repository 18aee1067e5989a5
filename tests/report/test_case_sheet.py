"""The sheet of cases: right and wrong verdicts look different, whatever there is to show."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import matplotlib.path
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text
from PIL import Image

from isthmus.data.pixels import read_picture
from isthmus.errors import StorageError, UsageError
from isthmus.nodule import DISCLAIMER, Box, Frame, ImageRef, Label, Nodule
from isthmus.report import case_sheet as sheets
from isthmus.report.case_sheet import RED, WRONG, case_sheet, png_data_uri, write_sheet
from isthmus.study.cases import Case
from make.case import case_of
from make.ddti import ellipse
from make.scan import save, scan

NOTE = "A network of the isthmus recipe, grouped by patient in 5 folds, n = 460 nodules: each is called by a model that"
NOTE += " never saw its patient. Labels are benign for TI-RADS 2, 3 and 4a, malignant for 4b, 4c and 5."


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("images"), "1_1", scan(1)).picture.path


def case(image: Path, name: str, label: Label, p: float, threshold: float = 0.5, tirads: str = "4b") -> Case:
    contour = ellipse(150, 120, 50, 30)
    nodule = Nodule(name, "1_1", "1", ImageRef(image), Box.around(contour), tuple(contour), label, tirads)
    return case_of(nodule, label, p, threshold)


def sheet(image: Path, benign: int, malignant: int, title: str = "Cases") -> Figure:
    """A sheet of so many; every third verdict is wrong."""
    shown = {
        label: [case(image, f"{label}{at}", label, (at % 3 == 0) is not bool(label)) for at in range(count)]
        for label, count in ((Label.BENIGN, benign), (Label.MALIGNANT, malignant))
    }
    return case_sheet(shown, title, NOTE)


def only(one: Case) -> Axes:
    """The one tile of a sheet."""
    (axes,) = case_sheet({one.prediction.label: [one]}, "One", NOTE).axes
    return axes


def texts(drawn: Figure | Axes) -> list[str]:
    return [text.get_text() for text in drawn.texts]


def prose(figure: Figure) -> str:
    return " ".join(" ".join(texts(figure)).split())


def border(axes: Axes) -> tuple[str, float]:
    (edge,) = {(to_hex(spine.get_edgecolor()), spine.get_linewidth()) for spine in axes.spines.values()}
    return edge


@pytest.mark.parametrize("label", Label)
def test_a_wrong_one_has_a_thick_red_border_and_a_word(image: Path, label: Label) -> None:
    wrong, right = (only(case(image, "1_1#1", label, p)) for p in (1.0 - label, float(label)))
    assert WRONG in texts(wrong)
    assert WRONG not in texts(right)
    (colour, thick), (plain, thin) = border(wrong), border(right)
    assert colour == RED
    assert len({plain[1:3], plain[3:5], plain[5:7]}) == 1, "grey has no hue"
    assert thick > 3 * thin
    assert all(spine.get_visible() for axes in (wrong, right) for spine in axes.spines.values())


def test_the_threshold_of_the_case_decides_what_is_wrong(image: Path) -> None:
    assert WRONG in texts(only(case(image, "1_1#1", Label.BENIGN, 0.4, threshold=0.3)))
    assert WRONG not in texts(only(case(image, "1_1#1", Label.BENIGN, 0.6, threshold=0.7)))


def test_each_tile_has_p_tirads_and_id(image: Path) -> None:
    assert texts(only(case(image, "12_1#3", Label.MALIGNANT, 0.8312))) == ["P 0.83 · TI-RADS 4b", "12_1#3"]
    assert texts(only(case(image, "12_1#3", Label.BENIGN, 0.07, tirads=""))) == ["P 0.07", "12_1#3"]


@pytest.mark.parametrize(
    ("p", "threshold", "expected"),
    [
        (0.4983, 0.5, "P 0.498"),
        (0.5, 0.5, "P 0.50"),
        (0.4449, 0.4446, "P 0.445"),
        (0.9984, 0.5, "P >0.99"),
        (0.0012, 0.5, "P <0.01"),
        (1.0, 0.5, "P 1.00"),
        (0.0, 0.5, "P 0.00"),
        (0.0012, 0.002, "P 0.001"),
    ],
)
def test_p_is_never_rounded_over_its_threshold_or_to_certainty(p: float, threshold: float, expected: str) -> None:
    one = case(Path("none.png"), "1", Label.BENIGN, p, threshold, tirads="")
    assert texts(only(one))[-2 - one.is_wrong :][:2] == [expected, "1"]


def test_headings_name_both_labels_and_count(image: Path) -> None:
    figure = sheet(image, 7, 5)
    assert "Benign by its label (7 shown; 3 called malignant)" in texts(figure)
    assert "Malignant by its label (5 shown; 2 called benign)" in texts(figure)
    order = [axes.get_label() for axes in sorted(figure.axes, key=lambda axes: -axes.get_position().y0)]
    assert [str(name)[:6] for name in order] == ["benign"] * 7 + ["malign"] * 5


def test_the_note_and_what_it_all_means_stand_below(image: Path) -> None:
    figure = sheet(image, 1, 1)
    assert NOTE in prose(figure)
    assert "P is P(malignant)" in prose(figure)
    assert "at least its model's threshold, 0.500." in prose(figure)
    assert prose(figure).count(DISCLAIMER) == 1
    varied = [case(image, "a", Label.BENIGN, 0.2, 0.4125), case(image, "b", Label.BENIGN, 0.2, 0.55)]
    repeated = case_sheet({Label.BENIGN: varied}, "Cases", f"{NOTE} {DISCLAIMER}")
    assert prose(repeated).count(DISCLAIMER) == 1
    assert "threshold, 0.412 to 0.550." in prose(repeated)


@pytest.mark.parametrize("counts", [(0, 0), (0, 3), (1, 0), (3, 11), (12, 22), (22, 22)])
def test_any_number_is_shown_eleven_a_row_and_nothing_overlaps(image: Path, counts: tuple[int, int]) -> None:
    figure = sheet(image, *counts, title="A sheet with quite a long title, as of a study of many parts; " * 3)
    assert len(figure.axes) == sum(counts)
    for label, count in zip(Label, counts, strict=True):
        places = [axes.get_position() for axes in figure.axes if str(axes.get_label()).startswith(str(label))]
        assert len({round(place.y0, 6) for place in places}) == -(-count // 11)
        assert len({round(place.x0, 6) for place in places}) == min(count, 11)
        assert (f"No {label} nodule to show." in texts(figure)) is (count == 0)
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    boxes = [axes.bbox.padded(-2) for axes in figure.axes]
    boxes += [text.get_window_extent(renderer) for text in figure.findobj(Text) if isinstance(text, Text)]
    boxes = [box for box in boxes if box.width > 0]
    for at, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
        assert not box.count_overlaps(boxes[at + 1 :])


def test_the_papers_44_fit_a_landscape_page(image: Path) -> None:
    width, height = sheet(image, 22, 22, title="Two lines of title " * 8).get_size_inches()
    assert height / width <= 190 / 277  # A4 within margins of a centimetre


def test_a_missing_label_is_an_empty_one(image: Path) -> None:
    figure = case_sheet({Label.BENIGN: [case(image, "a", Label.BENIGN, 0.1)]}, "Cases", NOTE)
    assert "Malignant by its label (0 shown; 0 called benign)" in texts(figure)
    assert "No malignant nodule to show." in texts(figure)


def unreadable(kind: str, image: Path, folder: Path) -> Mapping[str, object]:
    if kind == "missing":
        return {"picture": ImageRef(folder / "none.png")}
    if kind == "outside":
        return {"box": Box(390, 250, 500, 300)}
    (folder / "cut.png").write_bytes(image.read_bytes()[:2000])
    return {"picture": ImageRef(folder / "cut.png")}


@pytest.mark.parametrize("kind", ["missing", "outside", "cut"])
def test_an_image_that_cannot_be_read_spoils_only_its_tile(image: Path, tmp_path: Path, kind: str) -> None:
    good, bad = (case(image, name, Label.BENIGN, 0.9) for name in ("good", "bad"))
    bad = replace(bad, nodule=replace(bad.nodule, **unreadable(kind, image, tmp_path)))  # type: ignore[arg-type]
    tiles = {axes.get_label(): axes for axes in case_sheet({Label.BENIGN: [bad, good]}, "Cases", NOTE).axes}
    assert "can't\nbe read" in texts(tiles["bad"])
    assert not tiles["bad"].images
    assert {"P 0.90 · TI-RADS 4b", "bad", WRONG} <= set(texts(tiles["bad"]))
    assert "can't\nbe read" not in texts(tiles["good"])
    assert len(tiles["good"].images) == 1


@pytest.mark.parametrize("at", [(150, 120, 80, 30), (150, 120, 20, 70), (30, 40, 28, 25), (380, 240, 18, 19)])
def test_the_contour_lies_on_what_it_goes_round(tmp_path: Path, at: tuple[int, int, int, int]) -> None:
    contour = ellipse(*at, points=60)
    picture = np.zeros((260, 400, 3), np.uint8)
    cv2.fillPoly(picture, [np.array(contour)], (255, 255, 255))
    path = save(tmp_path, "1_1", picture).picture.path
    nodule = Nodule("1", "1_1", "1", ImageRef(path), Box.around(contour), tuple(contour))
    axes = only(case_of(nodule, Label.BENIGN, 0.1))
    (line,) = (patch for patch in axes.patches if isinstance(patch, Polygon))
    (picture_shown,) = axes.images
    shown = np.asarray(picture_shown.get_array())[..., 0] > 127
    rows, columns = np.indices(shown.shape)
    points = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
    inside = matplotlib.path.Path(line.get_xy()).contains_points(points).reshape(shown.shape)
    assert (inside & shown).sum() / (inside | shown).sum() > 0.93
    assert not line.get_fill()


def test_without_a_contour_there_is_no_line(image: Path) -> None:
    one = case(image, "a", Label.BENIGN, 0.1)
    one = replace(one, nodule=replace(one.nodule, contour=()))
    figure = case_sheet({Label.BENIGN: [one]}, "Cases", NOTE)
    assert not figure.axes[0].patches
    assert "yellow line" not in prose(figure)


def test_a_file_of_many_nodules_is_read_once(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[ImageRef] = []

    def counted(picture: ImageRef) -> Frame:
        read.append(picture)
        return read_picture(picture)

    monkeypatch.setattr(sheets, "read_picture", counted)
    sheet(image, 4, 3)
    assert read == [ImageRef(image)]


def test_each_tile_shows_its_nodule_in_its_place(tmp_path: Path) -> None:
    paths = [save(tmp_path, f"{grey}_1", np.full((260, 400, 3), grey, np.uint8)).picture.path for grey in (40, 90, 140)]
    first, second, third = (case(path, path.stem, Label.BENIGN, 0.1) for path in paths)
    again = case_of(replace(first.nodule, id="40_2"), Label.MALIGNANT, 0.1)
    figure = case_sheet({Label.BENIGN: [third, first, second], Label.MALIGNANT: [again]}, "Cases", NOTE)
    placed = sorted(figure.axes, key=lambda axes: (-axes.get_position().y0, axes.get_position().x0))
    greys = [(axes.get_label(), int(np.asarray(axes.images[0].get_array()).max())) for axes in placed]
    assert greys == [("140_1", 140), ("40_1", 40), ("90_1", 90), ("40_2", 40)]


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_same_cases_give_the_same_bytes(image: Path, tmp_path: Path, ending: str) -> None:
    written = []
    for name in ("first", "second"):
        path = tmp_path / name / f"cases.{ending}"
        write_sheet(sheet(image, 2, 2), path)
        written.append(path.read_bytes())
        assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert written[0] == written[1]
    assert written[0].startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending])
    assert not any(word in written[0] for word in (b"CreationDate", b"Matplotlib v", b"<dc:date>", b"Software"))


def test_an_unknown_ending_or_a_place_that_cannot_be_written(image: Path, tmp_path: Path) -> None:
    figure = sheet(image, 1, 1)
    with pytest.raises(UsageError, match=r"can't draw a \.docx.*Use \.png, \.pdf or \.svg"):
        write_sheet(figure, tmp_path / "cases.docx")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_sheet(figure, tmp_path / "file" / "cases.png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_data_uri_is_the_png_that_is_written(image: Path, tmp_path: Path) -> None:
    uri = png_data_uri(sheet(image, 2, 1))
    scheme, _, content = uri.partition(",")
    assert scheme == "data:image/png;base64"
    write_sheet(sheet(image, 2, 1), tmp_path / "cases.PNG")
    assert base64.b64decode(content, validate=True) == (tmp_path / "cases.PNG").read_bytes()
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        assert picture.width == 2200
        assert np.asarray(picture.convert("RGB")).std() > 10


def strange(image: Path, names: Sequence[str]) -> list[Case]:
    return [case(image, name, Label.BENIGN, 0.6, tirads="a very $long$ one") for name in names]


def test_strange_names_are_shown_as_they_are(image: Path) -> None:
    names = ("$x_1$", "甲状腺_1#1", "a\nb", "a_name_that_would_run_into_its_neighbours#1")
    figure = case_sheet({Label.BENIGN: strange(image, names)}, "$\\frac$ & <b>", "")
    assert png_data_uri(figure).startswith("data:image/png;base64,")
    shown = [text for axes in figure.axes for text in texts(axes)]
    assert {"$x_1$", "甲状腺_1#1", "a b", "a_name_t…ghbours#1"} <= set(shown)
    assert "$\\frac$ & <b>" in texts(figure)
