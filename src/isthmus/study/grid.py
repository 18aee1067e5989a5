"""The paper's experiments as data: Tables 3 and 4, and what else can be turned (Section IV)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from isthmus.baselines.table import BASELINES
from isthmus.recipe import PAPER, PAPER_BACKBONES, Recipe

ARCHITECTURES: Mapping[str, str] = {"none": "global", "random": "global + RFC", "boundary": "global + BFC"}  # Fig. 8
CROPS_ALONE = "BFC alone"  # Table 3: omega 0
BASELINE = "baseline"
ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9)
TABLES = ("table3", "table4", "ablations")
Grid = Mapping[tuple[str, str], Recipe]


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
            head=base.network.head if backbone == "fourconv" else "average",
            upsampling=base.network.upsampling if backbone == "fourconv" else "separable",
        )
        for crops in ARCHITECTURES
        for backbone in PAPER_BACKBONES
    }


def ablations(base: Recipe) -> dict[tuple[str, str], Recipe]:
    """(knob, its value) to recipe: one knob turned at a time, from boundary crops on the paper's own backbone."""
    own = base.changed(crops="boundary", backbone="fourconv")
    random = own.changed(crops="random")
    return {
        **{("omega", f"{omega:g}"): own.changed(omega=omega) for omega in (0.0, 0.25, 0.5, 0.75)},
        ("omega", "1"): own.changed(crops="none"),
        **{("N, RFC", str(count)): random.changed(crop_count=count) for count in (1, 5, 9)},
        **{("steps, BFC", str(steps)): own.changed(steps=steps) for steps in (1, 2, 3)},
        **{
            ("weights, malignant : benign", f"{malignant:g} : {benign:g}"): own.changed(
                weight_malignant=malignant, weight_benign=benign
            )
            for malignant, benign in ((2.5, 2.5), (3.0, 2.0), (4.0, 1.0))  # one sum: SGD's step is as long
        },
        **{("head", head): own.changed(head=head) for head in ("flatten", "average")},
        **{("upsampling", kind): own.changed(upsampling=kind) for kind in ("bilinear", "separable", "transposed")},
        **{("resize", kind): own.changed(resize=kind) for kind in ("stretch", "letterbox")},
        **{("RoI margin", f"{margin:.0%}"): own.changed(margin=margin) for margin in (0.0, 0.1, 0.25, 0.5)},
    }


TABLE_3 = table_3(PAPER)
TABLE_4 = table_4(PAPER)
ABLATIONS = ablations(PAPER)


@dataclass(frozen=True)
class Place:
    """One cell of a table, under one protocol and label policy.

    ``setting`` is what the table varies beside architecture and backbone: "alpha = 0.6", "omega = 0.25". A baseline
    stands under the architecture "baseline", its name in BASELINES being the backbone.
    """

    table: str
    architecture: str
    backbone: str
    setting: str
    protocol: str
    labels: str

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
        for alpha, recipe in table_3(base.changed(backbone="fourconv")).items():
            yield (
                CROPS_ALONE if alpha < 1 else ARCHITECTURES["none"],
                recipe.network.backbone,
                f"alpha = {alpha:g}",
                recipe,
            )
    elif table == "table4":
        for (crops, backbone), recipe in table_4(base).items():
            yield ARCHITECTURES[crops], backbone, "", recipe
        for name in BASELINES:
            yield BASELINE, name, "", None
    else:
        for (knob, value), recipe in ablations(base).items():
            yield ARCHITECTURES[recipe.network.crops], recipe.network.backbone, f"{knob} = {value}", recipe
