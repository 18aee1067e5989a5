"""The paper's experiments as data: Tables 3 and 4, and what else can be turned (Section IV)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from isthmus.baselines.table import BASELINES
from isthmus.recipe import PAPER, PAPER_BACKBONES, Recipe

PAPERS_BACKBONE = "fourconv"
ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9)
TABLES = ("table3", "table4", "ablations")


class Architecture(StrEnum):
    """Who is judged (Fig. 8, Table 3). The values are keys in files and stay; pages have their own captions."""

    GLOBAL = "global"
    RFC = "global + RFC"
    BFC = "global + BFC"
    CROPS_ALONE = "BFC alone"  # Table 3: omega 0
    BASELINE = "baseline"  # its name in BASELINES stands where a backbone does


class Knob(StrEnum):
    """What a table varies beside architecture and backbone. The values are keys in files and stay."""

    ALPHA = "alpha"
    OMEGA = "omega"
    CROP_COUNT = "N, RFC"
    STEPS = "steps, BFC"
    WEIGHTS = "weights, malignant : benign"
    HEAD = "head"
    UPSAMPLING = "upsampling"
    RESIZE = "resize"
    MARGIN = "RoI margin"
    SQUARE = "square window, margin"
    OUTSIDE = "surroundings alone, margin 50%"


ARCHITECTURES: Mapping[str, Architecture] = {  # by the crops of a recipe
    "none": Architecture.GLOBAL,
    "random": Architecture.RFC,
    "boundary": Architecture.BFC,
}


def setting(knob: Knob, value: object) -> str:
    """The key of a setting, as files hold it: a number without needless decimals.

    >>> setting(Knob.ALPHA, 0.6), setting(Knob.HEAD, "flatten")
    ('alpha = 0.6', 'head = flatten')
    """
    return f"{knob} = {value:g}" if isinstance(value, float) else f"{knob} = {value}"


def knob_and_value(key: str) -> tuple[str, str]:
    """What ``setting`` made the key of.

    >>> knob_and_value("omega = 0.25")
    ('omega', '0.25')
    """
    knob, _, value = key.partition(" = ")
    return knob, value


def table_3(base: Recipe) -> dict[float, Recipe]:
    """alpha to recipe: the boundary crops alone; 1 is the global branch alone (Table 3)."""
    alone = {alpha: base.changed(crops="boundary", alpha=alpha, omega=0.0) for alpha in ALPHAS}
    return alone | {1.0: base.changed(crops="none")}


def table_4(base: Recipe) -> dict[tuple[str, str], Recipe]:
    """(crops, backbone) to recipe: three architectures on five backbones (Table 4).

    Trunks other than the paper's own are averaged over their last map, and their upsampling convolution is separable: a
    full one of 2048 channels has 38 million weights, more than the trunk.
    """
    return {
        (crops, backbone): base.changed(
            crops=crops,
            backbone=backbone,
            head=base.network.head if backbone == PAPERS_BACKBONE else "average",
            upsampling=base.network.upsampling if backbone == PAPERS_BACKBONE else "separable",
        )
        for crops in ARCHITECTURES
        for backbone in PAPER_BACKBONES
    }


def ablations(base: Recipe) -> dict[tuple[Knob, str], Recipe]:
    """(knob, its value) to recipe: one knob turned at a time, from boundary crops on the paper's backbone."""
    boundary = base.changed(crops="boundary", backbone=PAPERS_BACKBONE)
    random = boundary.changed(crops="random")
    return {
        **{(Knob.OMEGA, f"{omega:g}"): boundary.changed(omega=omega) for omega in (0.0, 0.25, 0.5, 0.75)},
        (Knob.OMEGA, "1"): boundary.changed(crops="none"),
        **{(Knob.CROP_COUNT, str(count)): random.changed(crop_count=count) for count in (1, 5, 9)},
        **{(Knob.STEPS, str(steps)): boundary.changed(steps=steps) for steps in (1, 2, 3)},
        **{
            (Knob.WEIGHTS, f"{malignant:g} : {benign:g}"): boundary.changed(
                weight_malignant=malignant, weight_benign=benign
            )
            for malignant, benign in ((2.5, 2.5), (3.0, 2.0), (4.0, 1.0))  # one sum: SGD's step is as long
        },
        **{(Knob.HEAD, head): boundary.changed(head=head) for head in ("flatten", "average")},
        **{
            (Knob.UPSAMPLING, kind): boundary.changed(upsampling=kind)
            for kind in ("bilinear", "separable", "transposed")
        },
        **{(Knob.RESIZE, kind): boundary.changed(resize=kind) for kind in ("stretch", "letterbox", "square")},
        **{(Knob.MARGIN, f"{margin:.0%}"): boundary.changed(margin=margin) for margin in (0.0, 0.1, 0.25, 0.5)},
        **{
            (Knob.SQUARE, f"{margin:.0%}"): boundary.changed(resize="square", margin=margin)
            for margin in (0.0, 0.25, 0.5, 1.0)
        },
        **{
            (Knob.OUTSIDE, kind): boundary.changed(resize=kind, margin=0.5, view="outside")
            for kind in ("stretch", "square")
        },
    }


@functools.cache
def varied(table: str, backbone: str) -> frozenset[str]:
    """The fields of a recipe that a table turns on a backbone; those of its other rows are alike."""
    recipes = [recipe for _, trunk, _, recipe in _rows(table, PAPER) if recipe and trunk == backbone]
    return frozenset(name for one in recipes for name, value in one.values.items() if value != PAPER.values[name])


TABLE_3 = table_3(PAPER)
TABLE_4 = table_4(PAPER)
ABLATIONS = ablations(PAPER)


class Model(NamedTuple):
    """A row of a table, under whatever protocol and labels; ``setting`` is a key of `setting`, or ""."""

    architecture: str
    backbone: str
    setting: str = ""


@dataclass(frozen=True)
class Place:
    """One cell of a table, under one protocol and label policy.

    ``architecture`` is one of Architecture, ``setting`` what the table varies beside it and the backbone: a key of
    `setting`, or "". A baseline's name in BASELINES is its backbone.
    """

    table: str
    architecture: str
    backbone: str
    setting: str
    protocol: str
    labels: str

    @property
    def model(self) -> Model:
        """Who is judged."""
        return Model(self.architecture, self.backbone, self.setting)

    @property
    def place(self) -> tuple[str, str, str, str, str, str]:
        """What tells the cell from every other, whoever fills it."""
        return (self.table, self.architecture, self.backbone, self.setting, self.protocol, self.labels)

    def __str__(self) -> str:
        return " / ".join(filter(None, self.place))


@dataclass(frozen=True)
class Cell(Place):
    """A cell and the recipe that fills it, None for a baseline."""

    recipe: Recipe | None


def cells(table: str, base: Recipe, protocols: Iterable[str], policies: Iterable[str]) -> Iterator[Cell]:
    """Every cell of a table, protocol by protocol and policy by policy, the baselines behind Table 4."""
    policies = tuple(policies)
    for protocol in protocols:
        for labels in policies:
            for architecture, backbone, setting, recipe in _rows(table, base):
                yield Cell(table, architecture, backbone, setting, protocol, labels, recipe)


def _rows(table: str, base: Recipe) -> Iterator[tuple[str, str, str, Recipe | None]]:
    if table == "table3":
        for alpha, recipe in table_3(base.changed(backbone=PAPERS_BACKBONE)).items():
            architecture = Architecture.CROPS_ALONE if alpha < 1 else Architecture.GLOBAL
            yield architecture, PAPERS_BACKBONE, setting(Knob.ALPHA, alpha), recipe
    elif table == "table4":
        for (crops, backbone), recipe in table_4(base).items():
            yield ARCHITECTURES[crops], backbone, "", recipe
        for name in BASELINES:
            yield Architecture.BASELINE, name, "", None
    else:
        for (knob, value), recipe in ablations(base).items():
            yield ARCHITECTURES[recipe.network.crops], recipe.network.backbone, setting(knob, value), recipe
