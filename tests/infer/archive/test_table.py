"""The rows of an archive's table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from isthmus.data.tables import as_csv
from isthmus.infer.archive.items import Item, Region
from isthmus.infer.archive.table import COLUMNS, cells_of
from isthmus.nodule import Box
from isthmus.prediction import Prediction

BOX = Box(1, 2, 30, 40)
PREDICTION = Prediction("n", "i", 0.1 + 0.2, 0.5, None, 0.25, BOX, pages=3, operating_point="half")


def row(region: Region, answer: Prediction | str) -> dict[str, str]:
    return dict(zip(COLUMNS, cells_of(Item("i", Path("i.png"), (region,)), region, answer), strict=True))


def test_the_page_on_archives_lists_the_columns() -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "archive.md"
    assert f"`{','.join(COLUMNS)}`" in page.read_text(encoding="utf-8")


def test_a_region_that_was_read() -> None:
    assert row(Region("n", BOX, "anna", "benign", tirads="4a"), PREDICTION) == {
        "nodule": "n",
        "image": "i",
        "patient": "anna",
        "x0": "1",
        "y0": "2",
        "x1": "30",
        "y1": "40",
        "label": "benign",
        "tirads": "4a",
        "p_malignant": "0.30000000000000004",
        "p_whole": "0.5",
        "p_crops": "",
        "verdict": "malignant",
        "operating_point": "half",
        "error": "",
        "pages": "3",
        "set": "",
        "gate": "",
    }


def test_a_region_that_could_not_be_read() -> None:
    cells = row(Region("n", BOX, "anna"), "is\n gone")
    assert (cells.pop("nodule"), cells.pop("image"), cells.pop("patient")) == ("n", "i", "anna")
    assert [cells.pop(side) for side in ("x0", "y0", "x1", "y1")] == ["1", "2", "30", "40"]
    assert cells.pop("error") == "is gone"
    assert set(cells.values()) == {""}
    assert row(Region("n"), "is gone")["x0"] == ""


@given(st.text(), st.text())
def test_any_text_comes_back_from_csv(patient: str, label: str) -> None:
    region = Region("n", BOX, patient, label)
    cells = cells_of(Item("i", Path("i.png"), (region,)), region, PREDICTION)
    written = io.StringIO(as_csv([cells]).encode().decode(), newline="")
    assert list(csv.reader(written, strict=True)) == [[cell.replace("\r", "\\r") for cell in cells]]


def test_text_is_changed_only_where_it_must_be() -> None:
    assert row(Region("n", patient='Müller, \n"x" 中'), PREDICTION)["patient"] == 'Müller, \n"x" 中'
    assert row(Region("n", patient="a\udc80b"), PREDICTION)["patient"] == "a\\x80b"
    assert len(row(Region("n", patient="x" * 200_000), PREDICTION)["patient"]) == 65_536
