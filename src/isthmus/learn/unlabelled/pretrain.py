"""A trunk that learns without labels: epochs of VICReg on two augmented views of every RoI. It resumes."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from isthmus import seeds
from isthmus.errors import RecipeError, UsageError
from isthmus.learn import checkpoint, devices, processes
from isthmus.learn.augment import augment
from isthmus.learn.checkpoint import CHECKPOINT, Epoch, Standing, Tensors, part
from isthmus.learn.examples import BLOCK, Rois, batches
from isthmus.learn.optimise import optimiser, set_learning_rate
from isthmus.learn.processes import Processes
from isthmus.learn.train import SECONDS_BETWEEN_CHECKPOINTS
from isthmus.learn.unlabelled.vicreg import vicreg
from isthmus.learn.votes import as_images
from isthmus.net.backbones import map_shape
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.progress import Note, unsaid
from isthmus.recipe import Recipe

FEATURES = 512  # of a view, that the loss is of


@dataclass(frozen=True, eq=False)
class Pretrained:
    """A trunk's tensors, by the names that they have in the recipe's network, and how its training went."""

    tensors: Tensors
    history: tuple[Epoch, ...]
    trained_on: str  # device and precision


def pretrain(
    rois: Rois,
    recipe: Recipe,
    *,
    seed: int = 0,
    folder: Path | None = None,
    device: str = "auto",
    report: Callable[[Epoch], None] = lambda epoch: None,
    note: Note = unsaid,
    checkpoint_seconds: float = SECONDS_BETWEEN_CHECKPOINTS,
) -> Pretrained:
    """Trains the recipe's trunk on RoIs, uint8 (n, size, size, 3), n >= 2, of which no label is known.

    With a ``folder`` it writes checkpoints there; killed and called again with the same arguments, it goes on to the
    same weights. Raises UsageError where the device isn't here or several processes were started, StorageError, and
    RecipeError where the training diverges.
    """
    training = _Pretraining(rois, recipe, seed, device)
    path = folder / CHECKPOINT if folder else None
    if path:
        training.resume(path, note)
    saved = time.monotonic()
    while not training.finished:
        report(training.one_epoch())
        if path and (training.finished or time.monotonic() - saved >= checkpoint_seconds):
            training.save(path)
            saved = time.monotonic()
    return Pretrained(training.trunk(), training.history, training.trained_on)


class Expanded(nn.Module):
    """A trunk and, behind the mean of its map, the three layers of an expander: images to features (n, FEATURES).

    The expander serves this training only.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        net = HybridNet(recipe.network, recipe.preparation.size)
        self.scale, self.trunk = net.scale, net.trunk
        channels, _, _ = map_shape(self.trunk, recipe.preparation.size)
        self.expander = nn.Sequential(*_layer(channels), *_layer(FEATURES), nn.Linear(FEATURES, FEATURES))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """``images`` are RGB in 0 .. 1, (n, 3, size, size)."""
        features: torch.Tensor = self.expander(self.trunk(self.scale(images)).mean(dim=(2, 3)))
        return features


def _layer(inputs: int) -> tuple[nn.Module, ...]:
    return nn.Linear(inputs, FEATURES), nn.BatchNorm1d(FEATURES), nn.ReLU()


class _Pretraining:
    def __init__(self, rois: Rois, recipe: Recipe, seed: int, device: str) -> None:
        if processes.several():
            raise UsageError("one process pretrains by itself", where="torchrun", remedy="Start it without torchrun.")
        if len(rois) < 2:
            raise UsageError(f"{len(rois)} RoI is too few to learn from", remedy="Give more data.")
        chosen = devices.device(device)
        precision = devices.precision(recipe.learning.precision, chosen)
        self.rois, self.recipe, self.seed = rois, recipe, seed
        self.trained_on = devices.description(chosen, precision)
        self.fabric = Processes(chosen, precision).fabric
        torch.manual_seed(seeds.of_64_bits(seed))
        self.net = Expanded(recipe).to(self.fabric.device).to(memory_format=torch.channels_last)
        self.stepped, self.optimiser = self.fabric.setup(self.net, optimiser(self.net, recipe.learning))
        self.history: tuple[Epoch, ...] = ()
        self.identity = f"{recipe.fingerprint} {seed} {_digest(rois)}"

    @property
    def finished(self) -> bool:
        return len(self.history) >= self.recipe.learning.epochs

    def one_epoch(self) -> Epoch:
        start, number = time.monotonic(), len(self.history) + 1
        # As in a training on labels, the random state of an epoch depends on seed and epoch only.
        torch.manual_seed(seeds.of_64_bits(self.seed * 1_000_003 + number))
        self.stepped.train()
        drawn = batches(len(self.rois), self.recipe.learning, self.seed, number)
        losses = [self._step(self.rois[positions], progress) for progress, positions in drawn]
        loss = float(torch.stack(losses).mean())
        if not math.isfinite(loss):
            raise RecipeError(f"pretraining diverged in epoch {number}", where="recipe", remedy="Lower learning_rate.")
        rate, seconds = float(self.optimiser.param_groups[0]["lr"]), time.monotonic() - start
        epoch = Epoch(number, loss, math.nan, math.nan, rate, seconds)
        self.history = (*self.history, epoch)
        return epoch

    def trunk(self) -> Tensors:
        state = {f"trunk.{name}": tensor for name, tensor in self.net.trunk.state_dict().items()}
        return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}

    def save(self, path: Path) -> None:
        tensors = {f"net.{name}": tensor for name, tensor in self.net.state_dict().items()}
        state = checkpoint.optimiser_tensors(self.optimiser)
        tensors |= {f"optimiser.{name}": tensor for name, tensor in state.items()}
        checkpoint.save(Standing(self.identity, self.history, len(self.history), tensors), path)

    def resume(self, path: Path, note: Note) -> None:
        standing = checkpoint.load(path, self.identity, note)
        if standing is None:
            return
        self.history = standing.history
        self.net.load_state_dict(part(standing.tensors, "net."))
        checkpoint.restore_optimiser(self.optimiser, part(standing.tensors, "optimiser."))

    def _step(self, rois: Pixels, progress: float) -> torch.Tensor:
        set_learning_rate(self.optimiser, self.recipe.learning, progress)
        images = as_images(rois, self.fabric.device)
        views = augment(torch.cat([images, images]), self.recipe.augmentation)
        loss = vicreg(*self.stepped(views).chunk(2))
        self.fabric.backward(loss)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return loss.detach()


def _digest(rois: Rois) -> str:
    """16 hexadecimal digits over every pixel."""
    sha256 = hashlib.sha256(f"{rois.shape} without labels".encode())
    for start in range(0, len(rois), BLOCK):
        sha256.update(np.ascontiguousarray(rois[start : start + BLOCK]).data)
    return sha256.hexdigest()[:16]
