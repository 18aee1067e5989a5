"""The recipe as it is asked for at the command: by name or file, with fields set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from isthmus import recipes
from isthmus.errors import RecipeError
from isthmus.recipe import Recipe


def chosen_recipe(text: str, assignments: Iterable[str] = (), unused: Mapping[str, str] | None = None) -> Recipe:
    """The recipe called ``text`` with ``name=value`` texts applied.

    Raises RecipeError, too, for an assignment that changes nothing beside the recipe's other fields, or that
    ``unused`` names with the reason: what is asked for is done or refused.
    """
    base, assignments = recipes.named(text), tuple(assignments)
    recipe = base.replaced(assignments)
    idle = {**recipe.idle, **(unused or {})}
    for name in set_names(assignments):
        if name in idle and recipe.values.get(name) != base.values.get(name):
            raise RecipeError(f"{name} changes nothing with {idle[name]}", where="--set", remedy="Leave it out.")
    return recipe


def refuse_overruled(base: Recipe, assignments: Iterable[str], every: Sequence[Recipe], what: str) -> None:
    """Raises RecipeError for an assignment in ``base`` that none of the recipes made of it obeys; ``what`` has them."""
    for name in set_names(assignments):
        value = base.values.get(name)
        if not any(name not in recipe.idle and recipe.values.get(name) == value for recipe in every):
            raise RecipeError(f"{name} = {value} changes nothing in {what}", where="--set", remedy="Leave it out.")


def set_names(assignments: Iterable[str]) -> list[str]:
    """The names of the fields that are set."""
    return [assignment.partition("=")[0].strip().rpartition(".")[2] for assignment in assignments]
