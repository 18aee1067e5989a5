"""What a bundle says of its maps: nothing means that they should not be shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.bundle import open_bundle
from isthmus.bundle_files import EXPLANATION
from isthmus.errors import BundleError
from isthmus.infer.explain import METHOD
from isthmus.infer.map_check import NOT_CHECKED, MapCheck, check_of, shown_or_why, with_check
from isthmus.infer.predictor import Predictor
from isthmus.models.names import names
from isthmus.models.shipped import open_model

PASSED = MapCheck("occlusion", True, ("It points.", "It agrees."), 60)


def test_a_bundle_without_a_check(model: Path) -> None:
    assert check_of(open_bundle(model)) is None
    assert shown_or_why(None, "occlusion") == (False, NOT_CHECKED)


@pytest.mark.parametrize("passed", [True, False])
def test_a_check_comes_back_and_everything_else_stays(passed: bool, model: Path, tmp_path: Path) -> None:
    bundle, check = open_bundle(model), MapCheck("occlusion", passed, ("Because.",), 7)
    made = with_check(bundle, check, tmp_path / "checked")
    again = open_bundle(tmp_path / "checked")
    assert check_of(again) == check_of(made) == check
    assert shown_or_why(check_of(again), "occlusion") == (passed, "Because.")
    assert set(again.files) == {*bundle.files, EXPLANATION}
    for name in bundle.files:
        assert (again.folder / name).read_bytes() == (bundle.folder / name).read_bytes()
    Predictor.load(again.folder)
    twice = with_check(again, PASSED, tmp_path / "twice")
    assert check_of(twice) == PASSED


def test_a_check_of_another_map_does_not_count() -> None:
    allowed, why = shown_or_why(PASSED, "gradients")
    assert not allowed
    assert why == "another map was checked: occlusion, not gradients"


@pytest.mark.parametrize("name", names())
def test_checks_that_ship_are_of_the_map_that_is_made(name: str) -> None:
    check = check_of(open_model(name))
    assert check is None or (check.method == METHOD and check.n and check.why)


@pytest.mark.parametrize("field", ["passed", "n", "method", "why"])
def test_a_check_that_is_none_is_refused(field: str, model: Path, tmp_path: Path) -> None:
    made = with_check(open_bundle(model), PASSED, tmp_path / "checked")
    path = made.folder / EXPLANATION
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: None}))
    with pytest.raises(BundleError, match="can't be read"):
        check_of(made)
    with pytest.raises(BundleError, match="checksum differs"):
        open_bundle(made.folder)
