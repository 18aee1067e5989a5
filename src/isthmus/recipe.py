"""Every knob of an experiment, in frozen parts: each room is handed the part that it needs.

The defaults are the paper's values where it states them (Sections III and IV), elsewhere the plainest (decision 10).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import reprlib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

import tomli_w
from pydantic import Field, ValidationError, model_validator

from isthmus.errors import RecipeError
from isthmus.part import LATER, Part, idle_unless, idle_with

PAPER_BACKBONES = ("inception_v3", "vgg19", "resnet50", "xception", "fourconv")  # Table 4, in its order


class Preparation(Part):
    """Image to RoI (Section IV-A.3). Raises RecipeError for a view of nothing."""

    size: int = Field(default=224, ge=16, le=4096)  # pixels, both sides
    # Added on each side of the box, as a share of that side; square: of the box's longer side
    margin: float = Field(default=0.0, ge=0, le=4)
    resize: Literal["stretch", "letterbox", "square"] = "stretch"
    # Of the window, what isn't painted grey: what it shows without a margin, or what the margin adds
    view: Literal["all", "inside", "outside"] = Field(default="all", json_schema_extra=LATER | idle_with("margin", 0.0))

    @model_validator(mode="after")
    def _refuse_nothing(self) -> Preparation:
        if self.view == "outside" and not self.margin:
            raise RecipeError(
                "view = 'outside' is what the margin adds, and margin = 0 adds nothing",
                where="recipe",
                remedy="Set margin, too.",
            )
        return self


class Network(Part):
    """RoI to votes (Section III; omega IV-B.2, alpha IV-B.3, crop_count IV-C). Raises RecipeError for a head that
    the backbone can't have, and for a scaling that its weights can't."""

    scaling: Literal["unit", "centred", "imagenet"] = "unit"  # 0 .. 1; -1 .. 1; ImageNet's mean and deviation
    backbone: str = "fourconv"
    pretrained: bool | Literal["package"] = False  # True: timm fetches them; "package": installed beside torch
    attention: str = Field(default="none", json_schema_extra=LATER)  # on the maps that both branches share
    head: Literal["flatten", "average"] = "flatten"
    hidden: int = Field(default=512, ge=1, le=1 << 16)
    dropout: float = Field(default=0.5, ge=0, le=0.99)
    crops: Literal["none", "random", "boundary"] = "boundary"
    # Side of a crop over the side of the map; share of the global branch, Eq. (1)
    alpha: float = Field(default=0.6, gt=0, le=1, json_schema_extra=idle_unless("crops", "random", "boundary"))
    omega: float = Field(default=0.5, ge=0, le=1, json_schema_extra=idle_unless("crops", "random", "boundary"))
    # BFC: slides along each edge; 1 gives four corners and the centre
    steps: int = Field(default=1, ge=1, le=64, json_schema_extra=idle_unless("crops", "boundary"))
    # RFC: N, and the random state of the positions used when reading
    crop_count: int = Field(default=5, ge=1, le=256, json_schema_extra=idle_unless("crops", "random"))
    crop_seed: int = Field(default=0, ge=0, json_schema_extra=idle_unless("crops", "random"))
    upsampling: Literal["bilinear", "separable", "transposed"] = Field(
        default="bilinear", json_schema_extra=idle_unless("crops", "random", "boundary")
    )

    # both: a reading is the mean of the RoI and of its left-right mirror image, in evaluation mode
    mirror: Literal["none", "both"] = Field(default="none", json_schema_extra=LATER)

    @model_validator(mode="after")
    def _refuse_flatten(self) -> Network:
        if self.head == "flatten" and self.backbone != "fourconv":
            raise RecipeError(
                f"head = 'flatten' is for the backbone fourconv, and {self.backbone} is averaged over its last map",
                where="recipe",
                remedy="Set head = average, too.",
            )
        return self

    @model_validator(mode="after")
    def _refuse_scaling(self) -> Network:
        if self.pretrained == "package" and self.scaling != "centred":
            raise RecipeError(
                f"pretrained = 'package' has weights for scaling = 'centred', not {self.scaling!r}",
                where="recipe",
                remedy="Set scaling = centred, too.",
            )
        return self


class Loss(Part):
    """The weighted cross-entropy (Section III-D; weights IV-B.2)."""

    weight_malignant: float = Field(default=3.0, gt=0, le=1e6)
    weight_benign: float = Field(default=2.0, gt=0, le=1e6)
    reduction: Literal["sum", "mean"] = "sum"  # over the batch, Eq. (8)
    second: str = Field(default="none", json_schema_extra=LATER)  # another loss, added to Eq. (8)
    second_weight: float = Field(default=1.0, gt=0, le=1e6, json_schema_extra=LATER | idle_with("second", "none"))


class Learning(Part):
    """How the weights are found (Section IV-B.2 up to weight_decay, and batch_size)."""

    optimiser: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = Field(default=1e-5, gt=0, le=10)  # the peak, where the schedule is one-cycle
    trunk_rate: float = Field(default=1.0, ge=0, le=1, json_schema_extra=LATER)  # the trunk's share of learning_rate
    probe: int = Field(default=0, ge=0, le=1_000_000, json_schema_extra=LATER)  # epochs at first with the trunk frozen
    momentum: float = Field(default=0.9, ge=0, le=0.9999, json_schema_extra=idle_unless("optimiser", "sgd"))
    weight_decay: float = Field(default=5e-4, ge=0, le=10)
    schedule: Literal["constant", "one-cycle"] = "constant"
    batch_size: int = Field(default=16, ge=2, le=1 << 16)
    epochs: int = Field(default=50, ge=1, le=1_000_000)
    # Epochs without improvement on validation before stopping; 0: never stop
    patience: int = Field(default=10, ge=0, le=1_000_000, json_schema_extra=idle_unless("choose_by", "loss", "auc"))
    choose_by: Literal["loss", "auc", "last"] = "loss"  # what picks the epoch on validation; last: don't pick
    averaging: float = Field(default=0.0, ge=0, le=0.99999)  # decay of the moving average of the weights; 0: none
    validation: float = Field(default=0.2, ge=0, le=0.9)  # share of the training nodules, whole groups; 0: none
    threshold: Literal["half", "youden", "sensitivity-90"] = "half"  # operating point, found on validation
    precision: Literal["auto", "fp32", "bf16"] = "auto"  # auto: bf16 where it trains faster (a GPU, AMX)

    @model_validator(mode="after")
    def _refuse_choosing_on_nothing(self) -> Learning:
        if not self.validation and (self.choose_by, self.threshold) != ("last", "half"):
            raise RecipeError(
                "validation = 0 leaves no nodule to choose an epoch or a threshold on",
                where="recipe",
                remedy="Set choose_by = last and threshold = half, too.",
            )
        return self


class Augmentation(Part):
    """Changes that an ultrasound machine and its operator could have made, each 0 for none; or generic ones."""

    # trivial: TrivialAugment (Wide), which was made for photographs, in place of all but the flip
    policy: Literal["own", "trivial"] = Field(default="own", json_schema_extra=LATER)
    flip: float = Field(default=0.0, ge=0, le=1)  # probability of a left-right flip
    # Most, as a share of the side; as a share: 0.1 is 0.9 .. 1.1; degrees: up and down must not change places
    shift: float = Field(default=0.0, ge=0, le=0.5, json_schema_extra=idle_unless("policy", "own"))
    scale: float = Field(default=0.0, ge=0, le=0.9, json_schema_extra=idle_unless("policy", "own"))
    rotation: float = Field(default=0.0, ge=0, le=45, json_schema_extra=idle_unless("policy", "own"))
    # Most change of contrast and brightness, and most fall of brightness from top to bottom, as shares
    gain: float = Field(default=0.0, ge=0, le=1, json_schema_extra=idle_unless("policy", "own"))
    attenuation: float = Field(default=0.0, ge=0, le=1, json_schema_extra=idle_unless("policy", "own"))
    # Standard deviation of multiplicative noise
    speckle: float = Field(default=0.0, ge=0, le=1, json_schema_extra=idle_unless("policy", "own"))


PARTS: Mapping[str, type[Part]] = {
    "preparation": Preparation,
    "network": Network,
    "loss": Loss,
    "learning": Learning,
    "augmentation": Augmentation,
}
HOMES: Mapping[str, str] = {name: part for part, kind in PARTS.items() for name in kind.model_fields}  # field -> part


class Recipe(Part):
    """One experiment, whole.

    >>> Recipe().network.alpha, Recipe().changed(alpha=0.7, crops="random").network.crops
    (0.6, 'random')
    """

    name: str = "paper"
    preparation: Preparation = Preparation()
    network: Network = Network()
    loss: Loss = Loss()
    learning: Learning = Learning()
    augmentation: Augmentation = Augmentation()

    @property
    def values(self) -> dict[str, Any]:
        """Every field of every part by its own name, which no other part has."""
        return {name: getattr(getattr(self, part), name) for name, part in HOMES.items()}

    @property
    def fingerprint(self) -> str:
        """12 hexadecimal digits that name everything in the recipe but its name."""
        # Recipes of trunks that are averaged once said flatten: what was made by them keeps its name.
        return self._digest() if self.network.backbone == "fourconv" else self._digest(head="flatten")

    def is_named(self, fingerprint: str) -> bool:
        """Whether the fingerprint is this recipe's, or was in earlier versions."""
        return fingerprint in (self.fingerprint, self._digest())

    def _digest(self, **changes: str) -> str:
        values = {name: value for part in PARTS for name, value in getattr(self, part).named_by.items()}
        return hashlib.sha256(json.dumps(values | changes, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def idle(self) -> dict[str, str]:
        """The fields that change nothing in this recipe, each with the setting that makes it so."""
        found = {}
        for name, part in HOMES.items():
            rule = PARTS[part].model_fields[name].json_schema_extra
            if isinstance(rule, dict) and "decisive" in rule:
                decisive, allowed = str(rule["decisive"]), rule["values"]
                value = getattr(getattr(self, part), decisive)
                if isinstance(allowed, list) and (value in allowed) == ("idle" in rule):
                    found[name] = f"{decisive} = {value}"
        return found

    def changed(self, **values: object) -> Recipe:
        """The recipe with these fields, of whatever part, in place. Raises RecipeError."""
        return from_mapping(values, base=self)

    def replaced(self, assignments: Iterable[str]) -> Recipe:
        """The recipe with ``name=value`` texts applied; values as in TOML, quotes not needed. Raises RecipeError.

        >>> Recipe().replaced(["alpha=0.7", "network.crops=random"]).network.crops
        'random'
        """
        changes: dict[str, object] = {}
        for text in assignments:
            name, equals, value = text.partition("=")
            if not equals:
                raise RecipeError(f"{text!r} is not name=value", where="--set")
            changes[_short(name.strip())] = _parse(value.strip())
        return from_mapping(changes, base=self, where="--set")

    def to_toml(self) -> str:
        """The recipe as TOML text, a table for each part; ``from_toml`` reads it back equal."""
        return tomli_w.dumps(self.model_dump())


PAPER = Recipe()


def from_mapping(values: Mapping[str, object], base: Recipe | None = None, where: str = "recipe") -> Recipe:
    """``base`` with ``values`` in place: by their own names, or in mappings of their parts' names.

    Raises RecipeError for a value that a field can't take, and for an unknown name, the nearest known one named.
    """
    base = base or PAPER
    parts: dict[str, Any] = base.model_dump()
    for name, value in _flat(values, where):
        home = parts[HOMES[name]] if name in HOMES else parts
        is_whole = isinstance(home[name], int) and isinstance(value, float) and value.is_integer()
        home[name] = int(value) if is_whole and isinstance(value, float) else value
    try:
        return Recipe.model_validate(parts)
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"][:2]  # part and field; a field of two types has an error for each
        rules = " or ".join(one["msg"].removeprefix("Input ") for one in error.errors() if one["loc"][:2] == place)
        what = f"{place[-1]} = {reprlib.repr(first['input'])}: {rules.replace(' or should be', ' or')}"
        raise RecipeError(what, where=where) from None
    except RecipeError as error:
        raise RecipeError(error.what, where=where, remedy=error.remedy) from None


def _flat(values: Mapping[str, object], where: str) -> Iterable[tuple[str, object]]:
    """Every field with its value, out of its part's mapping if it stands in one. Raises RecipeError."""
    for name, value in values.items():
        if name in PARTS and isinstance(value, Mapping):
            for own in value:
                if own not in PARTS[name].model_fields:
                    raise _unknown(f"{name}.{own}", own, PARTS[name].model_fields, where)
            yield from value.items()
        elif name in HOMES or name == "name":
            yield name, value
        else:
            raise _unknown(name, name, [*HOMES, "name"], where)


def _unknown(told: str, name: str, known: Iterable[str], where: str) -> RecipeError:
    near = difflib.get_close_matches(name, [*known], n=1, cutoff=0.0)
    return RecipeError(f"no field {told!r}", where=where, remedy=f"Did you mean {near[0]!r}?")


def _short(name: str) -> str:
    """A field's own name: ``network.alpha`` is ``alpha``."""
    part, _, own = name.partition(".")
    return own if own and HOMES.get(own) == part else name


def _parse(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # also of a number of thousands of digits
        return text


def choices(name: str) -> tuple[Any, ...]:
    """The values that a field can take, () where they aren't listed."""
    annotation = PARTS[HOMES[name]].model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()
