"""What a page says of groups: of patients where the data name them, of images where they don't."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import cross_scorecard
from make.crossing import page, result
from report.test_cross_page import words


def unnamed(crossing: CrossValidation) -> CrossValidation:
    """The same nodules of a data set that names no patients: each image is called its patient."""
    folds = [replace(one, rows=tuple(replace(row, patient=row.image) for row in one.rows)) for one in crossing.folds]
    return replace(crossing, folds=tuple(folds))


@pytest.mark.parametrize("protocol", ["grouped", "by-image"])
def test_no_patient_is_spoken_of_where_none_is_named(protocol: str) -> None:
    crossing = result(protocol=protocol)
    told, of_patients = words(page(unnamed(crossing))), words(page(crossing))
    assert "A group is an image, joined with its duplicates" in told
    assert "A group is a patient" in of_patients
    for sentence in ("share their patient", "a group is a patient"):
        assert sentence not in told.lower()
    assert re.search(r"\bof \d+ patients", told) is None
    assert re.search(r"\bof \d+ patients", of_patients)
    assert re.search(r"On \d+ nodules on \d+ images", told)
    assert cross_scorecard(unnamed(crossing)).as_json()["group_by"] == {
        "name": "patient",
        "rule": "a group is an image, joined with its duplicates, as the data name no patients",
    }


def test_the_band_of_the_roc_tells_its_groups() -> None:
    crossing = result()
    card, text = cross_scorecard(crossing), page(crossing)
    assert f"95 % band, {card.groups} groups" in text
    assert f"1000 resamples of the {card.groups} groups" in words(text)
