"""The physics of the phantom against what theory says of speckle, attenuation and gain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isthmus.phantom.speckle import RAYLEIGH_SNR, Field, Probe, compress, echo_envelope, time_gain, transit_loss

ROWS, COLUMNS = 300, 384
QUIET = Probe(noise=-200.0)
EVEN = np.zeros((ROWS, COLUMNS), np.float32)
TISSUE = np.full((ROWS, COLUMNS), 0.5, np.float32)


def envelope(loss: Field = EVEN, probe: Probe = QUIET, seed: int = 0, reflectors: Field = EVEN) -> Field:
    return echo_envelope(EVEN, loss, reflectors, np.random.default_rng(seed), probe)


def level(values: Field) -> float:
    """Root mean square, dB."""
    return float(10 * np.log10(np.mean(values.astype(float) ** 2)))


def test_fully_developed_speckle_is_rayleigh() -> None:
    inner = envelope()[30:-30, 30:-30]
    assert inner.mean() / inner.std() == pytest.approx(RAYLEIGH_SNR, abs=0.06)
    assert level(inner) == pytest.approx(0, abs=0.3)
    beyond = np.mean(inner > 2.0)  # Rayleigh: exp(-2^2)
    assert beyond == pytest.approx(np.exp(-4), rel=0.25)


def test_looks_are_independent_so_that_compounding_smooths() -> None:
    one, four = (envelope(probe=replace(QUIET, looks=looks))[30:-30, 30:-30] ** 2 for looks in (1, 4))
    assert one.mean() / one.std() == pytest.approx(1, abs=0.06)  # intensity is exponential
    assert four.mean() / four.std() == pytest.approx(2, abs=0.12)  # and the mean of four, twice as smooth


def test_speckle_is_wider_across_than_along_and_grows_away_from_the_focus() -> None:
    values = envelope()
    around = values - values.mean()

    def alike(part: Field, axis: int) -> float:
        return float(np.mean(part * np.roll(part, 2, axis)) / np.mean(part**2))

    focus = round(QUIET.focus / QUIET.pixel)
    narrow, wide = around[focus - 30 : focus + 30], around[-60:]
    assert alike(narrow, 1) > alike(narrow, 0) + 0.2
    assert alike(wide, 1) > alike(narrow, 1) + 0.1


def test_echoes_fall_with_depth_by_twice_the_way() -> None:
    values = envelope(TISSUE)
    near, far = values[20:60], values[220:260]
    assert level(far) - level(near) == pytest.approx(-2 * 0.5 * QUIET.frequency * 200 * QUIET.pixel / 10, abs=0.7)
    assert transit_loss(TISSUE, QUIET)[0, 0] == 0


def test_time_gain_makes_even_tissue_even_again() -> None:
    gained = envelope(TISSUE) * 10 ** (time_gain(ROWS, 0.5, QUIET) / 20)
    assert level(gained[220:260]) == pytest.approx(level(gained[20:60]), abs=0.7)


@pytest.mark.parametrize(("loss", "least", "most"), [(18.0, -60.0, -25.0), (0.05, 2.0, 7.0)])
def test_a_stone_throws_a_shadow_and_fluid_brightens_what_is_behind(loss: float, least: float, most: float) -> None:
    block = TISSUE.copy()
    block[100 : 115 if loss > 1 else 170, 150:230] = loss
    plain, changed = envelope(TISSUE), envelope(block)
    behind, beside = np.s_[200:280, 165:215], np.s_[200:280, 20:120]
    assert least < level(changed[behind]) - level(plain[behind]) < most
    assert level(changed[beside]) == pytest.approx(level(plain[beside]), abs=0.05)


def test_the_electronics_set_a_floor() -> None:
    deaf = np.full_like(TISSUE, 50)
    assert level(envelope(deaf, replace(QUIET, noise=-40.0))[100:]) == pytest.approx(-40, abs=0.3)


def test_a_single_reflector_is_where_it_was_put() -> None:
    point = EVEN.copy()
    point[120, 200] = 200
    row, column = np.unravel_index(int(np.argmax(envelope(reflectors=point))), point.shape)
    assert (abs(row - 120), column) == (0, 200)


def test_log_compression() -> None:
    envelopes = np.array([[0, 1e-4, 0.1, 1, 10, 1e6]], np.float32)
    grey = compress(envelopes, 0.0, dynamic_range=60, tissue_grey=100)
    assert grey.dtype == np.uint8
    assert grey.tolist() == [[0, 0, 15, 100, 185, 255]]


def test_same_seed_same_frame() -> None:
    assert np.array_equal(envelope(seed=4), envelope(seed=4))
    assert not np.array_equal(envelope(seed=4), envelope(seed=5))
