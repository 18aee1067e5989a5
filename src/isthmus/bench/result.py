"""Everything that one run of the bench measured, and its form in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from isthmus.bench.engines import Parity
from isthmus.bench.ratios import Ratio
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import LeftOut, Timing
from isthmus.nodule import DISCLAIMER


@dataclass(frozen=True)
class Trainings:
    """Both training loops in milliseconds per image, and the mean loss per nodule of their last epoch."""

    plain: Timing
    ours: Timing
    plain_loss: float
    our_loss: float
    steps: int
    nodules: int

    @property
    def loss_difference(self) -> float:
        """How far our final loss lies from the plain loop's, as a share of that."""
        return abs(self.our_loss - self.plain_loss) / self.plain_loss


@dataclass(frozen=True)
class Result:
    """One run. ``engine`` is the fastest that agrees with torch; ``model`` and ``data`` describe what was read;
    ``others`` is the share of all cores that other programs used meanwhile, None where the system doesn't say."""

    model: str
    data: str
    recipe: str
    size: int
    rounds: int
    threads: int
    machine: Mapping[str, object]
    others: float | None
    engine: str | None
    rows: tuple[Timing, ...]
    ratios: Mapping[str, Ratio | None]
    parity: Mapping[str, Parity]
    trainings: Trainings | None
    start_up: StartUp | None
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, object]:
        """The result for JSON: ``ratios`` are numbers, null without their rows; ``spread`` has their quartiles."""
        return {
            "model": self.model,
            "data": self.data,
            "recipe": self.recipe,
            "size": self.size,
            "machine": self.machine,
            "threads": self.threads,
            "rounds": self.rounds,
            "others": self.others,
            "engine": self.engine,
            "rows": [_row(row) for row in self.rows],
            "ratios": {name: ratio and ratio.value for name, ratio in self.ratios.items()},
            "spread": {name: ratio and [ratio.low, ratio.high] for name, ratio in self.ratios.items()},
            "parity": {name: asdict(parity) | {"holds": parity.holds} for name, parity in self.parity.items()},
            "training": _training(self.trainings),
            "start_up": _start_up(self.start_up),
            "left_out": [asdict(one) for one in self.left_out],
            "disclaimer": DISCLAIMER,
        }


def _row(row: Timing) -> dict[str, object]:
    return {name: value for name, value in asdict(row).items() if name != "rounds"}


def _training(trainings: Trainings | None) -> dict[str, object] | None:
    if trainings is None:
        return None
    return {
        "rows": [_row(trainings.plain), _row(trainings.ours)],
        "plain_loss": trainings.plain_loss,
        "our_loss": trainings.our_loss,
        "loss_difference": trainings.loss_difference,
        "steps": trainings.steps,
        "nodules": trainings.nodules,
    }


def _start_up(started: StartUp | None) -> dict[str, object] | None:
    if started is None:
        return None
    return {"rows": [_row(started.help), _row(started.predict)], "imports_torch": started.imports_torch}
