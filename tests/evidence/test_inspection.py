"""What a data set tells of the nodules goes to the nodule of that name, and to no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.known_duplicates import save
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.evidence.inspection import NO_AUDIT, Inspection, inspect, longer_side
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import Choice, Nodules, of_table


@pytest.fixture(scope="module")
def data(phantom: Path) -> DataSet:
    return open_source("phantom", phantom)


@pytest.fixture
def nodules(tmp_path: Path, data: DataSet) -> Nodules:
    """Predictions of .5 of all nodules of ``data``, last first, after one that it doesn't have."""
    path = tmp_path / "p.csv"
    lines = [f"{one.id},{one.label},0.5" for one in reversed(data.labelled)]
    path.write_text("\n".join(["nodule,label,p_malignant", "elsewhere,benign,0.5", *lines]) + "\n")
    return of_table(PredictionTable.read(path), Choice(group="none"))


def test_attributes_go_by_name(nodules: Nodules, data: DataSet) -> None:
    described = Inspection(Match.of(nodules, data)).described(nodules)
    assert nodules.names is not None
    by_name = {one.id: one for one in data.labelled}
    names = [name for name in described.attributes if name in data.labelled[0].descriptors]
    assert names
    for name in names:
        for row, value in zip(nodules.names.tolist(), described.attributes[name], strict=True):
            assert value == (by_name[row].descriptors.get(name) or None if row in by_name else None)
    assert described.attributes["size_px"][0] is None
    assert len(set(described.attributes["size_px"]) - {None}) == 3


def test_validation_rows_have_none_and_columns_of_the_file_come_first(nodules: Nodules, data: DataSet) -> None:
    validation = np.arange(nodules.labels.size) % 2 == 1
    given = ["x"] * nodules.labels.size
    one = replace(nodules, validation=validation, attributes={"size_px": given})
    described = Inspection(Match.of(one, data), with_calipers=frozenset({data.labelled[0].id})).described(one)
    assert described.attributes["size_px"] == given
    calipers = described.attributes.get("calipers")
    if calipers:  # the first nodule may be for validation
        assert all(value is None for value, aside in zip(calipers, validation, strict=True) if aside)


def test_the_lists_of_the_authors_are_no_trait(nodules: Nodules, data: DataSet) -> None:
    listed = [
        replace(one, descriptors={**one.descriptors, "lists": ("train", "test")[at % 2]})
        for at, one in enumerate(data.nodules)
    ]
    described = Inspection(Match.of(nodules, replace(data, nodules=tuple(listed)))).described(nodules)
    assert "lists" not in described.attributes


def test_an_audit_that_was_left_out_says_so(nodules: Nodules, data: DataSet) -> None:
    told = Inspection(Match.of(nodules, data)).as_json()
    assert told["audit"] == {"value": None, "reason": NO_AUDIT}
    assert (told["n"], told["tested"]) == (len(data.labelled), len(data.labelled) + 1)


def test_the_audit_is_that_of_look(nodules: Nodules, data: DataSet) -> None:
    found = inspect(Match.of(nodules, data))
    assert found.audit is not None
    assert found.with_calipers is not None
    assert found.audit.images == len(data.images)
    labelled = {one.id for one in data.labelled}
    assert found.audit.calipers.rois >= len(found.with_calipers)
    assert found.with_calipers <= labelled
    assert found.as_json()["audit"]["images"] == len(data.images)
    assert all(longer_side(one) > 0 for one in data.labelled)


def test_the_duplicates_of_a_run_are_not_looked_for_again(nodules: Nodules, data: DataSet, tmp_path: Path) -> None:
    known = Duplicates(identical=(Pair(data.images[0].id, data.images[1].id),))
    save(known, data.images, tmp_path / "duplicates.json")
    found = inspect(Match.of(nodules, data), tmp_path)
    assert found.audit is not None
    assert found.audit.duplicates == known
