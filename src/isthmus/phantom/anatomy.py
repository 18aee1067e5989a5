"""The simulated neck around a nodule: scattering and attenuation of each pixel of a frame.

All lengths are mm, depth z downwards from the probe, x across; levels are dB against the thyroid lobe. The numbers are
estimates by eye from DDTI's frames, not measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from isthmus.phantom.features import Features
from isthmus.phantom.speckle import Field

WIDTH, HEIGHT = 384, 300  # pixels of the scan area
PIXEL = 0.13  # mm
ACROSS, DEEP = WIDTH * PIXEL, HEIGHT * PIXEL
TISSUE = 0.45  # dB/cm/MHz
FLUID_ECHO, FLUID_LOSS = -21.0, 0.05  # clutter keeps fluid from being black
SHARED = 0.7  # amplitude of the grain and waviness that neighbouring planes have in common, of 1 in all
ANGLES = np.linspace(-np.pi, np.pi, 361)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Neck:
    """The neck of a patient, in all frames: thicknesses of the layers in mm, the trachea's side, the lobe's grain."""

    skin: float
    fat: float
    muscle: float
    tilt: float
    trachea_left: bool
    coarseness: float
    bone: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Neck:
        return cls(
            skin=rng.uniform(1.0, 1.7),
            fat=rng.uniform(1.0, 3.0),
            muscle=rng.uniform(1.8, 4.0),
            tilt=rng.uniform(-0.05, 0.05),
            trachea_left=bool(rng.random() < 0.5),
            coarseness=rng.uniform(0.6, 2.0),
            bone=rng.uniform(31.0, 37.0),
        )


@dataclass(frozen=True)
class PlacedNodule:
    """A nodule in one plane: its features, centre and half axes in mm, turn in radians, and outline.

    The outline is the ratio of the margin's radius to the ellipse's at each of ANGLES, (361,).
    """

    features: Features
    x: float
    z: float
    half_width: float
    half_height: float
    turn: float
    outline: Floats

    def contour(self, grown: float = 0.0) -> Floats:
        """The margin, ``grown`` mm outwards: (361, 2) as x, z in mm."""
        across = (self.half_width + grown) * self.outline * np.cos(ANGLES)
        down = (self.half_height + grown) * self.outline * np.sin(ANGLES)
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return np.stack([self.x + cos * across - sin * down, self.z + sin * across + cos * down], axis=1)

    def inwards(self, x: Field, z: Field) -> Field:
        """The approximate depth of each place inside the margin, mm; below 0 outside."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        across = (cos * (x - self.x) + sin * (z - self.z)) / self.half_width
        down = (cos * (z - self.z) - sin * (x - self.x)) / self.half_height
        reach = np.interp(np.arctan2(down, across), ANGLES, self.outline)
        inside = (1 - np.hypot(across, down) / reach) * np.sqrt(self.half_width * self.half_height)
        return np.asarray(inside, np.float32)


def outline(features: Features, rng: np.random.Generator) -> Floats:
    """An outline (361,) with ``features.lobes`` bumps of ``features.roughness``, and waves independent of the class."""
    radius = np.ones_like(ANGLES)
    for order in (2, 3):
        radius += rng.normal(0, 0.025) * np.cos(order * ANGLES + rng.uniform(0, 2 * np.pi))
    bumps = sum(
        rng.uniform(0.6, 1.0) * np.cos(order * ANGLES + rng.uniform(0, 2 * np.pi))
        for order in (features.lobes - 1, features.lobes, features.lobes + 2)
    )
    return radius + features.roughness * np.asarray(bumps)


class Scene:
    """Three maps (300, 384) of one frame: echo in dB, loss in dB/cm/MHz, amplitudes of single reflectors.

    Each method adds one structure to them.
    """

    def __init__(self, neck: Neck, rng: np.random.Generator, fresh: np.random.Generator) -> None:
        """``rng`` draws the part that neighbouring planes share, ``fresh`` the part of this plane alone."""
        self.neck, self.rng, self.fresh = neck, rng, fresh
        self.x = np.broadcast_to((np.arange(WIDTH, dtype=np.float32) + 0.5) * PIXEL, (HEIGHT, WIDTH))
        self.z = np.broadcast_to(((np.arange(HEIGHT, dtype=np.float32) + 0.5) * PIXEL)[:, None], (HEIGHT, WIDTH))
        self.echo: Field = np.full((HEIGHT, WIDTH), -6, np.float32)
        self.loss: Field = np.full((HEIGHT, WIDTH), TISSUE, np.float32)
        self.reflectors: Field = np.zeros((HEIGHT, WIDTH), np.float32)
        self.strands = self.grain(4.0, 0.18)

    def grain(self, across: float, down: float) -> Field:
        """A smooth random field of deviation 1, its grains ``across`` x ``down`` mm."""
        coarser = max(1, int(min(across, down) / PIXEL / 2))  # large grains need no fine grid
        size = (HEIGHT // coarser + 1, WIDTH // coarser + 1)
        smooth = cv2.GaussianBlur(self._noise(*size), (0, 0), across / PIXEL / coarser, sigmaY=down / PIXEL / coarser)
        smooth = cv2.resize(smooth, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        return np.asarray(smooth / smooth.std(), np.float32)

    def curve(self, length: float) -> Field:
        """A smooth random height for each column, of deviation 1, its bends ``length`` mm long: (1, columns)."""
        smooth = cv2.GaussianBlur(self._noise(1, WIDTH), (0, 0), length / PIXEL)
        return np.asarray((smooth - smooth.mean()) / smooth.std(), np.float32)

    def _noise(self, rows: int, columns: int) -> Field:
        shared = self.rng.standard_normal((rows, columns), dtype=np.float32)
        fresh = self.fresh.standard_normal((rows, columns), dtype=np.float32)
        return np.float32(SHARED) * shared + np.float32(np.sqrt(1 - SHARED**2)) * fresh

    def layers(self) -> float:
        """Skin, fat and strap muscles, with bright fasciae between. Returns their greatest depth, mm."""
        rng, neck = self.rng, self.neck
        depth = self.z - (self.x - ACROSS / 2) * neck.tilt - 0.5 * self.curve(9.0) * np.minimum(self.z / 4, 1)
        skin, fat, muscle = neck.skin, neck.skin + neck.fat, neck.skin + neck.fat + neck.muscle
        strands = np.maximum(self.strands, 0)
        # The deep compartment: strands of connective tissue, the front of the spine, and its shadow.
        self.echo = -6 + 2 * self.strands + 3 * self.grain(2.5, 0.5) + 3 * self.grain(5.0, 2.5)
        self.echo[depth < muscle] = (-9 + 5 * strands + 2 * self.grain(6.0, 0.6))[depth < muscle]
        self.echo[depth < fat] = (-6 + 3 * self.strands + 2 * self.grain(2.0, 0.3))[depth < fat]
        self.echo[depth < skin] = 0
        for boundary, level in ((skin, 1.0), (fat, 8.0), (muscle, 9.0)):
            self._line(depth - boundary, 0.22, level)
        bone = self.z - neck.bone - self.curve(rng.uniform(4, 8))
        self._line(bone, 0.6, 9 + 4 * self.curve(3.0))
        self.loss[bone > 0.6] = 3.0
        return muscle + abs(neck.tilt) * ACROSS / 2

    def lobe(self, x: float, z: float, half_width: float, half_height: float) -> None:
        """The thyroid lobe: even fine grain inside a thin bright capsule."""
        reach = ((np.abs(self.x - x) / half_width) ** 2.6 + (np.abs(self.z - z) / half_height) ** 2.6) ** (1 / 2.6)
        inside = (1 - reach) * half_height + 0.5 * self.curve(3.0) + 0.4 * self.grain(2.5, 2.5)
        grain = 1.3 * self.grain(self.neck.coarseness, self.neck.coarseness * 0.7)
        self.echo = np.where(inside > 0, grain, self.echo)
        self._line(inside, 0.22, 4.0)

    def trachea(self, x: float, z: float, radius: float) -> None:
        """A bright front wall, then air: reverberations that die away in its shadow."""
        inside = radius - np.hypot(self.x - x, self.z - z) + 0.3 * self.curve(2.0)
        self.echo = np.where(inside > 0, 3.5 * np.cos(inside * 2 * np.pi / 2.4) - 4 - 1.5 * inside, self.echo)
        self.loss = np.where(inside > 0.8, np.float32(2.6), self.loss)
        facing = np.clip((z - self.z) / radius, 0, 1)  # a wall that faces the probe reflects more
        self._line(inside - 0.3, 0.4, 10 * facing - 2, where=facing > 0)

    def vessel(self, x: float, z: float, half_width: float, half_height: float) -> None:
        """A vessel: blood without echo in a bright wall."""
        inside = (1 - np.hypot((self.x - x) / half_width, (self.z - z) / half_height)) * min(half_width, half_height)
        self._fluid(inside + 0.1 * self.grain(2, 2) > 0, 0.12)
        self._line(inside + 0.2, 0.25, 7 * np.abs(self.z - z) / half_height - 2)

    def nodule(self, placed: PlacedNodule) -> None:
        """The nodule with all its features."""
        features, rng = placed.features, self.rng
        inside = placed.inwards(self.x, self.z)
        share = 1 / (1 + np.exp(np.clip(-4 * inside / features.fade, -30, 30)))
        texture = rng.uniform(0.8, 2.2) * self.grain(1.0, 0.8)
        self.echo = self.echo * (1 - share) + share * (features.echo + texture)
        self.loss += share * np.float32(0.015) * np.float32(max(-features.echo, 0))
        if features.halo:
            self.echo -= 7 * np.exp(-((inside / 0.45) ** 2))
        fluid = self._fluid_inside(features, inside)
        self._fluid(fluid, FLUID_LOSS if not features.spongiform else 0.2)
        self._foci(placed, inside, fluid)

    def _fluid_inside(self, features: Features, inside: Field) -> npt.NDArray[np.bool_]:
        core = inside > 0.3
        if features.fluid <= 0 or not core.any():
            return np.zeros_like(core)
        if features.cystic:
            return core
        field = self.grain(0.55, 0.4) if features.spongiform else self.grain(2.4, 2.0)
        return core & (field > np.quantile(field[core], 1 - features.fluid))

    def _foci(self, placed: PlacedNodule, inside: Field, fluid: npt.NDArray[np.bool_]) -> None:
        features, rng = placed.features, self.rng
        for row, column in self._places(inside > 0.8, features.punctate):
            self.reflectors[row : row + 3, column] = rng.uniform(12, 30)  # a little thicker than the pulse is long
        for row, column in self._places(fluid & (inside > 1.0), features.comets):
            for echo, tail in enumerate(range(row, min(row + 16, HEIGHT), 3)):
                self.reflectors[tail, column] = 45 * 0.6**echo
        for row, column in self._places((inside > 1.5) & (self.z < placed.z + 1), features.coarse):
            away = np.hypot(
                (self.x - self.x[row, column]) / rng.uniform(0.8, 2.0), (self.z - self.z[row, column]) / 0.6
            )
            self._calcify(away < 1)
        if features.rim:
            self._calcify((np.abs(inside) < 0.3) & (self.z < placed.z) & (self.strands > -0.8))

    def _calcify(self, where: npt.NDArray[np.bool_]) -> None:
        self.echo[where] = 16
        self.loss[where] = 18.0

    def _places(self, where: npt.NDArray[np.bool_], count: int) -> list[tuple[int, int]]:
        candidates = np.argwhere(where)
        if not count or not len(candidates):
            return []
        return [(int(row), int(column)) for row, column in candidates[self.rng.integers(0, len(candidates), count)]]

    def _fluid(self, where: npt.NDArray[np.bool_], loss: float) -> None:
        self.echo[where] = FLUID_ECHO
        self.loss[where] = loss

    def _line(
        self, away: Field, width: float, level: float | Field, where: npt.NDArray[np.bool_] | bool = True
    ) -> None:
        """A bright layer ``width`` mm thick where ``away`` is 0, of varying strength along its length."""
        bright = level + 3 * self.strands - 10 * (away / width) ** 2
        self.echo = np.where(where & (np.abs(away) < 2 * width), np.maximum(self.echo, bright), self.echo)
