"""One run of the bench, from a bundle and nodules to a Result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from isthmus.bench import machine
from isthmus.bench.engines import Parity, compare, contenders, fastest, open_engines
from isthmus.bench.ratios import AIMS, Ratio, ratio, reading_ratios, seconds
from isthmus.bench.result import Result, Trainings
from isthmus.bench.startup import StartUp, start_up
from isthmus.bench.timing import Contender, LeftOut, Timing, race
from isthmus.bundle import Bundle
from isthmus.infer.engines import ENGINES, Engine
from isthmus.nodule import Nodule, Pixels
from isthmus.prediction import Probabilities
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe
from isthmus.runtime.parity import read_all
from isthmus.runtime.processor import native

TRAINED_ON = 64  # nodules, at most
NO_TORCH = LeftOut("torch, parity, training", "torch is not installed: pip install 'isthmus[train]'")


@dataclass(frozen=True)
class Plan:
    """How much is measured: ``turn`` is in seconds, ``starts`` counts new processes, ``epochs`` those of both training
    loops."""

    threads: int
    rounds: int = 15
    turn: float = 0.1
    batches: tuple[int, ...] = (1, 16)
    compiled: bool = True
    starts: int = 9
    epochs: int = 5

    @property
    def quick(self) -> Plan:
        """The same in a minute or two: fewer rounds, without the compiler."""
        return replace(self, rounds=5, turn=0.05, compiled=False, starts=3, epochs=2)


@dataclass(frozen=True, eq=False)
class Subject:
    """What is read: a bundle, RoIs uint8 (n, size, size, 3) of the nodules, and a description of both."""

    bundle: Bundle
    rois: Pixels
    nodules: Sequence[Nodule]
    model: str
    data: str


@dataclass(frozen=True, eq=False)
class Torch:
    """What needs torch: its probabilities in fp32 for all RoIs, its contenders on the same weights, those left out, and
    the function that times both training loops."""

    reference: Probabilities
    contenders: Sequence[Contender]
    left_out: Sequence[LeftOut]
    train: Callable[[Sequence[Nodule], Recipe, int, Progress], Trainings]


def measure(
    subject: Subject, plan: Plan, torch: Torch | None, progress: Progress = silent, note: Note = unsaid
) -> Result:
    """Measures everything that can be measured here; the rest is left out, each with its reason. ``torch`` is
    ``isthmus.bench.networks.beside``, None where torch is not installed."""
    bundle, before = subject.bundle, machine.busy()
    with threadpool_limits(plan.threads, user_api="blas"):
        note("isthmus: opening the engines and comparing them with torch")
        engines, left_out = open_engines(bundle, plan.threads)
        parity = _parity(subject, engines, torch.reference) if torch else {}
        engine = fastest(engines, subject.rois, [name for name in engines if name not in parity or parity[name].holds])
        racing = [*contenders(engines, subject.rois, plan.batches), *(torch.contenders if torch else ())]
        rows = race(racing, plan.rounds, progress, plan.turn)
    del engines, racing  # and with them their threads
    left_out += torch.left_out if torch else [NO_TORCH]
    trainings = None
    if torch:
        trainings, untrained = _train(subject, plan, torch, progress)
        left_out += untrained
    note("isthmus: starting new processes")
    started = start_up(subject.nodules[0].picture.path, plan.starts)
    return Result(
        model=subject.model,
        data=subject.data,
        recipe=bundle.recipe.name,
        size=bundle.recipe.preparation.size,
        rounds=plan.rounds,
        threads=plan.threads,
        machine=machine.describe(),
        others=machine.others(before),
        engine=engine,
        rows=tuple(_marked(row, parity) for row in rows),
        ratios=_ratios(rows, engine, trainings, started),
        parity=parity,
        trainings=trainings,
        start_up=started,
        left_out=tuple(left_out),
    )


def _parity(subject: Subject, engines: Mapping[str, Engine], expected: Probabilities) -> dict[str, Parity]:
    decision = subject.bundle.decision
    return {
        name: compare(ENGINES[name], read_all(engine, subject.rois), expected, decision)
        for name, engine in engines.items()
    }


def _marked(row: Timing, parity: Mapping[str, Parity]) -> Timing:
    if row.name in parity and not parity[row.name].holds:
        return replace(row, note="fails parity")
    return replace(row, note="emulated") if row.precision and native(row.precision) is False else row


def _train(
    subject: Subject, plan: Plan, torch: Torch, progress: Progress
) -> tuple[Trainings | None, Sequence[LeftOut]]:
    labelled = [nodule for nodule in subject.nodules if nodule.label is not None][:TRAINED_ON]
    if len({nodule.label for nodule in labelled}) < 2:
        return None, [LeftOut("training", "needs benign and malignant nodules")]
    return torch.train(labelled, subject.bundle.recipe, plan.epochs, progress), []


def _ratios(
    rows: Sequence[Timing], engine: str | None, trainings: Trainings | None, started: StartUp
) -> dict[str, Ratio | None]:
    ratios = {
        **reading_ratios(rows, engine),
        "train_step": ratio(trainings.plain, trainings.ours) if trainings else None,
        "help_s": seconds(started.help),
        "predict_s": seconds(started.predict),
    }
    return {name: ratios[name] for name in AIMS}
