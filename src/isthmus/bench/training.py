"""The training loop beside a plain one, as it would be written first."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset

from isthmus.bench.result import Trainings
from isthmus.bench.timing import timing
from isthmus.data.pixels import read_picture
from isthmus.data.prepare import prepare, prepare_all
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.devices import trains_faster_in_bf16
from isthmus.learn.examples import Examples
from isthmus.learn.loss import recipe_loss
from isthmus.learn.optimise import optimiser
from isthmus.learn.targets import Targets
from isthmus.learn.train import fit
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Nodule
from isthmus.progress import Progress, silent
from isthmus.recipe import Recipe

SEED = 0
WARM_UP = 1  # epochs that don't count


def trainings(nodules: Sequence[Nodule], recipe: Recipe, epochs: int, progress: Progress = silent) -> Trainings:
    """Trains the recipe's network on these labelled nodules by both loops, an epoch of each in turn.

    Both start from the same weights and train on the same batches. Augmentation, schedule and averaging, which the
    plain loop does not have, are left out of the recipe for both. Ours reads RoIs prepared once; ``fit`` is called
    unchanged, so that an epoch's time includes a validation on two RoIs.
    """
    bare = _bare(recipe, epochs + WARM_UP)
    labels = np.array([_label(nodule) for nodule in nodules], np.int64)
    examples = Examples(prepare_all(nodules, bare.preparation, progress), Targets(labels))
    two = examples.take(np.array([int(np.argmax(labels == label)) for label in Label]))
    plain, ours = Plain(nodules, bare), list[Epoch]()
    turns = iter(progress(range(epochs + WARM_UP), "training"))

    def report(epoch: Epoch) -> None:
        ours.append(epoch)
        plain.one_epoch()
        next(turns, None)

    fit(examples, two, bare, seed=SEED, device="cpu", report=report)
    next(turns, None)
    return Trainings(
        plain=timing("plain fp32 loop", "fp32", bare.learning.batch_size, plain.milliseconds[WARM_UP:]),
        ours=timing(
            "isthmus train",
            "bf16"
            if bare.learning.precision == "bf16" or (bare.learning.precision == "auto" and trains_faster_in_bf16())
            else "fp32",
            bare.learning.batch_size,
            [1000 * epoch.seconds / len(nodules) for epoch in ours[WARM_UP:]],
        ),
        plain_loss=plain.losses[-1],
        our_loss=ours[-1].train_loss,
        steps=len(plain.losses) * len(plain.order(1)),
        nodules=len(nodules),
    )


class Files(Dataset[tuple[torch.Tensor, int]]):
    """RoIs from their files, each time decoded, cropped and resized anew: tensors (3, size, size) in 0 .. 1."""

    def __init__(self, nodules: Sequence[Nodule], recipe: Recipe) -> None:
        self.nodules, self.recipe = nodules, recipe

    def __len__(self) -> int:
        return len(self.nodules)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        nodule = self.nodules[index]
        roi = prepare(read_picture(nodule.picture), nodule.box, self.recipe.preparation)
        return torch.from_numpy(roi.transpose(2, 0, 1).copy()).float() / 255, _label(nodule)


class Plain:
    """The plain loop: fp32, channels first, a DataLoader that reads each image when it is needed, in this process."""

    def __init__(self, nodules: Sequence[Nodule], recipe: Recipe) -> None:
        self.files, self.recipe = Files(nodules, recipe), recipe
        torch.manual_seed(SEED)
        self.net = HybridNet(recipe.network, recipe.preparation.size).train()
        self.optimiser = optimiser(self.net, recipe.learning)
        for group in self.optimiser.param_groups:
            group["fused"] = None  # torch's default
        self.milliseconds: list[float] = []
        self.losses: list[float] = []

    def order(self, number: int) -> list[npt.NDArray[np.intp]]:
        """Indices of the batches of epoch ``number``, the same as those of ``fit``."""
        order = np.random.default_rng((SEED, number)).permutation(len(self.files))
        size = self.recipe.learning.batch_size
        return [order[start : start + size] for start in range(0, len(order), size) if len(order) - start >= 2]

    def one_epoch(self) -> None:
        """Trains for an epoch, and appends its milliseconds per image and its mean loss."""
        number = len(self.losses) + 1
        with torch.random.fork_rng():
            start, total = perf_counter(), 0.0
            torch.manual_seed(SEED * 1_000_003 + number)  # dropout as in ``fit``
            batches = [batch.tolist() for batch in self.order(number)]
            loader = DataLoader(self.files, batch_sampler=batches, generator=torch.Generator())
            for images, labels in loader:
                self.optimiser.zero_grad()
                loss = recipe_loss(labels, self.net(images).fused, self.recipe.loss)
                loss.backward()  # type: ignore[no-untyped-call]
                self.optimiser.step()
                total += loss.item() * (1 if self.recipe.loss.reduction == "sum" else len(labels))
            self.milliseconds.append(1000 * (perf_counter() - start) / len(self.files))
        self.losses.append(total / len(self.files))


def _bare(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe without what the plain loop does not have, for so many epochs."""
    plain = recipe.changed(schedule="constant", averaging=0.0, patience=0, choose_by="last", threshold="half")
    whole = plain.changed(trunk_rate=1.0, probe=0, policy="own")
    still = whole.changed(flip=0.0, shift=0.0, scale=0.0, rotation=0.0, gain=0.0, attenuation=0.0, speckle=0.0)
    return still.changed(epochs=epochs, pretrained=False)


def _label(nodule: Nodule) -> int:
    assert nodule.label is not None
    return int(nodule.label)
