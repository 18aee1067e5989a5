"""The features of a simulated nodule, their distribution by class, and their reading by TI-RADS.

The points are those of ACR TI-RADS: F. N. Tessler et al., J. Am. Coll. Radiol. 14 (2017) 587-595. The class shifts
every feature and decides none: the classes overlap, and a reading is no diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isthmus.nodule import Label

TALLER = 1.0  # height over width
IRREGULAR = 0.04  # roughness of the margin, as a share of the radius
ILL_DEFINED = 0.9  # mm over which the margin fades
# Echogenicity in dB against the lobe around: below -10 markedly hypoechoic, below -4 hypoechoic, above 2.5 hyperechoic.
MARKEDLY_HYPOECHOIC, HYPOECHOIC, HYPERECHOIC = -10.0, -4.0, 2.5


@dataclass(frozen=True)
class Features:
    """One simulated nodule. ``truth`` is the class whose distribution it was drawn from.

    ``fluid`` is the cystic share (0 solid .. 1 cystic), ``echo`` its solid part against the lobe in dB, ``radius`` in
    mm (geometric mean of its half axes), ``aspect`` height over width, ``roughness`` of the margin as a share of the
    radius with ``lobes`` bumps around, ``fade`` of the margin in mm, ``punctate`` the number of punctate echogenic
    foci, ``coarse`` of macrocalcifications, ``rim`` whether one lies around it, ``comets`` of colloid with comet tails.
    """

    truth: Label
    fluid: float
    spongiform: bool
    echo: float
    radius: float
    aspect: float
    roughness: float
    lobes: int
    fade: float
    punctate: int
    coarse: int
    rim: bool
    halo: bool
    comets: int

    @property
    def cystic(self) -> bool:
        return self.fluid > 0.9

    @property
    def points(self) -> int:
        """ACR TI-RADS points of the features."""
        if self.spongiform or self.cystic:
            return 0
        composition = 2 if self.fluid < 0.1 else 1
        echogenicity = 3 if self.echo < MARKEDLY_HYPOECHOIC else 2 if self.echo < HYPOECHOIC else 1
        shape = 3 if self.aspect > TALLER else 0
        margin = 2 if self.roughness > IRREGULAR else 0
        foci = 3 * (self.punctate > 0) + 2 * self.rim + (self.coarse > 0)
        return composition + echogenicity + shape + margin + foci

    @property
    def descriptors(self) -> dict[str, str]:
        """DDTI's four descriptors, in DDTI's words."""
        return {
            "composition": self._composition(),
            "echogenicity": self._echogenicity(),
            "margins": self._margins(),
            "calcifications": self._calcifications(),
        }

    def _composition(self) -> str:
        if self.spongiform:
            return "spongiform"
        if self.cystic:
            return "cystic"
        if self.fluid < 0.1:
            return "solid"
        return "predominantly cystic" if self.fluid > 0.5 else "predominantly solid"

    def _echogenicity(self) -> str:
        if self.echo < MARKEDLY_HYPOECHOIC:
            return "marked hypoechogenicity"
        if self.echo < HYPOECHOIC:
            return "hypoechogenicity"
        return "hyperechogenicity" if self.echo > HYPERECHOIC else "isoechogenicity"

    def _margins(self) -> str:
        if self.roughness > IRREGULAR:
            return "macrolobulated" if self.lobes < 7 else "microlobulated" if self.lobes < 11 else "spiculated"
        return "ill defined" if self.fade > ILL_DEFINED else "well defined smooth"

    def _calcifications(self) -> str:
        if self.punctate:
            return "microcalcifications"
        return "macrocalcifications" if self.coarse or self.rim else "non"


def category(points: int) -> str:
    """DDTI's TI-RADS category for ACR points: 0 and 2 (TR1, TR2) are 2; 3 (TR3) 3; 4 (TR4) 4a; 5 and 6 (TR4) 4b;
    7 to 9 (TR5) 4c; 10 and more (TR5) 5.

    >>> [category(points) for points in (0, 2, 3, 4, 6, 7, 12)]
    ['2', '2', '3', '4a', '4b', '4c', '5']
    """
    bounds = (2, 3, 4, 6, 9)
    return ("2", "3", "4a", "4b", "4c", "5")[sum(points > bound for bound in bounds)]


def draw_features(truth: Label, rng: np.random.Generator, radius: float | None = None) -> Features:
    """Draws the features of one nodule of class ``truth``; ``radius`` in mm, drawn at random too if None."""
    malignant = truth is Label.MALIGNANT
    kind = rng.choice(
        ("solid", "mixed", "spongiform", "cystic"), p=(0.83, 0.15, 0.02, 0.0) if malignant else (0.6, 0.2, 0.13, 0.07)
    )
    fluid = {"solid": 0.0, "mixed": rng.uniform(0.2, 0.7), "spongiform": 0.5, "cystic": 1.0}[str(kind)]
    tissue = kind in ("solid", "mixed")  # a sponge or a cyst has no calcifications here
    punctate = tissue and rng.random() < (0.5 if malignant else 0.1)
    return Features(
        truth=truth,
        fluid=float(fluid),
        spongiform=kind == "spongiform",
        echo=float(np.clip(rng.normal(-6.0, 3.5) if malignant else rng.normal(-1.5, 3.2), -15, 6)),
        radius=float(radius or np.clip(np.exp(rng.normal(1.82 if malignant else 1.9, 0.3)), 3.6, 10.5)),
        aspect=float(np.clip(np.exp(rng.normal(-0.14 if malignant else -0.27, 0.2)), 0.5, 1.5)),
        roughness=float(np.clip(np.exp(rng.normal(-3.1 if malignant else -3.8, 0.5)), 0.005, 0.12)),
        lobes=int(rng.integers(5, 14)),
        fade=float(np.clip(np.exp(rng.normal(-0.6 if malignant else -0.8, 0.5)), 0.15, 2.0)),
        punctate=int(rng.integers(4, 16)) if punctate else 0,
        coarse=int(rng.integers(1, 3)) if tissue and rng.random() < 0.14 else 0,
        rim=bool(tissue and rng.random() < 0.04),
        halo=bool(rng.random() < (0.1 if malignant else 0.4)),
        comets=int(rng.integers(1, 5)) if fluid > 0 and not malignant and rng.random() < 0.5 else 0,
    )
