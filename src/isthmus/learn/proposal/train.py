"""The training of the network that proposes a box; it resumes after each epoch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from isthmus.errors import DataError
from isthmus.files import whole_file
from isthmus.learn.proposal.examples import Source, example
from isthmus.net.proposal import SIZE, ProposalNet, overlap
from isthmus.progress import Note, unsaid


@dataclass(frozen=True)
class Settings:
    """How it is trained: AdamW, the rate rising for the share ``rise`` of the steps and then falling as a cosine to 0,
    the weights averaged over about the last 500 steps. ``stop`` ends it early, after so many of its ``epochs``."""

    epochs: int = 320
    stop: int = 320
    rise: float = 0.08
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.03
    average: float = 0.998
    seed: int = 0
    pretrained: bool = True


def train(
    sources: Sequence[Source],
    settings: Settings,
    state: Path | None = None,
    note: Note = unsaid,
    device: str = "cpu",
) -> ProposalNet:
    """The network learned from nodules, on torch's ``device``; it comes back on the CPU.

    With a file ``state`` a training that was stopped goes on from its last epoch, on a CPU to the same weights. Raises
    DataError where there are fewer nodules than a batch, or the state is of another training.
    """
    if len(sources) < settings.batch:
        raise DataError(f"{len(sources)} nodules are fewer than a batch of {settings.batch}", remedy="Give more data.")
    torch.manual_seed(settings.seed)
    training = _Training(ProposalNet(settings.pretrained), settings, len(sources), device)
    identity = f"{_digest(sources)} {sorted(asdict(settings).items())}"
    if state is not None and state.exists():
        training.resume(state, identity)
    last = min(settings.stop, settings.epochs)
    for epoch in range(training.done, last):
        reached = training.epoch(sources, epoch)
        note(f"epoch {epoch + 1} of {last}: mean IoU {reached:.3f} of what is learned from")
        if state is not None:
            training.save(state, identity)
    averaged = training.averaged.module
    assert isinstance(averaged, ProposalNet)
    return averaged.cpu().eval()


class _Training:
    def __init__(self, net: ProposalNet, settings: Settings, nodules: int, device: str) -> None:
        self.net = net.to(device).to(memory_format=torch.channels_last)
        self.settings, self.done, self.steps, self.device = settings, 0, nodules // settings.batch, device
        self.optimiser = torch.optim.AdamW(net.parameters(), lr=settings.rate, weight_decay=settings.decay)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._share_of_rate)
        average: Callable[..., Any] = get_ema_multi_avg_fn(settings.average)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(net, multi_avg_fn=average, use_buffers=True)

    def _share_of_rate(self, step: int) -> float:
        passed = step / (self.steps * self.settings.epochs)
        if passed < self.settings.rise:
            return passed / self.settings.rise
        return 0.5 * (1 + math.cos(math.pi * (passed - self.settings.rise) / (1 - self.settings.rise)))

    def epoch(self, sources: Sequence[Source], epoch: int) -> float:
        """Learns from every nodule once, each as its random state, of seed and epoch, shows it; the mean IoU."""
        rng = np.random.default_rng([self.settings.seed, epoch])
        torch.manual_seed(self.settings.seed * 10_007 + epoch)
        order, reached = rng.permutation(len(sources)), []
        self.net.train()
        for step in range(self.steps):
            chosen = order[step * self.settings.batch : (step + 1) * self.settings.batch]
            windows, distances = zip(*(example(sources, int(index), SIZE, rng) for index in chosen), strict=True)
            seen = torch.from_numpy(np.stack(windows))[:, None].to(self.device).float()
            known = torch.from_numpy(np.stack(distances)).to(self.device)
            reached.append(self._step(seen.to(memory_format=torch.channels_last), known))
        self.done = epoch + 1
        return float(np.mean(reached))

    def _step(self, windows: Tensor, distances: Tensor) -> float:
        proposed, expected = self.net(windows)
        reached = overlap(proposed, distances)
        self.optimiser.zero_grad()
        loss(proposed, expected, distances, reached).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.schedule.step()
        self.averaged.update_parameters(self.net)
        return float(reached.detach().mean())

    @property
    def _parts(self) -> dict[str, Any]:
        return {
            "net": self.net,
            "averaged": self.averaged,
            "optimiser": self.optimiser,
            "schedule": self.schedule,
        }

    def save(self, path: Path, identity: str) -> None:
        """Writes the state, whole or not at all. Raises StorageError."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        with whole_file(path) as whole:
            torch.save(state | {"done": self.done, "identity": identity}, whole)

    def resume(self, path: Path, identity: str) -> None:
        """Goes on from a state. Raises DataError where it is of another training, or no state."""
        try:
            state = torch.load(path, weights_only=True, map_location=self.device)
            if state["identity"] != identity:
                raise DataError("is of another training", where=str(path), remedy="Name another file.")
            for name, part in self._parts.items():
                part.load_state_dict(state[name])
            self.done = state["done"]
        except (OSError, RuntimeError, KeyError, TypeError, EOFError, ValueError, UnpicklingError) as error:
            what = " ".join(str(error).split())[:120]
            raise DataError(f"no state of a training ({what})", where=str(path), remedy="Remove it.") from None


def loss(proposed: Tensor, expected: Tensor, distances: Tensor, reached: Tensor) -> Tensor:
    """1 - IoU, with a share of the distances' logarithms, which have a slope where boxes hardly meet, and of the
    cross-entropy of the IoU that the network expects."""
    logs = functional.smooth_l1_loss(proposed.log(), distances.clamp(min=1e-3).log(), beta=0.3)
    quality = functional.binary_cross_entropy_with_logits(expected, reached.detach())
    return (1 - reached).mean() + 0.3 * logs + 0.1 * quality


def _digest(sources: Sequence[Source]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(repr(source.picture.box).encode())
        digest.update(source.picture.pixels.tobytes())
    return digest.hexdigest()[:12]
