"""The recipes by name, and recipes in TOML files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import tomli_w

from isthmus import files
from isthmus.errors import RecipeError
from isthmus.recipe import PAPER, PARTS, Recipe, from_mapping

ISTHMUS = PAPER.changed(
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

# Both members of ``quick``; the weights are those of balanced classes in TN5000.
_QUICK = ISTHMUS.changed(
    name="quick", resize="square", batch_size=32, averaging=0.99, weight_malignant=0.694, weight_benign=1.786
)
# Recipes of several networks, which are trained one after the other and read together (net.ensemble).
ENSEMBLES: Mapping[str, tuple[Recipe, ...]] = {
    "quick": (
        _QUICK.changed(
            backbone="tf_efficientnet_lite0",
            pretrained="package",
            scaling="centred",
            crops="none",
            size=128,
            margin=0.5,
            epochs=8,
            learning_rate=5e-4,
        ),
        _QUICK.changed(size=96, margin=0.25, epochs=16, policy="trivial"),
    )
}

# What a recipe changes where its trunk learns without labels: stronger changes of each image, and larger batches.
UNLABELLED: Mapping[str, object] = {
    "optimiser": "adamw",
    "schedule": "one-cycle",
    "learning_rate": 2e-3,
    "weight_decay": 1e-4,
    "batch_size": 128,
    "epochs": 100,
    "flip": 0.5,
    "shift": 0.15,
    "scale": 0.35,
    "rotation": 20.0,
    "gain": 0.4,
    "attenuation": 0.4,
    "speckle": 0.2,
}


def named(text: str) -> Recipe:
    """The recipe called ``text``, or the one in the TOML file at that path. Raises RecipeError."""
    if text in RECIPES:
        return RECIPES[text]
    path = Path(text)
    if text in ENSEMBLES or _holds_members(path):
        raise RecipeError(
            f"{text} is a recipe of several networks",
            where="--recipe",
            remedy="Give it to `isthmus train`, without --from; elsewhere a recipe is of one network.",
        )
    if path.suffix == ".toml" or path.exists():
        return load(path)
    known = ", ".join((*RECIPES, *ENSEMBLES))
    raise RecipeError(f"no recipe {text!r}", remedy=f"Use {known}, or the path of a .toml file.")


def every(text: str, assignments: Iterable[str] = ()) -> tuple[Recipe, ...]:
    """The recipes of all networks of the recipe ``text``: of an ensemble by name, or in a TOML file with a [[member]]
    for each; else one. Each has the ``assignments`` name=value applied. Raises RecipeError as ``chosen`` does."""
    if text not in ENSEMBLES and not _holds_members(Path(text)):
        return (chosen(text, assignments),)
    members = ENSEMBLES.get(text) or load_members(Path(text))
    assignments = tuple(assignments)
    changed_ones = tuple(one.replaced(assignments) for one in members)
    refuse_overruled(changed_ones[0], assignments, changed_ones, f"the networks of {text}")
    return changed_ones


def _holds_members(path: Path) -> bool:
    return path.is_file() and "member" in _values(files.read_text(path, RecipeError), str(path))


def chosen(text: str, assignments: Iterable[str] = (), unused: Mapping[str, str] | None = None) -> Recipe:
    """The recipe called ``text``, or in the TOML file at that path, with the ``assignments`` name=value applied.

    Raises RecipeError, too, for an assignment that changes nothing: with the recipe's other fields, or for the reason
    that ``unused`` gives for its name.
    """
    return changed(named(text), assignments, unused)


def changed(base: Recipe, assignments: Iterable[str] = (), unused: Mapping[str, str] | None = None) -> Recipe:
    """``base`` with the ``assignments`` name=value applied. Raises RecipeError as ``chosen`` does."""
    assignments = tuple(assignments)
    recipe = base.replaced(assignments)
    idle = {**recipe.idle, **(unused or {})}
    for name in set_names(assignments):
        if name in idle and recipe.values.get(name) != base.values.get(name):
            raise RecipeError(f"{name} changes nothing with {idle[name]}", where="--set", remedy="Leave it out.")
    return recipe


def unlabelled(base: Recipe, assignments: Iterable[str] = ()) -> Recipe:
    """``base`` for learning without labels: as UNLABELLED has it, then the ``assignments``. Raises RecipeError as
    ``chosen`` does, and for a field of what learns from labels."""
    deaf = [*PARTS["loss"].model_fields, "trunk_rate", "probe", "patience", "choose_by", "averaging", "validation"]
    return changed(base.changed(**UNLABELLED), assignments, dict.fromkeys([*deaf, "threshold"], "no labels"))


def refuse_overruled(base: Recipe, assignments: Iterable[str], every: Sequence[Recipe], what: str) -> None:
    """Raises RecipeError for an assignment in ``base`` that no recipe of ``every``, those of ``what``, obeys."""
    for name in set_names(assignments):
        value = base.values.get(name)
        if not any(name not in recipe.idle and recipe.values.get(name) == value for recipe in every):
            raise RecipeError(f"{name} = {value} changes nothing in {what}", where="--set", remedy="Leave it out.")


def set_names(assignments: Iterable[str]) -> list[str]:
    """The names of the fields that name=value texts set."""
    return [assignment.partition("=")[0].strip().rpartition(".")[2] for assignment in assignments]


def load(path: Path) -> Recipe:
    """Reads a recipe from a TOML file. Raises RecipeError."""
    return from_toml(files.read_text(path, RecipeError), where=str(path))


def load_kept(path: Path) -> Recipe:
    """Reads the recipe kept with what it made. Raises RecipeError.

    Earlier versions wrote one flat table, and ``head = "flatten"`` for trunks that were averaged.
    """
    values = _values(files.read_text(path, RecipeError), str(path))
    if "network" not in values and values.get("head", "flatten") == "flatten":
        values["head"] = "flatten" if values.get("backbone", "fourconv") == "fourconv" else "average"
    return from_mapping(values, where=str(path))


def shown(members: Sequence[Recipe]) -> int:
    """The member of an ensemble whose crops and map it shows: the first that has crops, else the first."""
    return next((at for at, one in enumerate(members) if one.network.crops != "none"), 0)


def load_members(path: Path) -> tuple[Recipe, ...]:
    """The recipes of an ensemble's members, in their order, two or more. Raises RecipeError."""
    members = _values(files.read_text(path, RecipeError), str(path)).get("member")
    if not isinstance(members, list) or len(members) < 2 or not all(isinstance(one, dict) for one in members):
        raise RecipeError("holds no two members", where=str(path))
    return tuple(from_mapping(one, where=str(path)) for one in members)


def save_members(members: Sequence[Recipe], path: Path) -> None:
    """Writes what ``load_members`` reads, whole or not at all."""
    files.write_text(path, tomli_w.dumps({"member": [one.model_dump() for one in members]}))


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
