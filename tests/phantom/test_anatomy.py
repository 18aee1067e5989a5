"""The neck: each structure leaves its mark on echo, attenuation and reflectors, where it was put and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isthmus.phantom.anatomy import (
    FLUID_ECHO,
    HEIGHT,
    PIXEL,
    TISSUE,
    WIDTH,
    Neck,
    PlacedNodule,
    Scene,
    outline,
)
from make.phantom import PLAIN

X, Z = 25.0, 18.0  # mm


def scene(seed: int = 0) -> Scene:
    neck = replace(Neck.draw(np.random.default_rng(1)), bone=31.0)
    return Scene(neck, np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1]))


def placed(turn: float = 0.0, roughness: float = 0.0, **features: object) -> PlacedNodule:
    changed = replace(PLAIN, roughness=roughness, **features)  # type: ignore[arg-type]
    return PlacedNodule(changed, X, Z, 9.0, 5.0, turn, outline(changed, np.random.default_rng(3)))


def with_nodule(**features: object) -> tuple[Scene, np.ndarray]:
    """A scene with one nodule, and each pixel's depth inside its margin."""
    made, nodule = scene(), placed(**features)
    made.nodule(nodule)
    return made, nodule.inwards(made.x, made.z)


@pytest.mark.parametrize("turn", [0.0, 0.5, -1.2])
def test_the_margin_is_where_inside_begins(turn: float) -> None:
    nodule = placed(turn, roughness=0.05)
    at, outside, inside = (nodule.contour(grown) for grown in (0.0, 0.5, -0.5))
    np.testing.assert_allclose(nodule.inwards(*at.T), 0, atol=0.05)
    assert (nodule.inwards(*outside.T) < -0.1).all()
    assert (nodule.inwards(*inside.T) > 0.1).all()
    assert nodule.inwards(np.array([X]), np.array([Z]))[0] == pytest.approx(np.sqrt(9 * 5), rel=0.01)


def test_a_turn_of_a_quarter_exchanges_width_and_height() -> None:
    upright, lying = np.ptp(placed(np.pi / 2).contour(), axis=0), np.ptp(placed().contour(), axis=0)
    assert upright == pytest.approx(lying[::-1], rel=0.01)


def test_roughness_is_the_depth_of_the_lobes() -> None:
    def radii(roughness: float, lobes: int = 9) -> np.ndarray:
        return outline(replace(PLAIN, roughness=roughness, lobes=lobes), np.random.default_rng(3))

    smooth = radii(0.0)
    assert smooth == pytest.approx(1, abs=0.2)
    assert smooth[0] == pytest.approx(smooth[-1])  # it closes
    assert radii(0.1) - smooth == pytest.approx(2 * (radii(0.05) - smooth))
    waves = np.abs(np.fft.rfft((radii(0.1) - smooth)[:-1]))
    assert set(np.flatnonzero(waves > waves.max() / 10)) == {8, 9, 11}


def test_a_patients_neck_is_drawn_from_its_seed() -> None:
    first, again, other = (Neck.draw(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert first == again != other


def test_the_layers_end_at_the_depth_that_is_returned() -> None:
    made = scene()
    depth = made.layers()
    assert made.neck.skin + made.neck.fat + made.neck.muscle <= depth < made.neck.bone
    assert (made.echo[0] >= 0).all(), "the skin is bright"
    behind = made.z > made.neck.bone + 5
    assert (made.loss[behind] > 2).all(), "the spine casts a shadow"
    assert (made.loss[made.z < depth] == np.float32(TISSUE)).all()


def test_the_lobe_is_even_tissue_around_its_centre() -> None:
    made = scene()
    made.lobe(X, Z, 12, 8)
    middle = np.hypot((made.x - X) / 9, (made.z - Z) / 6) < 1
    assert made.echo[middle].mean() == pytest.approx(0, abs=0.6)
    assert made.echo[middle].std() < 3
    assert (made.echo[np.hypot(made.x - X, made.z - Z) > 19] == -6).all()
    assert (made.loss == np.float32(TISSUE)).all()


def test_the_trachea_has_a_bright_front_wall_and_a_shadow() -> None:
    made = scene()
    made.trachea(X, Z, 7)
    front = made.echo[np.abs(made.z[:, 0] - (Z - 7)) < 1.2]
    assert (front[:, np.abs(made.x[0] - X) < 1].max(axis=0) > 0).all()
    assert (made.loss[np.hypot(made.x - X, made.z - Z) < 4] > 2).all()
    assert (made.loss[np.hypot(made.x - X, made.z - Z) > 9] == np.float32(TISSUE)).all()


def test_a_vessel_is_fluid() -> None:
    made = scene()
    made.vessel(X, Z, 3, 3)
    away = np.hypot(made.x - X, made.z - Z)
    assert (made.echo[away < 1.5] == FLUID_ECHO).all()
    assert (made.loss[away < 1.5] < TISSUE).all()
    assert (made.echo[away > 5] == -6).all()


def test_nothing_changes_far_from_a_nodule() -> None:
    made, inwards = with_nodule(echo=-9.0, punctate=9, coarse=2, rim=True, halo=True)
    far = inwards < -4
    assert made.echo[far] == pytest.approx(-6, abs=0.01)
    assert made.loss[far] == pytest.approx(TISSUE, abs=0.01)
    assert not made.reflectors[far].any()


def test_a_halo_is_a_dark_ring() -> None:
    (with_halo, inwards), (without, _) = with_nodule(halo=True), with_nodule()
    darker = without.echo - with_halo.echo
    assert darker[np.abs(inwards) < 0.1].min() > 6
    assert darker[np.abs(inwards) > 1.5] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(("features", "share"), [({"fluid": 0.4}, 0.4), ({"fluid": 0.5, "spongiform": True}, 0.5)])
def test_fluid_takes_its_share_of_the_inside(features: dict[str, object], share: float) -> None:
    made, inwards = with_nodule(**features)
    assert (made.echo[inwards > 0.3] == FLUID_ECHO).mean() == pytest.approx(share, abs=0.01)
    assert not (made.echo[inwards < 0] == FLUID_ECHO).any()


def test_a_cyst_is_all_fluid() -> None:
    made, inwards = with_nodule(fluid=1.0)
    assert (made.echo[inwards > 0.35] == FLUID_ECHO).all()


def test_a_sponge_has_finer_fluid_than_a_mixed_nodule() -> None:
    def edges(**features: object) -> int:
        made, _ = with_nodule(fluid=0.5, **features)
        return int(np.count_nonzero(np.diff(made.echo == FLUID_ECHO, axis=1)))

    assert edges(spongiform=True) > 1.4 * edges()


@pytest.mark.parametrize("count", [0, 1, 12])
def test_punctate_foci_are_reflectors_inside(count: int) -> None:
    made, inwards = with_nodule(punctate=count)
    assert (made.reflectors > 0).sum() <= 3 * count
    assert (made.reflectors > 0).any() == (count > 0)
    assert (inwards[made.reflectors > 0] > 0.3).all()


def test_comet_tails_fade_with_depth() -> None:
    made, _ = with_nodule(fluid=0.6, comets=1)
    rows, columns = np.nonzero(made.reflectors)
    assert len(set(columns)) == 1
    assert len(rows) > 2
    assert (np.diff(made.reflectors[rows, columns[0]]) < 0).all()


def test_coarse_calcifications_attenuate_inside_and_a_rim_in_front() -> None:
    coarse, inwards = with_nodule(coarse=2)
    stones = coarse.loss > 10
    assert stones.any()
    assert (inwards[stones] > -1).all()
    rim, inwards = with_nodule(rim=True)
    shell = rim.loss > 10
    assert shell.any()
    assert (np.abs(inwards[shell]) < 0.3).all()
    assert (rim.z[shell] < Z).all()


def test_grain_has_the_size_that_is_given() -> None:
    made = scene()
    fine, coarse = made.grain(0.5, 0.5), made.grain(4.0, 4.0)
    assert fine.shape == coarse.shape == (HEIGHT, WIDTH)
    assert fine.std() == pytest.approx(1, abs=1e-3)
    step = round(1.0 / PIXEL)

    def alike(field: np.ndarray) -> float:
        return float(np.corrcoef(field[:, :-step].ravel(), field[:, step:].ravel())[0, 1])

    assert alike(coarse) > 0.9 > 0.5 > alike(fine)


def test_neighbouring_planes_share_most_of_their_grain() -> None:
    neck = Neck.draw(np.random.default_rng(1))
    grains = [
        Scene(neck, np.random.default_rng(shared), np.random.default_rng(fresh)).grain(1.0, 1.0).ravel()
        for shared, fresh in ((1, 2), (1, 3), (4, 5))
    ]
    assert np.corrcoef(grains[0], grains[1])[0, 1] == pytest.approx(0.49, abs=0.1)
    assert abs(np.corrcoef(grains[0], grains[2])[0, 1]) < 0.1
