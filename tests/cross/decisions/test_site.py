"""A site's predictions: the bundle's decision is undone, and what can't be calibrated on is refused by one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.bundle import Bundle
from isthmus.cross.decisions.site import Site, site_of
from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.table_scorecard import chosen_columns
from isthmus.decision import Calibration, Decision, Prevalence
from isthmus.errors import IsthmusError
from make import site as sites
from make.described import made

CALIBRATIONS = [
    Calibration(),
    Calibration("platt", (1.3, -0.4)),
    Calibration("temperature", (2.5,)),
    Calibration("beta", (0.4, 1.7, 0.3)),
    Calibration("beta", (0.0, 1.7, 0.3)),
]
WHOLE, VERDICT, POINT, P, LABEL, PATIENT = (
    sites.COLUMNS.index(name) for name in ("p_whole", "verdict", "operating_point", "p_malignant", "label", "patient")
)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return replace(made(tmp_path / "b"), decision=Decision({"half": 0.5}, "half", Calibration("platt", (1.2, -0.3))))


def read(path: Path, bundle: Bundle) -> Site:
    table = PredictionTable.read(path)
    return site_of(table, chosen_columns(table, None, None, None, scores=False), "malignant", bundle)


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=lambda one: f"{one.kind} {one.parameters}")
@pytest.mark.parametrize("prevalence", [None, Prevalence(0.7, 0.05)], ids=["", "moved"])
def test_the_decision_is_undone(
    calibration: Calibration, prevalence: Prevalence | None, bundle: Bundle, tmp_path: Path
) -> None:
    bundle = replace(bundle, decision=Decision({"half": 0.5}, "half", calibration, prevalence))
    rows = sites.rows(bundle)
    site = read(sites.write(tmp_path / "p.csv", rows), bundle)
    omega = bundle.recipe.network.omega
    fused = np.array([omega * float(row[WHOLE]) + (1 - omega) * float(row[WHOLE + 1]) for row in rows])
    assert site.fused == pytest.approx(fused, rel=1e-6, abs=1e-9)
    assert bundle.decision.probability(site.fused) == pytest.approx(site.p, abs=1e-9)
    assert site.is_checked
    assert site.groups is not None
    assert (len(set(site.groups)), site.labels.sum()) == (200, sum(row[LABEL] == "malignant" for row in rows))


def changed(row: int, place: int, cell: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        rows[row][place] = cell
        return rows

    return change


BAD = {
    "one class": (lambda rows: [r for r in rows if r[LABEL] == "malignant"], "holds 0 benign nodules of"),
    "ten rows": (lambda rows: rows[:10], r"benign nodules of 10, too few to calibrate on\. Give at least 20"),
    "no probability": (changed(3, P, "1.5"), "line 5: column 'p_malignant': '1.5' is not a probability"),
    "logits": (changed(3, P, "-2.25"), "line 5: .*'-2.25' is not a probability.*if these are logits"),
    "percent": (changed(3, P, "40%"), "line 5: .*Divide percentages by 100"),
    "nothing": (changed(3, P, ""), "line 5: column 'p_malignant' is empty"),
    "nan": (changed(3, P, "nan"), "line 5: column 'p_malignant': 'nan' is not a probability"),
    "no label": (changed(3, LABEL, ""), "line 5: column 'label' is empty.*--skip-unlabelled"),
    "three labels": (changed(3, LABEL, "unsure"), "holds 3 values"),
    "no patient": (changed(3, PATIENT, ""), "line 5: column 'patient' is empty"),
    "a nodule twice": (lambda rows: [*rows, rows[7]], "line 402: nodule '7' is on line 9 already"),
    "few groups": (
        lambda rows: [r for r in rows if changed(0, PATIENT, f"anna {r[0][-1]}")([r]) and r[PATIENT] < "anna 8"],
        "nodules of 8 groups",
    ),
    "other votes": (changed(3, WHOLE, "0.999999"), "line 5: is no prediction of b: its p_whole and p_crops give"),
    "another verdict": (
        lambda rows: [[*r[:VERDICT], "benign", *r[VERDICT + 1 :]] for r in rows],
        r"is no prediction of b: P\(malignant\) = .* is malignant at its threshold half, 0\.500, not benign",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_sites_table_is_refused_in_one_line(what: str, bundle: Bundle, tmp_path: Path) -> None:
    harm, message = BAD[what]
    path = sites.write(tmp_path / "p.csv", harm(sites.rows(bundle)))
    with pytest.raises(IsthmusError, match=message) as told:
        read(path, bundle)
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 2
    assert str(path) in str(told.value)


def test_another_models_predictions_are_told_apart_by_what_is_there(bundle: Bundle, tmp_path: Path) -> None:
    other = replace(bundle, decision=Decision({"half": 0.5}, "half", Calibration("platt", (0.7, 1.0))))
    rows = sites.rows(other)
    with pytest.raises(IsthmusError, match="its p_whole and p_crops give"):
        read(sites.write(tmp_path / "p.csv", rows), bundle)
    bare = ("nodule", "label", "p_malignant")
    assert not read(sites.write(tmp_path / "bare.csv", rows, bare), bundle).is_checked
    with_verdict = (*bare, "verdict", "operating_point")
    assert read(sites.write(tmp_path / "own.csv", sites.rows(bundle), with_verdict), bundle).is_checked
    given = [[*row[:POINT], "given"] for row in rows]
    assert not read(sites.write(tmp_path / "given.csv", given, with_verdict), bundle).is_checked


def test_p_that_no_output_gives_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    lowest = replace(bundle, decision=Decision({"half": 0.5}, "half", Calibration("beta", (0.0, 1.7, 0.3))))
    path = sites.write(tmp_path / "p.csv", sites.rows(bundle), ("nodule", "label", "p_malignant"))
    with pytest.raises(IsthmusError, match=r"not predictions of b: no output of it gives P\(malignant\) = 0\.\d+"):
        read(path, lowest)


def test_an_isotonic_bundle_cant_be_undone(bundle: Bundle, tmp_path: Path) -> None:
    level = replace(bundle, decision=Decision({"half": 0.5}, "half", Calibration("isotonic", (0.1, 0.2, 0.8, 0.9))))
    with pytest.raises(
        IsthmusError, match=r"isotonic calibration .* can't be undone\. Read the nodules with the bundle"
    ):
        read(sites.write(tmp_path / "p.csv", sites.rows(bundle)), level)
