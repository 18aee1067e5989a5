"""The turns of a contender, on disk with its state, so that a run can be killed at any moment."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load as deserialised
from safetensors.torch import save as serialised

from contest.task import Contender
from isthmus import files
from isthmus.judge.metrics import Floats
from isthmus.learn.checkpoint import part


@dataclass(frozen=True)
class Turn:
    """A turn's clock and wall in seconds, the share of the processors that others had, and the AUC after it."""

    clock: float
    wall: float
    others: float
    auc: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Record:
    """The turns of a contender, turn 0 being its preparation, and P(malignant) of the held nodules after the last."""

    turns: tuple[Turn, ...] = ()
    p: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def minutes(self) -> float:
        return sum(turn.clock for turn in self.turns) / 60


def load(path: Path, one: Contender) -> Record:
    """The record at ``path``, with its contender as it was after it; an empty one where there is none."""
    record = seen(path)
    if len(record.turns) > 1:
        one.prepare()
        one.restore(part(deserialised(path.read_bytes()), "state."), len(record.turns) - 1)
    return record


def seen(path: Path) -> Record:
    """The record at ``path`` alone; an empty one where there is none."""
    if not path.is_file():
        return Record()
    with safe_open(path, "pt") as file:
        turns = tuple(Turn(**turn) for turn in json.loads(file.metadata()["turns"]))
        return Record(turns, file.get_tensor("p").numpy())


def save(record: Record, one: Contender, path: Path) -> None:
    """Writes the record and the state of its contender, whole or not at all."""
    state = {f"state.{name}": tensor.contiguous() for name, tensor in one.tensors().items()}
    content = serialised(
        {"p": torch.from_numpy(np.ascontiguousarray(record.p)), **state},
        {"turns": json.dumps([asdict(turn) for turn in record.turns])},
    )
    with files.whole_file(path) as temporary:
        temporary.write_bytes(content)
