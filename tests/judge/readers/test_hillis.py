"""The MRMC test against published figures, of scores that are made anew and of a published table of components."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from isthmus.judge.readers.figures import Figures, areas, areas_delong, shares
from isthmus.judge.readers.hillis import NO_VARIATION, ONE_READER, compare, components, mean_of_readers
from make import roe_metz

LABELS = np.repeat([0, 1], 200)
SCORES = roe_metz.scores(LABELS, (0.821, 0.821), 10, roe_metz.HIGH_LOW, seed=1987)

# Van Dyke et al. 1993: 5 readers, 69 and 45 cases. AUCs, variance and covariances as OR-DBM MRMC 2.51 printed them.
VAN_DYKE = np.array(
    [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ]
)
ERROR, COV1, COV2, COV3 = 0.00080229, 0.00034661, 0.00034407, 0.00023903
COV2_OF_MODES = (0.00048396, 0.00020419)


def published(error: float = ERROR, cov2: tuple[float, float] = (COV2, COV2)) -> Figures:
    """Figures with the published components; each covariance stands for all of its kind."""
    covariance = np.empty((2, 5, 2, 5))
    for mode in (0, 1):
        covariance[mode, :, mode] = cov2[mode]
        covariance[mode, :, 1 - mode] = COV3
        for reader in range(5):
            covariance[mode, reader, mode, reader] = error
            covariance[mode, reader, 1 - mode, reader] = COV1
    return Figures(VAN_DYKE, covariance, "jackknife", 114, 114)


def test_scores_made_anew_give_the_figures_that_rjafroc_gave_for_them() -> None:
    test = compare(areas(LABELS, SCORES)).random
    assert test.effect == pytest.approx(0.00451, abs=1e-6)
    assert test.p_value == pytest.approx(0.8502715, abs=1e-6)
    assert (test.low, test.high) == pytest.approx((-0.04284442691, 0.05186442691), abs=1e-9)
    assert test.df == pytest.approx(85.5241922, abs=1e-4)


def test_delong_differs_from_the_jackknife_by_little() -> None:
    one, other = areas(LABELS, SCORES), areas_delong(LABELS, SCORES)
    assert other.values == pytest.approx(one.values)
    assert other.covariance == pytest.approx(one.covariance, rel=0.06, abs=2e-6)
    assert compare(other).random.p_value == pytest.approx(compare(one).random.p_value, abs=1e-3)


def test_readers_and_cases_like_these_as_published() -> None:
    compared = compare(published())
    assert compared.means == pytest.approx((0.89703704, 0.94083736), abs=1e-8)
    assert compared.components.ms_mode == pytest.approx(0.00479617, abs=1e-8)
    assert compared.components.ms_reader == pytest.approx(0.00383620, abs=1e-8)
    assert compared.components.ms_mode_reader == pytest.approx(0.00055103, abs=1e-8)
    assert compared.components.reader == pytest.approx(0.00153500, abs=2e-8)
    assert compared.components.mode_reader == pytest.approx(0.00020040, abs=2e-8)
    assert compared.random.effect == pytest.approx(0.04380032, abs=2e-8)
    assert compared.random.statistic**2 == pytest.approx(4.4563, abs=2e-4)
    assert compared.random.df == pytest.approx(15.26, abs=0.005)
    assert compared.random.p_value == pytest.approx(0.0517, abs=5e-5)
    assert (compared.random.low, compared.random.high) == pytest.approx((-0.00036, 0.08796), abs=5e-6)


def test_these_very_readers_and_these_very_cases_as_published() -> None:
    compared = compare(published())
    assert compared.fixed_readers.statistic**2 == pytest.approx(5.47595, abs=2e-4)
    assert compared.fixed_readers.p_value == pytest.approx(0.0193, abs=5e-5)
    assert (compared.fixed_readers.low, compared.fixed_readers.high) == pytest.approx((0.00711, 0.08049), abs=1e-5)
    assert math.isinf(compared.fixed_readers.df)
    assert compared.fixed_nodules.statistic**2 == pytest.approx(8.70, abs=0.005)
    assert compared.fixed_nodules.p_value == pytest.approx(0.0420, abs=5e-5)
    assert compared.fixed_nodules.df == 4
    assert (compared.fixed_nodules.low, compared.fixed_nodules.high) == pytest.approx((0.00258, 0.08502), abs=1e-5)


def test_where_readers_share_less_within_a_mode_than_across_it_counts_as_nothing() -> None:
    """Hillis 2007: max(cov2 - cov3, 0). What is below would take from the variance, and p with it."""
    less = compare(published(cov2=(COV3 - 0.0001, COV3 - 0.0001)))
    none = compare(published(cov2=(COV3, COV3)))
    assert less.random.p_value == pytest.approx(none.random.p_value)
    assert less.random.df == pytest.approx(4)
    assert less.random.statistic == pytest.approx(less.fixed_nodules.statistic)
    assert less.fixed_readers.error == pytest.approx(none.fixed_readers.error)


def test_the_mean_of_each_mode_as_published() -> None:
    each = [mean_of_readers(published(cov2=COV2_OF_MODES).of_mode(mode)) for mode in (0, 1)]
    assert [one.value for one in each] == pytest.approx([0.89703704, 0.94083736], abs=1e-8)
    assert [one.low for one in each] == pytest.approx([0.82522360, 0.89413783], abs=1e-6)
    assert [one.high for one in each] == pytest.approx([0.96885048, 0.98753689], abs=1e-6)


def test_two_modes_with_one_spread_are_judged_as_by_a_paired_t_test_where_cases_are_fixed() -> None:
    from scipy.stats import ttest_rel

    values = areas(LABELS, SCORES).values
    assert compare(areas(LABELS, SCORES)).fixed_nodules.p_value == pytest.approx(ttest_rel(*values).pvalue)


def test_one_reader_is_compared_with_himself_only() -> None:
    compared = compare(areas(LABELS, SCORES[:, :1]))
    assert compared.random.reason == compared.fixed_nodules.reason == ONE_READER
    assert compared.random.as_json()["p_value"] is None
    both = areas(LABELS, SCORES[:, :1]).covariance[:, 0, :, 0]
    assert compared.fixed_readers.error**2 == pytest.approx(both[0, 0] + both[1, 1] - 2 * both[0, 1])
    assert math.isnan(mean_of_readers(areas(LABELS, SCORES[:1, :1])).low)


def test_what_never_varies_has_no_p_value_and_the_same_scores_differ_by_nothing() -> None:
    perfect = np.stack([np.stack([LABELS, LABELS]), 1 - np.stack([LABELS, LABELS])]).astype(float)
    assert compare(areas(LABELS, perfect)).random.reason == NO_VARIATION
    same = compare(areas(LABELS, np.stack([SCORES[0], SCORES[0]]))).random
    assert (same.effect, same.p_value, same.low, same.high) == (0, 1, 0, 0)
    assert mean_of_readers(areas(LABELS, perfect[:1])).method == f"no interval: {NO_VARIATION}"


def test_patients_with_several_nodules_count_once() -> None:
    twice = np.tile(LABELS, 2)
    doubled = np.concatenate([SCORES, SCORES], axis=2)
    patients = np.tile(np.arange(LABELS.size), 2)
    for made in (areas, areas_delong):
        alone, clustered = made(LABELS, SCORES), made(twice, doubled, patients)
        assert clustered.values == pytest.approx(alone.values)
        assert clustered.covariance == pytest.approx(alone.covariance, rel=1e-6)
        assert clustered.groups == LABELS.size


def test_sensitivity_goes_by_the_malignant_nodules_alone() -> None:
    called = SCORES > 0.4
    found = shares(called, LABELS == 1)
    assert found.values == pytest.approx(called[..., LABELS == 1].mean(axis=-1))
    assert (found.n, found.groups) == (200, 200)
    rate = found.values[0, 0]
    assert found.covariance[0, 0, 0, 0] == pytest.approx(rate * (1 - rate) / 199)


@pytest.mark.parametrize("made", [areas, areas_delong])
def test_what_cant_be_compared_is_refused(made) -> None:
    with pytest.raises(ValueError, match="two patients or more"):
        made([0, 0, 0, 1], np.zeros((1, 2, 4)))
    with pytest.raises(ValueError, match="modes, readers, nodules"):
        made([0, 1], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="finite"):
        made([0, 0, 1, 1], np.full((1, 2, 4), np.nan))
    with pytest.raises(ValueError, match="two modes, not 1"):
        compare(made([0, 0, 1, 1], np.random.default_rng(0).normal(size=(1, 2, 4))))


@pytest.mark.skipif("ISTHMUS_VAN_DYKE" not in os.environ, reason="ISTHMUS_VAN_DYKE names no VanDyke.lrc")
def test_the_ratings_of_van_dyke_give_what_was_published_of_them() -> None:
    lines = Path(os.environ["ISTHMUS_VAN_DYKE"]).read_text(encoding="utf-8").splitlines()
    pairs = np.array([line.split()[:2] for line in lines if "case" in line.lower()], float)
    scores = pairs.reshape(5, 114, 2).transpose(2, 0, 1)
    figures = areas(np.repeat([0, 1], (69, 45)), scores)
    found = components(figures)
    assert figures.values == pytest.approx(VAN_DYKE, abs=1e-8)
    assert (found.error, found.cov1, found.cov2, found.cov3) == pytest.approx((ERROR, COV1, COV2, COV3), abs=5e-9)


@pytest.mark.slow
def test_without_a_difference_one_study_in_twenty_finds_one() -> None:
    """120 null studies of 5 readers: p < .05 in 6 of them on average, in 14 or more with a chance below 1 in 500."""
    labels = np.repeat([0, 1], 50)
    found = [
        compare(areas(labels, roe_metz.scores(labels, (1.5, 1.5), 5, roe_metz.HIGH_LOW, seed))).random.p_value
        for seed in range(120)
    ]
    assert 0 < sum(p < 0.05 for p in found) < 14
