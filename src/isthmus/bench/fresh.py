"""A bundle of a network that learned nothing: for time, weights don't matter."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save as serialised

from isthmus import bundle as bundles
from isthmus.bundle import Bundle, Provenance
from isthmus.learn.export import export
from isthmus.learn.votes import as_images
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels
from isthmus.recipe import Recipe

NORMS_FROM = 16  # RoIs that set the batch norms


def fresh(recipe: Recipe, rois: Pixels) -> HybridNet:
    """The recipe's network with fresh weights, its batch norms set by a batch of RoIs, uint8 (n, size, size, 3)."""
    torch.manual_seed(0)
    net = HybridNet(recipe).train()
    with torch.no_grad():
        net(as_images(rois[:NORMS_FROM]))
    return net.eval()


def write_bundle(net: HybridNet, recipe: Recipe, threshold: float, rois: Pixels, to: Path) -> Bundle:
    """Writes a network as the bundle ``to``, exported for every engine; ``rois`` are what int8 is calibrated on."""

    def fill(folder: Path) -> None:
        state = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
        (folder / bundles.WEIGHTS).write_bytes(serialised(state))
        export(net, recipe.size, folder / bundles.ONNX)

    none = {str(label): 0 for label in Label}
    provenance = Provenance(
        data="none",
        policy="given",
        fingerprint="0" * 12,
        nodules={"training": none, "validation": none},
        seed=0,
        epoch=0,
        validation_auc=0.5,
        parity=0.0,
        parity_n=0,
        versions={},
        created="",
    )
    return bundles.write(to, recipe, threshold, provenance, "# Made for its speed alone\n", fill)
