"""The facts of a model: written, read back, and refused where they aren't what they should be."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest

from isthmus.bundle import FACTS as FACTS_FILE
from isthmus.bundle import open_bundle
from isthmus.errors import BundleError
from isthmus.models.facts import facts_of, megabytes, parsed
from make.described import full, made
from make.shipped import FACTS


def test_they_read_back_and_what_is_undefined_is_null() -> None:
    written = json.loads(FACTS.to_json())
    at = written["out_of_fold"]["thresholds"]["sensitivity-95"]
    assert at["specificity"]["low"] is None
    found = parsed(written)
    assert math.isnan(found.out_of_fold.thresholds["sensitivity-95"].specificity.low)
    assert found.to_json() == FACTS.to_json()
    assert str(found.out_of_fold.auc) == "0.910 (0.900 to 0.920, n = 100)"


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(FACTS)])
def test_a_field_that_is_lacking_or_wrong_is_named(field: str) -> None:
    values: dict[str, Any] = json.loads(FACTS.to_json())
    with pytest.raises(ValueError, match=field):
        parsed({name: value for name, value in values.items() if name != field})
    with pytest.raises(ValueError, match=field):
        parsed(values | {field: {"other": 1}})


def test_a_bundle_without_facts_has_none_and_one_with_others_is_refused(tmp_path: Path) -> None:
    assert facts_of(made(tmp_path / "a")) is None
    with pytest.raises(BundleError, match=rf"{FACTS_FILE}: can't be read \(about"):
        facts_of(open_bundle(full(tmp_path / "b")))


def test_the_size_is_that_of_the_files(tmp_path: Path) -> None:
    bundle = made(tmp_path / "a")
    size = sum(path.stat().st_size for path in bundle.folder.iterdir() if path.name in bundle.files)
    assert megabytes(bundle) == pytest.approx(size / 1e6)


@pytest.mark.parametrize("wrong", ["5", 5.5, -1, None])
def test_a_count_is_a_whole_number_from_0_on(wrong: Any) -> None:
    values: dict[str, Any] = json.loads(FACTS.to_json())
    with pytest.raises(ValueError, match=r"out_of_fold\.folds"):
        parsed(values | {"out_of_fold": values["out_of_fold"] | {"folds": wrong}})
    with pytest.raises(ValueError, match="milliseconds"):
        parsed(values | {"milliseconds": "4.2"})
