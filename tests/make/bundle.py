"""Makes a bundle of a tiny untrained network: `python tests/make/bundle.py DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from isthmus import bundle as bundles
from isthmus.bundle import Proof, Provenance
from isthmus.decision import Decision
from isthmus.export.parity import write_exports
from isthmus.infer.gate.gate import Gate
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from make.training import hybrid_net

THRESHOLD = 0.25  # well below what an untrained network says, so that no rounding turns a verdict
TINY = Recipe().changed(size=64, hidden=8, margin=0.1)


def untrained(recipe: Recipe = TINY) -> HybridNet:
    """The network of ``make``, its batch norms set by one batch."""
    torch.manual_seed(1)
    net = hybrid_net(recipe).train()
    net(torch.rand(4, 3, recipe.preparation.size, recipe.preparation.size))
    return net.eval()


def make(to: Path, recipe: Recipe = TINY, gate: Gate | None = None) -> Path:
    """Writes the bundle ``to``, with ``gate`` if one is given; returns ``to``."""
    net = untrained(recipe)

    rois = np.random.default_rng(0).integers(
        0, 256, (8, recipe.preparation.size, recipe.preparation.size, 3), dtype=np.uint8
    )
    engines: dict[str, Proof] = {}

    def fill(folder: Path) -> None:
        engines.update(write_exports(net, recipe, Decision.at(THRESHOLD), rois, rois, folder))
        if gate:
            (folder / bundles.GATE).write_text(gate.to_json(), encoding="utf-8")

    nodules = {"training": {"benign": 0, "malignant": 0}, "validation": {"benign": 0, "malignant": 0}}
    provenance = Provenance("none", "given", "0" * 12, nodules, 0, 0, 0.5, engines, {}, "2020-01-01T00:00:00+00:00")
    bundles.write(to, recipe, Decision.at(THRESHOLD), provenance, "# Untrained\n", fill)
    return to


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
