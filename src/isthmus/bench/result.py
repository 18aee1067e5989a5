"""Everything that one run of the bench found, and how it goes into JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from isthmus.bench.parity import Parity
from isthmus.bench.ratios import Ratio
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import LeftOut, Row
from isthmus.nodule import DISCLAIMER


@dataclass(frozen=True)
class Layer:
    """One layer at one RoI, as the paper computes it: ``maps`` is how often it runs.

    ``multiply_adds`` of all its runs; ``weights`` and ``values`` count numbers (not bytes): its own, and those it
    reads and writes of all runs. A number is 4 bytes in fp32, 2 in bf16, 1 in int8.
    """

    name: str
    maps: int
    multiply_adds: int
    weights: int
    values: int


@dataclass(frozen=True)
class Work:
    """Multiply-adds at one RoI: ``plain`` by the paper's arithmetic, layer by layer where the trunk is the paper's own;
    ``executed`` by the graphs that are run, a precision each. ``weights`` counts numbers. None: not counted here."""

    layers: tuple[Layer, ...]
    plain: int | None
    executed: Mapping[str, int]
    weights: int | None


@dataclass(frozen=True)
class Peak:
    """The ceiling of one precision, 10^9 operations a second, two a multiply-add: measured with ``by``.

    ``native`` says whether the processor multiplies in it itself; None: it doesn't say."""

    gflops: float
    by: str
    native: bool | None


@dataclass(frozen=True)
class Share:
    """How near a row comes to its ceiling: with the multiply-adds executed, and with those of the paper's arithmetic.

    ``floor_ms`` is the least that an image can take: its executed multiply-adds at the peak, or its weights at the
    speed at which they come in, whichever takes longer."""

    engine: str
    batch: int
    executed: Ratio | None
    plain: Ratio | None
    floor_ms: float | None


@dataclass(frozen=True)
class Trainings:
    """Both training loops in milliseconds an image, and the loss of their last epoch, a nodule's mean."""

    plain: Row
    ours: Row
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
    """One run. ``engine`` is the fastest that agrees with torch; ``model`` and ``data`` say what was read, in words;
    ``others`` is the share of all cores that other programs took meanwhile, None where the system doesn't say."""

    model: str
    data: str
    recipe: str
    size: int
    rounds: int
    threads: int
    machine: Mapping[str, object]
    others: float | None
    engine: str | None
    peaks: Mapping[str, Peak]
    weights_gb_a_second: float | None
    rows: tuple[Row, ...]
    ratios: Mapping[str, Ratio | None]
    parity: Mapping[str, Parity]
    work: Work
    shares: tuple[Share, ...]
    trainings: Trainings | None
    start_up: StartUp | None
    left_out: tuple[LeftOut, ...]

    def as_json(self) -> dict[str, object]:
        """The result for JSON: ``ratios`` are plain numbers, null without their rows; ``spread`` their quartiles."""
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
            "peak_gflops": {name: peak.gflops for name, peak in self.peaks.items()},
            "peaks": {name: asdict(peak) for name, peak in self.peaks.items()},
            "weights_gb_a_second": self.weights_gb_a_second,
            "rows": [_row(row) for row in self.rows],
            "ratios": {name: found and found.value for name, found in self.ratios.items()},
            "spread": {name: found and [found.low, found.high] for name, found in self.ratios.items()},
            "parity": {name: asdict(found) | {"holds": found.holds} for name, found in self.parity.items()},
            "work": asdict(self.work),
            "shares": [asdict(share) for share in self.shares],
            "training": _training(self.trainings),
            "start_up": _start_up(self.start_up),
            "left_out": [asdict(one) for one in self.left_out],
            "disclaimer": DISCLAIMER,
        }


def _row(row: Row) -> dict[str, object]:
    return {name: value for name, value in asdict(row).items() if name != "rounds"}


def _training(found: Trainings | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "rows": [_row(found.plain), _row(found.ours)],
        "plain_loss": found.plain_loss,
        "our_loss": found.our_loss,
        "loss_difference": found.loss_difference,
        "steps": found.steps,
        "nodules": found.nodules,
    }


def _start_up(found: StartUp | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"rows": [_row(found.help), _row(found.predict)], "imports_torch": found.imports_torch}
