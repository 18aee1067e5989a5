"""A training loop as it would be written first, with a network of timm's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import timm
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from contest.task import SEED, Task
from isthmus.judge.metrics import Floats
from isthmus.learn import checkpoint
from isthmus.learn.checkpoint import Tensors, part
from isthmus.learn.examples import Examples
from isthmus.net.package_weights import packaged_model
from isthmus.nodule import Label
from isthmus.recipe import Preparation

LEAST = (0.5, 1.0)  # share of the picture that is cut at random
WIDER = 9 / 8  # the picture over what is cut of it
MARGIN = 0.4


class Pictures(Dataset[tuple[torch.Tensor, int]]):
    """Examples as a plain loop's DataLoader takes them, each changed anew."""

    def __init__(self, examples: Examples, change: Any) -> None:
        self.examples, self.change = examples, change

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        roi = self.examples.rois[np.array([index])][0]
        return self.change(torch.from_numpy(roi.transpose(2, 0, 1).copy())), int(self.examples.labels[index])


class Plain:
    """A plain PyTorch loop with a network of timm's, of random weights or, for EfficientNet-Lite, ImageNet's."""

    def __init__(self, name: str, network: str, size: int, rate: float, epochs: int, task: Task) -> None:
        self.name, self.rate, self.turns, self.task = name, rate, epochs, task
        self.shown = Preparation(size=round(size * WIDER), margin=MARGIN, resize="square")
        torch.manual_seed(SEED)
        self.net: Any = packaged_model(network) if "lite" in network else timm.create_model(network)
        self.net.reset_classifier(len(Label))
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=rate, weight_decay=0.05)
        scaled = [v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.5] * 3)]
        self.learns = v2.Compose([v2.RandomResizedCrop(size, LEAST), v2.RandomHorizontalFlip(), *scaled])
        self.reads = v2.Compose([v2.CenterCrop(size), *scaled])

    def prepare(self) -> None:
        self.examples = self.task.examples(self.shown)

    def turn(self, number: int) -> None:
        torch.manual_seed(number)
        loader = DataLoader(
            Pictures(self.examples.take(self.task.train), self.learns), 32, shuffle=True, drop_last=True
        )
        self.net.train()
        for step, (images, labels) in enumerate(loader):
            done = (number - 1 + step / len(loader)) / self.turns
            self.optimiser.param_groups[0]["lr"] = self.rate * (1 + math.cos(math.pi * done)) / 2
            loss = nn.functional.cross_entropy(self.net(images), labels)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()

    def read(self) -> Floats:
        self.net.eval()
        loader = DataLoader(Pictures(self.examples.take(self.task.held), self.reads), 32)
        with torch.inference_mode():
            p: Floats = torch.cat([self.net(images).softmax(-1)[:, Label.MALIGNANT] for images, _ in loader]).numpy()
        return p

    def tensors(self) -> Tensors:
        state = {f"net.{name}": tensor for name, tensor in self.net.state_dict().items()}
        moments = checkpoint.optimiser_tensors(self.optimiser)
        return state | {f"optimiser.{name}": tensor for name, tensor in moments.items()}

    def restore(self, tensors: Tensors, number: int) -> None:
        self.net.load_state_dict(part(tensors, "net."))
        checkpoint.restore_optimiser(self.optimiser, part(tensors, "optimiser."))
