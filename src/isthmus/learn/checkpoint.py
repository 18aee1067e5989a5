"""Where a training stands, on disk: written whole, so that it can be killed at any moment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialised

from isthmus.files import whole_file

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Epoch:
    """One line of a training's history; losses are a nodule's mean, ``auc`` is on validation."""

    epoch: int
    train_loss: float
    validation_loss: float
    auc: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class Standing:
    """Everything that a training needs to go on: its finished epochs, the best of them, and all tensors.

    ``tensors`` holds the network (``net.``), its moving average (``average.``), the optimiser (``optimiser.``) and
    the best epoch's network (``best.``).
    """

    identity: str
    history: tuple[Epoch, ...]
    best: int
    tensors: Tensors


def save(standing: Standing, path: Path) -> None:
    """Writes a standing as safetensors, whole or not at all. Raises StorageError."""
    about = {
        "identity": standing.identity,
        "best": str(standing.best),
        "history": json.dumps([asdict(epoch) for epoch in standing.history]),
    }
    content = serialised({name: tensor.contiguous() for name, tensor in standing.tensors.items()}, about)
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def load(path: Path, identity: str) -> Standing | None:
    """The standing at ``path``, or None if there is none of this training (``identity``) that can be read whole."""
    try:
        with safe_open(path, framework="pt") as file:
            about: dict[str, str] = file.metadata() or {}
            if about.get("identity") != identity:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            history = tuple(Epoch(**line) for line in json.loads(about["history"]))
            return Standing(identity, history, int(about["best"]), tensors)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> Tensors:
    """The optimiser's state, flat: parameter number and name of the state to tensor."""
    state: dict[int, dict[str, Any]] = optimiser.state_dict()["state"]
    return {f"{number}.{name}": torch.as_tensor(value) for number, own in state.items() for name, value in own.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Puts back what ``optimiser_tensors`` took."""
    whole = optimiser.state_dict()
    whole["state"] = {}
    for key, tensor in tensors.items():
        number, _, name = key.partition(".")
        whole["state"].setdefault(int(number), {})[name] = tensor
    optimiser.load_state_dict(whole)
