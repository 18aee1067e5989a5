"""What a study needs, looked at before its data are read."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from isthmus.baselines.table import BASELINES
from isthmus.errors import RecipeError
from isthmus.learn import devices
from isthmus.learn.ready import lost_in_cells, refuse_untrainable
from isthmus.progress import Note
from isthmus.recipe import Recipe
from isthmus.study.grid import Cell
from isthmus.study.workers import Workers


def refuse_late(cells: Sequence[Cell], workers: Workers, note: Note) -> None:
    """Raises where no cell could be filled; ``note`` gets the cells that will stay empty.

    Raises UsageError for a backend that isn't installed or a device that isn't here, RecipeError for the first network
    that can't be, where none can.
    """
    workers.refuse_missing()
    device = workers.device if workers.are_here else "cpu"
    devices.device(device)
    missing, vain, refused, sound = set[str](), dict[str, None](), dict[str, RecipeError](), 0
    for recipe in _networks(cells):
        try:
            refuse_untrainable(recipe, device)
            sound += 1
            vain.update(dict.fromkeys(lost_in_cells(recipe)))
        except RecipeError as error:
            refused.setdefault(str(error), error)
    for cell in cells:
        if cell.recipe is None:
            needed = BASELINES[cell.backbone].requires
            if needed and importlib.util.find_spec(needed) is None:
                missing.add(
                    f"baseline {cell.backbone} stays empty: it needs {needed}: pip install 'isthmus[baselines]'"
                )
            else:
                sound += 1
    if not sound and refused:
        raise next(iter(refused.values()))
    for line in (*sorted(missing), *vain, *(f"cells stay empty: {line.rstrip('.')}" for line in refused)):
        note(line)


def _networks(cells: Sequence[Cell]) -> list[Recipe]:
    """One recipe for each network that stands or falls with its trunk, size and crops."""
    recipes = [cell.recipe for cell in cells if cell.recipe is not None]
    return list({(one.network, one.preparation.size, one.learning.precision): one for one in recipes}.values())
