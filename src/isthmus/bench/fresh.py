"""A bundle of a network that learned nothing: for time, weights don't matter."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import torch

from isthmus import bundle as bundles
from isthmus.bundle import Bundle, Provenance
from isthmus.export.parity import write_exports
from isthmus.learn.votes import as_images
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels
from isthmus.recipe import Recipe

NORMS_FROM = 16  # RoIs that set the batch norms
THRESHOLD = 0.0  # it has none; at one amid its answers, which lie close together, verdicts would turn by rounding


def fresh(recipe: Recipe, rois: Pixels) -> HybridNet:
    """The recipe's network with fresh weights, its batch norms set by a batch of RoIs, uint8 (n, size, size, 3)."""
    torch.manual_seed(0)
    net = HybridNet(recipe.network, recipe.preparation.size).train()
    with torch.no_grad():
        net(as_images(rois[:NORMS_FROM]))
    return net.eval()


def write_bundle(net: HybridNet, recipe: Recipe, rois: Pixels, to: Path) -> Bundle:
    """Writes a network as the bundle ``to``, exported for every engine; int8 is calibrated and all proved on RoIs,
    uint8 (n, size, size, 3)."""
    none = {str(label): 0 for label in Label}
    with tempfile.TemporaryDirectory(prefix="isthmus-fresh-") as name:
        exported = Path(name)
        provenance = Provenance(
            data="none",
            policy="given",
            fingerprint="0" * 12,
            nodules={"training": none, "validation": none},
            seed=0,
            epoch=0,
            validation_auc=0.5,
            engines=write_exports(net, recipe, THRESHOLD, rois, rois, exported),
            versions={},
            created="",
        )

        def fill(folder: Path) -> None:
            shutil.copytree(exported, folder, dirs_exist_ok=True)

        return bundles.write(to, recipe, THRESHOLD, provenance, "# Made for its speed alone\n", fill)
