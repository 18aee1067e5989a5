"""Every knob of an experiment in one frozen object.

The defaults are the paper's values where it states them (Sections III and IV), elsewhere the plainest (decision 10).
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from isthmus import files
from isthmus.errors import RecipeError

PAPER_BACKBONES = ("inception_v3", "vgg19", "resnet50", "xception", "fourconv")  # Table 4, in its order

CHOICES: Mapping[str, tuple[str, ...]] = {
    "resize": ("stretch", "letterbox"),
    "scaling": ("unit", "centred", "imagenet"),
    "crops": ("none", "random", "boundary"),
    "head": ("flatten", "average"),
    "upsampling": ("bilinear", "separable", "transposed"),
    "reduction": ("sum", "mean"),
    "optimiser": ("sgd", "adamw"),
    "schedule": ("constant", "one-cycle"),
    "choose_by": ("loss", "auc", "last"),
    "threshold": ("half", "youden", "sensitivity-90"),
    "precision": ("auto", "fp32", "bf16"),
}

# name -> (lowest, highest, whether the lowest itself is allowed)
RANGES: Mapping[str, tuple[float, float, bool]] = {
    "size": (16, 4096, True),
    "margin": (0, 4, True),
    "hidden": (1, 1 << 16, True),
    "dropout": (0, 0.99, True),
    "crop_count": (1, 256, True),
    "crop_seed": (0, math.inf, True),
    "alpha": (0, 1, False),
    "omega": (0, 1, True),
    "steps": (1, 64, True),
    "weight_malignant": (0, 1e6, False),
    "weight_benign": (0, 1e6, False),
    "learning_rate": (0, 10, False),
    "momentum": (0, 0.9999, True),
    "weight_decay": (0, 10, True),
    "batch_size": (2, 1 << 16, True),
    "epochs": (1, 1_000_000, True),
    "patience": (0, 1_000_000, True),
    "averaging": (0, 0.99999, True),
    "validation": (0, 0.9, False),
    "flip": (0, 1, True),
    "shift": (0, 0.5, True),
    "scale": (0, 0.9, True),
    "rotation": (0, 45, True),  # up and down must not change places
    "gain": (0, 1, True),
    "attenuation": (0, 1, True),
    "speckle": (0, 1, True),
}


# fields -> the one whose value decides whether they change anything, and the values that let them
IDLE_UNLESS: Mapping[tuple[str, ...], tuple[str, tuple[str, ...]]] = {
    ("alpha", "omega", "upsampling"): ("crops", ("random", "boundary")),
    ("steps",): ("crops", ("boundary",)),
    ("crop_count", "crop_seed"): ("crops", ("random",)),
    ("momentum",): ("optimiser", ("sgd",)),
    ("patience",): ("choose_by", ("loss", "auc")),
}


@dataclass(frozen=True)
class Recipe:
    """One experiment, whole. Raises RecipeError for a value that a field can't take.

    >>> Recipe().alpha, Recipe().crops
    (0.6, 'boundary')
    """

    name: str = "paper"

    # Preparation (Section IV-A.3)
    size: int = 224  # pixels, both sides
    margin: float = 0.0  # added on each side of the box, as a share of that side
    resize: str = "stretch"
    scaling: str = "unit"  # unit: 0 .. 1; centred: -1 .. 1; imagenet: its mean and deviation

    # Network (Section III; omega IV-B.2, alpha IV-B.3, crop_count IV-C)
    backbone: str = "fourconv"
    pretrained: bool = False
    head: str = "flatten"
    hidden: int = 512
    dropout: float = 0.5
    crops: str = "boundary"
    alpha: float = 0.6  # side of a crop over the side of the map
    omega: float = 0.5  # share of the global branch, Eq. (1)
    steps: int = 1  # BFC: slides along each edge; 1 gives four corners and the centre
    crop_count: int = 5  # RFC: N
    crop_seed: int = 0  # RFC: the positions used when reading
    upsampling: str = "bilinear"

    # Loss (Section III-D; weights IV-B.2)
    weight_malignant: float = 3.0
    weight_benign: float = 2.0
    reduction: str = "sum"  # over the batch, Eq. (8)

    # Learning (Section IV-B.2 up to weight_decay, and batch_size)
    optimiser: str = "sgd"
    learning_rate: float = 1e-5  # the peak, where the schedule is one-cycle
    momentum: float = 0.9  # sgd only
    weight_decay: float = 5e-4
    schedule: str = "constant"
    batch_size: int = 16
    epochs: int = 50
    patience: int = 10  # epochs without improvement on validation before stopping; 0: never stop
    choose_by: str = "loss"  # what picks the epoch on validation; last: don't pick
    averaging: float = 0.0  # decay of the moving average of the weights; 0: none
    validation: float = 0.2  # share of the training nodules, whole groups
    threshold: str = "half"  # operating point, found on validation
    precision: str = "auto"  # auto: bf16 where the processor computes in it, else fp32

    # Augmentation, each 0 for none
    flip: float = 0.0  # chance of a left-right flip
    shift: float = 0.0  # most, as a share of the side
    scale: float = 0.0  # most, as a share: 0.1 is 0.9 .. 1.1
    rotation: float = 0.0  # most, degrees
    gain: float = 0.0  # most change of contrast and brightness, as a share
    attenuation: float = 0.0  # most fall of brightness from top to bottom, as a share
    speckle: float = 0.0  # deviation of multiplicative noise

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise RecipeError(f"{name} = {getattr(self, name)!r} is none of {', '.join(choices)}", where="recipe")
        for name, (low, high, inclusive) in RANGES.items():
            value = getattr(self, name)
            # A whole number may be larger than any float.
            finite = isinstance(value, int) or math.isfinite(value)
            if not finite or not low <= value <= high or (value == low and not inclusive):
                raise RecipeError(
                    f"{name} = {value} is outside {'' if inclusive else 'above '}{low:g} .. {high:g}", where="recipe"
                )
        if self.head == "flatten" and self.backbone != "fourconv":
            raise RecipeError(
                f"head = 'flatten' is for the backbone fourconv, and {self.backbone} is averaged over its last map",
                where="recipe",
                remedy="Set head = average, too.",
            )

    @property
    def fingerprint(self) -> str:
        """12 hexadecimal digits that name everything in the recipe but its name."""
        # Recipes of trunks that are averaged once said flatten: what was made by them keeps its name.
        return self._digest() if self.backbone == "fourconv" else self._digest(head="flatten")

    def is_named(self, fingerprint: str) -> bool:
        """Whether the fingerprint is this recipe's, or was in earlier versions."""
        return fingerprint in (self.fingerprint, self._digest())

    def _digest(self, **changes: str) -> str:
        values = dataclasses.asdict(self) | changes
        del values["name"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def idle(self) -> dict[str, str]:
        """The fields that change nothing in this recipe, each with the setting that makes it so."""
        return {
            name: f"{decisive} = {getattr(self, decisive)}"
            for names, (decisive, values) in IDLE_UNLESS.items()
            for name in names
            if getattr(self, decisive) not in values
        }

    def replaced(self, assignments: Iterable[str]) -> Recipe:
        """The recipe with ``name=value`` texts applied; values as in TOML, quotes not needed.

        >>> Recipe().replaced(["alpha=0.7", "crops=random"]).crops
        'random'
        """
        changes: dict[str, object] = {}
        for text in assignments:
            name, equals, value = text.partition("=")
            if not equals:
                raise RecipeError(f"{text!r} is not name=value", where="--set")
            changes[name.strip()] = _parse(value.strip())
        return from_mapping(changes, base=self, where="--set")

    def to_toml(self) -> str:
        """The recipe as TOML text; ``from_toml`` reads it back equal."""
        return tomli_w.dumps(dataclasses.asdict(self))


PAPER = Recipe()

ISTHMUS = Recipe(
    name="isthmus",
    size=96,
    head="average",
    optimiser="adamw",
    schedule="one-cycle",
    learning_rate=1e-3,
    weight_decay=0.05,
    reduction="mean",
    epochs=24,
    patience=0,
    choose_by="last",
    averaging=0.98,
    threshold="youden",
    flip=0.5,
    shift=0.05,
    scale=0.1,
    rotation=10.0,
    gain=0.15,
    attenuation=0.2,
    speckle=0.1,
)

RECIPES: Mapping[str, Recipe] = {"paper": PAPER, "isthmus": ISTHMUS}


def named(text: str) -> Recipe:
    """The recipe called ``text``, or the one in the TOML file at that path. Raises RecipeError."""
    if text in RECIPES:
        return RECIPES[text]
    path = Path(text)
    if path.suffix == ".toml" or path.exists():
        return load(path)
    raise RecipeError(f"no recipe {text!r}", remedy=f"Use {', '.join(RECIPES)}, or the path of a .toml file.")


def load_kept(path: Path) -> Recipe:
    """Reads the recipe kept with what it made; flatten, said of an averaged trunk once, as average. RecipeError."""
    values = _values(files.read_text(path, RecipeError), str(path))
    if values.get("head", Recipe.head) == "flatten" and values.get("backbone", Recipe.backbone) != "fourconv":
        values["head"] = "average"
    return from_mapping(values, where=str(path))


def load(path: Path) -> Recipe:
    """Reads a recipe from a TOML file. Raises RecipeError."""
    return from_toml(files.read_text(path, RecipeError), where=str(path))


def save(recipe: Recipe, path: Path) -> None:
    """Writes a recipe as TOML, whole or not at all."""
    files.write_text(path, recipe.to_toml())


def from_toml(text: str, where: str = "recipe") -> Recipe:
    """A recipe from TOML text; a missing field takes the paper's value. Raises RecipeError."""
    return from_mapping(_values(text, where), where=where)


def _values(text: str, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # also of a number of thousands of digits
        raise RecipeError(f"is not TOML: {error}", where=where) from error


def from_mapping(values: Mapping[str, object], base: Recipe | None = None, where: str = "recipe") -> Recipe:
    """``base`` with ``values`` in place. An unknown name is refused, the nearest known one named."""
    base = base or Recipe()
    known = {field.name: type(getattr(base, field.name)) for field in dataclasses.fields(base)}
    changes: dict[str, object] = {}
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise RecipeError(f"no field {name!r}", where=where, remedy=f"Did you mean {near[0]!r}?")
        changes[name] = _converted(name, value, known[name], where)
    try:
        return dataclasses.replace(base, **changes)  # type: ignore[arg-type]
    except RecipeError as error:
        raise RecipeError(error.what, where=where, remedy=error.remedy) from None


def _converted(name: str, value: object, kind: type, where: str) -> object:
    if kind is float and type(value) is int and abs(value) < 1 << 1000:  # a larger one is no float
        return float(value)
    if kind is int and type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not kind:
        raise RecipeError(f"{name} = {value!r} should be of type {kind.__name__}", where=where)
    return value


def _parse(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # also of a number of thousands of digits
        return text
