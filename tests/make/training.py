"""Makes tiny RoIs of two kinds, and trains on them: `python tests/make/training.py FOLDER RESULT`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from isthmus.learn.examples import Examples
from isthmus.learn.targets import Targets
from isthmus.learn.train import Fitted, fit
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import PAPER, Recipe
from isthmus.recipes import ISTHMUS

TINY = ISTHMUS.changed(
    name="tiny", size=32, hidden=8, epochs=6, batch_size=4, choose_by="loss", averaging=0.9, threshold="youden"
)
TINY_PAPER = PAPER.changed(name="tiny paper", size=32, hidden=8, epochs=6, batch_size=4, crops="random", patience=0)


def examples(n: int = 12, size: int = 32, seed: int = 0, gap: int = 60) -> Examples:
    """RoIs of noise; the malignant ones are ``gap`` grey levels brighter."""
    chance = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    grey = chance.normal(90, 25, (n, size, size, 1)) + gap * labels[:, None, None, None]
    return Examples(grey.clip(0, 255).astype(np.uint8).repeat(3, axis=3), Targets(labels.astype(np.int64)))


def told(fitted: Fitted) -> Mapping[str, object]:
    """What must not depend on whether a training was interrupted: all but the seconds."""
    history = [{name: value for name, value in asdict(epoch).items() if name != "seconds"} for epoch in fitted.history]
    return {"history": history, "epoch": fitted.epoch, "threshold": fitted.decision.threshold}


def train(folder: Path, result: Path, recipe: Recipe) -> None:
    """Trains, saving after every epoch, and writes ``<result>.json`` and ``<result>.safetensors``."""
    fitted = fit(examples(), examples(8, seed=1), recipe, seed=5, folder=folder, device="cpu", checkpoint_seconds=0)
    save_file({name: tensor.contiguous() for name, tensor in fitted.net.state_dict().items()}, f"{result}.safetensors")
    result.with_suffix(".json").write_text(json.dumps(told(fitted)), encoding="utf-8")


def train_and_die(folder: Path, result: Path, recipe: Recipe, write: int) -> None:
    """Trains, and is killed halfway through writing checkpoint number ``write``."""
    whole, written = Path.write_bytes, []

    def half(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == write:
            whole(path, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(path, content)

    Path.write_bytes = half  # type: ignore[method-assign,assignment]
    train(folder, result, recipe)


if __name__ == "__main__":
    train(Path(sys.argv[1]), Path(sys.argv[2]), TINY_PAPER if "paper" in sys.argv else TINY)


def hybrid_net(recipe: Recipe) -> HybridNet:
    """The recipe's network, with fresh weights."""
    return HybridNet(recipe.network, recipe.preparation.size)
