"""Trains tiny networks for comparison: `python|torchrun ... tests/make/together.py FOLDER [WORD ...]`.

The words: `double` computes in float64, where sums taken in another order agree to a dozen digits; `apart` normalises
by each process's own examples, and `resumed` stops behind the first epoch if alone, and goes on if there are several.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file

from isthmus.learn import devices, processes, train
from isthmus.learn.checkpoint import Epoch
from isthmus.recipe import Recipe
from make.training import TINY, TINY_PAPER, examples

FIFTEEN, VALIDATION = examples(15), examples(9, seed=1)  # batches of 4, 4, 4 and 3


def recipes() -> Iterator[Recipe]:
    """Both recipes with each kind of crops, and with a cropping branch that the loss doesn't see."""
    for recipe in (TINY, TINY_PAPER.changed(learning_rate=1e-3)):
        for crops in ("none", "random", "boundary"):
            yield recipe.changed(name=f"{recipe.name} {crops}", crops=crops, epochs=2, precision="fp32")
        yield recipe.changed(name=f"{recipe.name} unseen", crops="boundary", omega=1.0, epochs=2, precision="fp32")
        yield recipe.changed(name=f"{recipe.name} probe", epochs=2, precision="fp32", probe=1, trunk_rate=0.5)


def compute_in_double() -> None:
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[assignment,method-assign]
    devices.precision = lambda recipe, device: "64-true"  # type: ignore[assignment,return-value]


class StoppedError(Exception):
    """Stands for whatever ends a process."""


def stop(epoch: Epoch) -> None:
    if epoch.epoch == 2:
        raise StoppedError


def main(to: Path, *words: str) -> None:
    torch.set_num_threads(1)
    if "double" in words:
        compute_in_double()
    if "apart" in words:
        processes.GlobalBatchNorm = lambda norm: norm  # type: ignore[assignment,misc]
    for recipe in recipes():
        folder = to / f"{recipe.name} checkpoint" if "resumed" in words else None
        arguments = {"folder": folder, "device": "cpu", "checkpoint_seconds": 0.0}
        if "resumed" in words and not processes.several():
            try:
                train.fit(FIFTEEN, VALIDATION, recipe, report=stop, **arguments)
            except StoppedError:
                continue
        fitted = train.fit(FIFTEEN, VALIDATION, recipe, **arguments)
        name = f"{recipe.name} {os.environ.get('RANK', 0)}"
        save_file({n: t.contiguous() for n, t in fitted.net.state_dict().items()}, to / f"{name}.safetensors")
        (to / f"{name}.json").write_text(json.dumps([asdict(epoch) for epoch in fitted.history]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
