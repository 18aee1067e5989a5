"""The rows that need torch, in one place: what runs without it knows this by name only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from isthmus.bench import counts, fresh, networks, rivals
from isthmus.bench.readers import Setting
from isthmus.bench.result import Layer, Trainings
from isthmus.bench.timing import Contender, LeftOut
from isthmus.bench.training import trainings
from isthmus.bundle import Bundle
from isthmus.nodule import Nodule, Pixels
from isthmus.prediction import Probabilities
from isthmus.progress import Progress
from isthmus.recipe import Recipe


def set_threads(threads: int) -> None:
    """How many threads torch may compute with."""
    torch.set_num_threads(threads)


def fresh_bundle(recipe: Recipe, rois: Pixels, to: Path) -> Bundle:
    """Writes a bundle of the recipe's network that learned nothing."""
    return fresh.write_bundle(fresh.fresh(recipe, rois), recipe, rois, to)


def reference(bundle: Bundle, rois: Pixels) -> Probabilities:
    """What torch in fp32 says of RoIs, uint8 (n, size, size, 3)."""
    return networks.reference(networks.network(bundle), rois)


def contenders(
    bundle: Bundle, others: Sequence[str], setting: Setting, compile_too: bool
) -> tuple[list[Contender], list[LeftOut]]:
    """Torch on the bundle's weights, and the rivals on the setting's engines."""
    parts = [
        networks.torch_contenders(bundle, setting.rois, setting.batches),
        rivals.same_trunk(bundle, setting),
        rivals.other_networks(others, bundle.recipe.preparation.size, setting),
    ]
    if compile_too:
        parts.append(networks.compiled_contenders(bundle, setting.rois, setting.batches))
    else:
        parts.append(([], [LeftOut(networks.COMPILED, "takes a minute to compile; left out by --quick")]))
    return [one for found, _ in parts for one in found], [one for _, missing in parts for one in missing]


def plain_work(bundle: Bundle) -> tuple[tuple[Layer, ...], int, int]:
    """(layers counted by hand, multiply-adds, weights) at one RoI; for a trunk of timm's torch counts and there are no
    layers."""
    if bundle.recipe.network.backbone == "fourconv":
        found = counts.layers(bundle.recipe)
        return found, sum(layer.multiply_adds for layer in found), sum(layer.weights for layer in found)
    net, size = networks.network(bundle), bundle.recipe.preparation.size
    return (), counted(net, size), sum(own.numel() for own in net.parameters() if own.ndim > 1)


def counted(net: torch.nn.Module, size: int) -> int:
    """Multiply-adds at one image of ``size`` pixels a side, as torch counts them."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, size, size))
    return int(counter.get_total_flops()) // 2


def train_both(nodules: Sequence[Nodule], recipe: Recipe, epochs: int, progress: Progress) -> Trainings:
    """The plain training loop beside ours."""
    return trainings(nodules, recipe, epochs, progress)
