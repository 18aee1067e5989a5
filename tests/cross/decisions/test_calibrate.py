"""A decision fitted to a site: right where the bundle's was wrong, judged on other groups, written as a new bundle."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from isthmus import bundle as bundles
from isthmus.bundle import Bundle, open_bundle
from isthmus.cross.decisions.calibrate import METHODS, Recalibration, recalibrated, write_recalibrated
from isthmus.cross.decisions.site import Site, site_of
from isthmus.cross.prediction_table import PredictionTable
from isthmus.cross.table_scorecard import Columns
from isthmus.decision import Calibration, Decision
from isthmus.errors import DataError
from isthmus.judge.probability.bins import equal_mass_error
from isthmus.judge.probability.proper import log_loss
from make import site as sites
from make.described import full

OLD = Decision({"half": 0.5, "given": 0.3}, "half", Calibration("platt", (1.2, 0.5)))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return replace(open_bundle(full(tmp_path_factory.mktemp("bundle") / "b")), decision=OLD)


def site_at(bundle: Bundle, to: Path, n: int, seed: int = 0) -> Site:
    table = PredictionTable.read(sites.write(to / "p.csv", sites.rows(bundle, n, seed)))
    return site_of(table, Columns("label", "p_malignant", "patient"), "malignant", bundle)


@pytest.fixture(scope="module")
def site(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site_at(bundle, tmp_path_factory.mktemp("site"), 1500)


@pytest.fixture(scope="module")
def auto(site: Site, bundle: Bundle) -> Recalibration:
    return recalibrated(site, bundle.decision)


def test_it_is_better_than_before_and_says_by_how_much(site: Site, auto: Recalibration) -> None:
    assert auto.choice.name in ("platt", "beta")
    assert auto.before.log_loss.value == pytest.approx(log_loss(site.labels, site.p))
    assert auto.after.log_loss.value < auto.before.log_loss.value
    assert auto.after.brier.value < auto.before.brier.value
    assert auto.after.ece.value < 0.05 < auto.before.ece.value
    assert auto.change.value == pytest.approx(auto.after.log_loss.value - auto.before.log_loss.value)
    assert auto.change.high < 0
    assert auto.after.ece.n == 1500


def test_the_curve_acts_on_the_networks_output(site: Site, auto: Recalibration) -> None:
    """The labels were drawn with log-odds half of the output's, less 1."""
    at = np.linspace(0.05, 0.95, 10)
    assert auto.decision.probability(at) == pytest.approx(expit(0.5 * logit(at) - 1), abs=0.05)


def test_another_site_of_its_kind_finds_it_calibrated_and_covered(
    auto: Recalibration, bundle: Bundle, tmp_path: Path
) -> None:
    other = site_at(bundle, tmp_path, 4000, seed=9)
    p = np.asarray(auto.decision.probability(other.fused))
    assert equal_mass_error(other.labels, p).value < 0.04
    assert auto.decision.conformal is not None
    benign, malignant = auto.decision.conformal.holds(p)
    for holds, label in ((benign, 0), (malignant, 1)):
        assert holds[other.labels == label].mean() == pytest.approx(0.9, abs=0.04)
    called = p >= auto.decision.thresholds["sensitivity-95"]
    assert called[other.labels == 1].mean() == pytest.approx(0.95, abs=0.03)


def test_coverage_and_points_are_measured_on_other_groups(auto: Recalibration, site: Site) -> None:
    for one in (auto.coverage.benign, auto.coverage.malignant):
        assert one.low < 0.9 < one.high
    assert auto.points["sensitivity-95"].sensitivity.low < 0.95 < auto.points["sensitivity-95"].sensitivity.high
    assert auto.points_before.keys() == {"half", "given"}
    assert auto.points_before["given"].sensitivity.value == (site.p >= 0.3)[site.labels == 1].mean()


def test_the_default_stays_and_a_number_is_no_rule(auto: Recalibration) -> None:
    assert auto.decision.default == "half"
    assert [*auto.decision.thresholds] == ["sensitivity-90", "sensitivity-95", "sensitivity-97.5", "half"]


def test_another_prevalence_moves_p_and_thresholds_and_no_verdict_by_sensitivity(
    site: Site, auto: Recalibration, bundle: Bundle
) -> None:
    moved = recalibrated(site, bundle.decision, here=0.05)
    assert (moved.decision.prevalence and moved.decision.prevalence.fitted) == site.malignant / 1500
    plain, at_site = (np.asarray(one.decision.probability(site.fused)) for one in (auto, moved))
    odds = 0.05 / 0.95 / (site.malignant / site.benign)
    assert logit(at_site) == pytest.approx(logit(plain) + np.log(odds))
    for name in ("sensitivity-90", "sensitivity-95"):
        called = [p >= one.decision.thresholds[name] for p, one in ((plain, auto), (at_site, moved))]
        assert (called[0] == called[1]).all()
    assert auto.decision.conformal
    assert moved.decision.conformal
    for one, other in zip(auto.decision.conformal.holds(plain), moved.decision.conformal.holds(at_site), strict=True):
        assert (one == other).all()
    assert moved.after == auto.after


@pytest.mark.parametrize("method", METHODS[1:])
def test_every_method_is_fitted_when_it_is_named(method: str, site: Site, bundle: Bundle) -> None:
    made = recalibrated(site, bundle.decision, method)
    assert made.decision.calibration.kind == method
    assert made.choice.log_loss.keys() == {method}


def test_a_calibrated_bundle_is_left_nearly_as_it_is(site: Site, auto: Recalibration) -> None:
    again = recalibrated(replace(site, p=np.asarray(auto.decision.probability(site.fused))), auto.decision, "platt")
    at = np.linspace(0.05, 0.95, 10)
    assert again.decision.probability(at) == pytest.approx(auto.decision.probability(at), abs=0.03)
    assert abs(again.change.value) < 0.01


def test_an_order_turned_round_fits_nothing(site: Site, bundle: Bundle) -> None:
    with pytest.raises(DataError, match=r"no calibration fits: .* doesn't rise with the label"):
        recalibrated(replace(site, fused=1 - site.fused), bundle.decision, "platt")


def test_the_new_bundle_is_whole_and_the_old_one_as_it_was(
    auto: Recalibration, site: Site, bundle: Bundle, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in bundle.folder.iterdir()}
    written = write_recalibrated(bundle, site, auto, tmp_path / "new")
    assert {path.name: path.read_bytes() for path in bundle.folder.iterdir()} == before
    found = open_bundle(tmp_path / "new")
    assert (found.decision, found.recipe, found.members) == (auto.decision, bundle.recipe, bundle.members)
    assert found.provenance == bundle.provenance
    assert found.files == written.files
    assert set(bundle.files) - set(found.files) == {bundles.FACTS, bundles.EVIDENCE}
    for name in (bundles.ONNX, bundles.WEIGHTS, bundles.PROBE, bundles.MEMBERS, bundles.INT8, bundles.HISTORY):
        assert (found.folder / name).read_bytes() == before[name]
    card = (found.folder / bundles.CARD).read_text(encoding="utf-8")
    assert card.endswith(before[bundles.CARD].decode())
    assert f"{site.benign} benign and {site.malignant} malignant" in card


def test_it_is_json(auto: Recalibration) -> None:
    found = json.loads(json.dumps(auto.as_json(), allow_nan=False))
    assert found["after"]["ece"]["n"] == 1500
    assert found["decision"]["calibration"]["kind"] == found["method"]
    assert found["conformal"]["asked"] == 0.9
