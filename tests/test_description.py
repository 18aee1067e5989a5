"""A bundle's description is believed only with its checksum, and field by field."""

from __future__ import annotations

import copy
import functools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus import bundle as bundles
from isthmus.bundle import Proof, open_bundle, open_to_renew, write
from isthmus.decision import Calibration, Conformal, Decision, Prevalence
from isthmus.errors import BundleError
from isthmus.recipe import Recipe
from make.described import PROVENANCE, about, fill, format_3, full, made, older, retold, rewrite


def decided(threshold: object, name: str = "half", kind: str = "none", parameters: object = ()) -> dict[str, object]:
    """The change of a description that gives it this decision, whose default is "half"."""
    calibration = {"kind": kind, "parameters": parameters}
    return {"decision": {"calibration": calibration, "thresholds": {name: threshold}, "default": "half"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 1}, r"is a bundle of format 1; this isthmus reads formats 3 and 4\. Train it anew"),
        ({"format": 5}, r"is a bundle of format 5; .* Install the isthmus that wrote it"),
        ({"format": "4"}, "is not a bundle's description"),
        ({"labels": {"0": "malignant", "1": "benign"}}, "labels: not"),
        *((decided(value), r"decision.*number") for value in (math.nan, 1.5, "a", True)),
        (decided(0.5, name="youden"), "decision: Value error, no threshold 'half', but youden"),
        (decided(0.5, kind="magic"), "decision.calibration: Value error, no calibration 'magic', but none"),
        (
            decided(0.5, parameters=[1.0]),
            "calibration: Value error, calibration none takes 0 parameters",
        ),
        ({"recipe": "0" * 12}, "its recipe isn't the one that it names"),
        ({"files": {}}, r"names no weights\.safetensors"),
        ({"files": []}, "files: "),
        ({"provenance": {"data": "only"}}, "provenance.*: "),
        ({"provenance": None}, "provenance: "),
        ({"more": 1}, "more: unknown or missing"),
    ],
)
def test_a_description_that_is_not_ours_is_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    made(tmp_path / "b")
    retold(tmp_path / "b", **change)
    with pytest.raises(BundleError, match=message) as told:
        open_bundle(tmp_path / "b")
    assert "\n" not in str(told.value)


def places(value: object, *at: str) -> Iterator[tuple[str, ...]]:
    """The way to everything in a description, groups and single values."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield (*at, name)
        yield from places(inner, *at, name)


PROOF = ("provenance", "engines", "onnxruntime")
COUNTS = {"seed", "epoch", "benign", "malignant", "verdicts_changed", "n", "probe_verdicts_changed"}
# What a field may also be, beside what it is.
ALSO: Mapping[tuple[str, ...], tuple[object, ...]] = {
    ("decision", "thresholds", "half"): (0.5,),
    ("decision", "calibration", "parameters"): ([],),
    ("provenance", "validation_auc"): (0.5, None),
    ("provenance", "engines"): ({},),
    ("provenance", "groups"): ("gone",),
    ("provenance", "before"): ("gone", []),
    ("provenance", "beside"): ("gone", None),
    ("provenance", "versions"): ({},),
    PROOF: ("gone",),
    ("provenance", "beginning"): ("gone", "text", ""),
    ("provenance", "versions", "python"): ("gone", "text", ""),
    (*PROOF, "max_difference"): (0.5, None),
    (*PROOF, "max_vote_difference"): (0.5, None),
    (*PROOF, "milliseconds"): (0.5, None),
    (*PROOF, "passed"): (True,),
    **{("provenance", name): ("text", "") for name in ("data", "policy", "fingerprint", "created", "disclaimer")},
}
WRONG = (None, True, -1, 0.5, 10**400, "text", "", [], {}, {"a": 1}, float("nan"), float("inf"), "gone")


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:9])
def test_every_field_has_its_type(tmp_path: Path, wrong: object) -> None:
    """Their checksum is right: what is wrong with them must be seen all the same."""
    made(tmp_path / "b")
    whole = about(tmp_path / "b")
    for way in places(whole):
        if way == ("sha256",):
            continue
        described = copy.deepcopy(whole)
        group = functools.reduce(dict.__getitem__, way[:-1], described)
        del group[way[-1]]
        if wrong != "gone":
            group[way[-1]] = wrong
        rewrite(tmp_path / "b", described)
        also = [value for value in ALSO.get(way, ()) if value == wrong and type(value) is type(wrong)]
        if also or (wrong == 10**400 and way[-1] in COUNTS):
            open_bundle(tmp_path / "b")
            continue
        with pytest.raises(BundleError) as told:
            pytest.fail(f"{way} = {wrong!r} was taken: {open_bundle(tmp_path / 'b')}")
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"bundle"', "\xff", "[" * 100_000, '{"format": ' + "9" * 5000])
def test_a_description_that_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    made(tmp_path / "b")
    (tmp_path / "b" / bundles.ABOUT).write_bytes(text.encode("latin-1"))
    with pytest.raises(BundleError, match=bundles.ABOUT):
        open_bundle(tmp_path / "b")


SITE = Decision(
    {"half": 0.5},
    "half",
    Calibration("isotonic", (0.1, 0.05, 0.4, 0.3, 0.9, 0.95)),
    Prevalence(0.5, 0.1),
    Conformal(0.9, 0.6, 0.3),
)


def test_a_decision_with_everything_comes_back_and_one_without_writes_no_more_than_before(tmp_path: Path) -> None:
    write(tmp_path / "site", Recipe(), SITE, PROVENANCE, "# card\n", fill)
    assert open_bundle(tmp_path / "site").decision == SITE
    made(tmp_path / "plain")
    assert about(tmp_path / "plain")["decision"].keys() == {"calibration", "thresholds", "default"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("prevalence", {"fitted": 0.5, "here": 1.5}, "decision.prevalence: Value error, a prevalence is 1.5"),
        ("prevalence", {"fitted": 0.5}, "decision.prevalence"),
        ("prevalence", 0.1, "decision.prevalence"),
        (
            "conformal",
            {"coverage": 0.9, "benign": 2.0, "malignant": 0.3},
            "decision.conformal: Value error, a coverage",
        ),
        ("conformal", {"coverage": 0.9, "benign": 0.6, "malignant": 0.3, "more": 1}, "more: unknown or missing"),
        ("calibration", {"kind": "isotonic", "parameters": [0.4, 0.1, 0.2, 0.3]}, "knots of .* don't rise"),
        ("calibration", {"kind": "isotonic", "parameters": ["a", 0.1, 0.2, 0.3]}, "decision.calibration"),
        ("shift", None, "shift: unknown or missing"),
    ],
)
def test_a_decision_that_is_not_ours_is_refused(tmp_path: Path, field: str, value: object, message: str) -> None:
    write(tmp_path / "b", Recipe(), SITE, PROVENANCE, "# card\n", fill)
    retold(tmp_path / "b", decision=about(tmp_path / "b")["decision"] | {field: value})
    with pytest.raises(BundleError, match=message) as told:
        open_bundle(tmp_path / "b")
    assert "\n" not in str(told.value)


def test_a_digit_of_the_threshold_is_found_out(tmp_path: Path) -> None:
    path = full(tmp_path / "b") / bundles.ABOUT
    path.write_text(path.read_text(encoding="utf-8").replace('"half": 0.4', '"half": 0.9'), encoding="utf-8")
    with pytest.raises(BundleError, match=r"bundle\.json: is damaged or was changed: its checksum differs"):
        open_bundle(tmp_path / "b")


def test_a_name_that_leads_out_of_the_bundle_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "b")
    retold(tmp_path / "b", files={**about(tmp_path / "b")["files"], "../secret": "0" * 64})
    with pytest.raises(BundleError, match="which no bundle holds"):
        open_bundle(tmp_path / "b")


def test_numbers_that_are_none_come_back(tmp_path: Path) -> None:
    """An engine that failed and a validation part of one class have no figure."""
    failed = Proof("int8", math.nan, math.nan, 2, 2, math.nan, passed=False)
    own = replace(PROVENANCE, validation_auc=math.nan, engines={**PROVENANCE.engines, "openvino-int8": failed})
    write(tmp_path / "b", Recipe(), Decision.at(0.5), own, "# card\n", fill)
    assert "NaN" not in (tmp_path / "b" / bundles.ABOUT).read_text(encoding="utf-8")
    found = open_bundle(tmp_path / "b").provenance
    assert math.isnan(found.validation_auc)
    assert math.isnan(found.engines["openvino-int8"].max_difference)


def test_the_threshold_of_format_3_is_named_by_its_recipe(tmp_path: Path) -> None:
    assert open_bundle(format_3(tmp_path / "b", 0.3)).decision == Decision.at(0.3, Recipe().learning.threshold)
    for wrong in ("0.3", 1.5):
        retold(tmp_path / "b", threshold=wrong)
        with pytest.raises(BundleError, match=r"decision.*number"):
            open_bundle(tmp_path / "b")


def test_an_older_bundle_is_refused_with_the_command_that_renews_it(tmp_path: Path) -> None:
    folder = older(tmp_path / "b")
    with pytest.raises(BundleError, match="is a bundle of format 2; this isthmus reads formats 3 and 4") as told:
        open_bundle(folder)
    assert f"isthmus export DATA --as ddti --labels benign-2-3 --model {folder} --to NEW" in str(told.value)


def test_an_older_bundle_can_be_opened_to_renew_it_and_its_files_are_checked(tmp_path: Path) -> None:
    found = open_to_renew(older(tmp_path / "b"))
    assert (found.decision.threshold, found.provenance.engines, found.recipe) == (0.4, {}, Recipe())
    assert math.isnan(found.provenance.validation_auc)
    (tmp_path / "b" / bundles.WEIGHTS).write_bytes(b"others")
    with pytest.raises(BundleError, match="checksum differs"):
        open_to_renew(tmp_path / "b")
    assert open_to_renew(full(tmp_path / "new")) == open_bundle(tmp_path / "new")


@pytest.mark.parametrize("change", [{"threshold": "0.4"}, {"provenance": 3}, {"files": None}, {"labels": {}}])
def test_an_older_bundle_has_types_too(tmp_path: Path, change: Mapping[str, object]) -> None:
    path = older(tmp_path / "b") / bundles.ABOUT
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(BundleError) as told:
        open_to_renew(tmp_path / "b")
    assert "\n" not in str(told.value)
