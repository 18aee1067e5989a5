"""What each network of the grid costs to read with: counted multiply-adds, and measured milliseconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isthmus import files
from isthmus.cross.run_folder import machine
from isthmus.net.counting import multiply_adds, parameters
from isthmus.net.hybrid import HybridNet
from isthmus.progress import Progress, silent
from isthmus.recipe import PAPER, Preparation, Recipe

COSTS = "costs.json"
ROUNDS, SECONDS, WARM_UP = 15, 6.0, 2
IMAGE_CROPS = 5  # the paper's N, as crops of the image


@dataclass(frozen=True)
class Cost:
    """A network's weights, multiply-adds and milliseconds a RoI (median of ``rounds``, one at a time, fp32, torch).

    ``crops_of_image`` are the same figures for the rival that the paper argues against: the trunk and classifier alone
    on the whole RoI and on five crops of it. ``times``, from ``times_low`` to ``times_high`` (quartiles), is how many
    times as long the rival takes, turn by turn.
    """

    parameters: int
    multiply_adds: int
    ms_per_image: float
    crops_of_image_multiply_adds: int
    crops_of_image_ms: float
    times: float
    times_low: float
    times_high: float
    threads: int
    rounds: int
    machine: str


def costs(recipes: Iterable[Recipe], to: Path, progress: Progress = silent) -> dict[str, Cost]:
    """The cost of each recipe's network by ``network_name``, measured once, stored in ``to``. Raises StorageError."""
    measurements = _stored(to / COSTS)
    by_name = {network_name(recipe): recipe for recipe in recipes}
    left = [(name, recipe) for name, recipe in by_name.items() if name not in measurements]
    for name, recipe in progress(left, "measuring networks"):
        measurements[name] = measured(recipe)
        content = {key: asdict(cost) for key, cost in measurements.items()}
        files.write_text(to / COSTS, files.json_text(content, indent=1) + "\n")
    return {name: measurements[name] for name in by_name}


def network_name(recipe: Recipe) -> str:
    """What of a recipe its network's cost depends on: recipes that differ elsewhere cost the same."""
    free: dict[str, object] = {"scaling": "unit", "pretrained": False, "dropout": 0.5, "omega": 0.5, "crop_seed": 0}
    if recipe.network.crops == "none":
        free |= {name: PAPER.values[name] for name in ("alpha", "steps", "crop_count", "upsampling")}
    costly = Recipe(preparation=Preparation(size=recipe.preparation.size), network=recipe.network)
    return costly.changed(**free).fingerprint


def measured(recipe: Recipe) -> Cost:
    """Counts and times the recipe's network with fresh weights, and the rival, in turn so that both see one machine."""
    size = recipe.preparation.size
    net = HybridNet(recipe.changed(pretrained=False).network, size).eval().to(memory_format=torch.channels_last)
    bare = (
        HybridNet(recipe.changed(pretrained=False, crops="none").network, size)
        .eval()
        .to(memory_format=torch.channels_last)
    )
    one = torch.rand(1, 3, size, size).to(memory_format=torch.channels_last)
    six = torch.rand(1 + IMAGE_CROPS, 3, size, size).to(memory_format=torch.channels_last)
    ours, rivals = _in_turn(lambda: net(one), lambda: bare(six))
    ratios = np.array(rivals) / np.array(ours)
    low, times, high = (float(value) for value in np.quantile(ratios, (0.25, 0.5, 0.75)))
    return Cost(
        parameters=parameters(net),
        multiply_adds=multiply_adds(net, one),
        ms_per_image=statistics.median(ours),
        crops_of_image_multiply_adds=multiply_adds(bare, six),
        crops_of_image_ms=statistics.median(rivals),
        times=times,
        times_low=low,
        times_high=high,
        threads=torch.get_num_threads(),
        rounds=len(ours),
        machine=machine(),
    )


def _in_turn(first: Callable[[], object], second: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Milliseconds of each, turn by turn, at most ROUNDS turns or SECONDS in all, the first WARM_UP not counted."""
    taken: tuple[list[float], list[float]] = ([], [])
    start = time.perf_counter()
    with torch.inference_mode():
        for turn in range(WARM_UP + ROUNDS):
            for work, times in zip((first, second), taken, strict=True):
                began = time.perf_counter()
                work()
                if turn >= WARM_UP:
                    times.append(1000 * (time.perf_counter() - began))
            if turn > WARM_UP and time.perf_counter() - start > SECONDS:
                break
    return taken


def _stored(path: Path) -> dict[str, Cost]:
    try:
        content: Any = files.read_json(path)
        stored = {name: Cost(**cost) for name, cost in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    numbers = [value for cost in stored.values() for name, value in asdict(cost).items() if name != "machine"]
    return stored if all(isinstance(value, int | float) for value in numbers) else {}
