"""The state of a training on disk, written whole, so that the process can be killed at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialised
from safetensors.torch import save as serialised

from isthmus.files import whole_file
from isthmus.progress import Note, unsaid

Tensors = dict[str, torch.Tensor]
CHECKPOINT, FOREIGN = "checkpoint.safetensors", "checkpoint.other-version.safetensors"
LARGEST_HEADER = 100_000_000  # bytes, as safetensors has it
PARTS = ("recipe", "seed", "data")  # of a training's identity, in order


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
    """Everything that a training needs to continue: its finished epochs, the best of them, and all tensors.

    ``tensors`` holds the network (``net.``), its moving average (``average.``), the optimiser (``optimiser.``) and
    the best epoch's network (``best.``).
    """

    identity: str
    history: tuple[Epoch, ...]
    best: int
    tensors: Tensors


def save(standing: Standing, path: Path) -> None:
    """Writes a standing as safetensors, whole or not at all; another training's is set aside, not overwritten.

    Raises StorageError.
    """
    about = {
        "identity": standing.identity,
        "best": str(standing.best),
        "history": json.dumps([asdict(epoch) for epoch in standing.history]),
    }
    content = serialised({name: tensor.contiguous() for name, tensor in standing.tensors.items()}, about)
    _set_aside(path, standing.identity)
    with whole_file(path) as temporary:
        temporary.write_bytes(content)
    aside(path, standing.identity).unlink(missing_ok=True)


def load(path: Path, identity: str, note: Note = unsaid) -> Standing | None:
    """The standing of this training (``identity``) at ``path`` or set aside there, or None if there is none.

    ``note`` receives why training can't continue from a file that exists.
    """
    files = [each for each in (path, aside(path, identity)) if each.is_file()]
    standings = [standing for each in files if (standing := _read(each, identity, note))]
    return max(standings, key=lambda standing: len(standing.history), default=None)


def aside(path: Path, identity: str) -> Path:
    """The file of that training's checkpoint while another training's is at ``path``."""
    return path.with_name(f"{path.stem}.{hashlib.sha256(identity.encode()).hexdigest()[:8]}{path.suffix}")


def put_away(path: Path) -> None:
    """Renames a checkpoint that only another version can continue from."""
    with contextlib.suppress(OSError):
        path.replace(path.with_name(FOREIGN))


def part(tensors: Tensors, prefix: str) -> Tensors:
    """The tensors whose names begin with ``prefix``, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _read(path: Path, identity: str, note: Note) -> Standing | None:
    try:
        about = header(path)
        other = about["identity"]
        if other != identity:
            name = aside(path, other).name
            note(f"{path}: of another training ({_differing(other, identity)}): moved to {name}; this one starts anew")
            return None
        tensors = deserialised(path.read_bytes())
        history = tuple(Epoch(**line) for line in json.loads(about["history"]))
        best = int(about["best"])
        if [epoch.epoch for epoch in history] != list(range(1, len(history) + 1)) or not 1 <= best <= len(history):
            raise ValueError("its epochs aren't in order")
        return Standing(identity, history, best, tensors)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        note(f"{path}: can't be read ({_short(error)}): the training starts again with epoch 1")
        return None


def header(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file: safetensors itself opens no path that isn't UTF-8. Raises ValueError."""
    with path.open("rb") as file:
        header = json.loads(file.read(min(int.from_bytes(file.read(8), "little"), LARGEST_HEADER)))
    about = header.get("__metadata__", {}) if isinstance(header, dict) else None
    if not isinstance(about, dict):
        raise ValueError("its header isn't that of safetensors")
    return about


def _differing(there: str, now: str) -> str:
    """The parts in which two identities differ, in words."""
    first, second = there.split(), now.split()
    if len(first) != len(second):
        return "of another version"
    pairs = zip(PARTS, first, second, strict=True)
    return ", ".join(f"{name} {one}, now {other}" for name, one, other in pairs if one != other)


def _set_aside(path: Path, identity: str) -> None:
    """Moves another training's checkpoint aside; one that can't be read is overwritten."""
    try:
        other = header(path).get("identity")
        if other is not None and other != identity:
            path.replace(aside(path, other))
    except (OSError, SafetensorError, ValueError):
        return


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> Tensors:
    """The optimiser's state, flat: parameter number and name of the state to tensor."""
    state: dict[int, dict[str, Any]] = optimiser.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value) for number, slots in state.items() for name, value in slots.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Tensors) -> None:
    """Restores the state of ``optimiser_tensors``, each tensor with the memory layout of its parameter.

    A fused step reads both in memory order: with another layout, moments would be paired with other weights.
    """
    whole = optimiser.state_dict()
    whole["state"] = {}
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    for key, tensor in tensors.items():
        number, _, name = key.partition(".")
        parameter = parameters[int(number)]
        like = torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor) if tensor.ndim else tensor
        whole["state"].setdefault(int(number), {})[name] = like
    optimiser.load_state_dict(whole)
