"""One run of the bench, from a bundle and nodules to a Result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from threadpoolctl import threadpool_limits

from isthmus.bench import ceiling, executed, machine, parity, readers
from isthmus.bench.ceiling import Ceiling
from isthmus.bench.parity import Parity
from isthmus.bench.ratios import AIMS, Ratio, ratio, reading_ratios, seconds, share
from isthmus.bench.result import Peak, Result, Share, Trainings, Work
from isthmus.bench.startup import StartUp, start_up
from isthmus.bench.timing import LeftOut, Row, race, without_place
from isthmus.bundle import Bundle
from isthmus.errors import IsthmusError
from isthmus.infer.engines import DEFAULT, ENGINES, Engine
from isthmus.nodule import Nodule, Pixels
from isthmus.progress import Progress, silent

TRAINED_ON = 64  # nodules, at most
NO_TORCH = "torch is not installed: pip install 'isthmus[train]'"


@dataclass(frozen=True)
class Plan:
    """How much is measured: ``turn`` is in seconds, ``sizes`` are of the matrix products, ``starts`` of new processes,
    ``epochs`` of both training loops."""

    threads: int
    rounds: int = 15
    turn: float = 0.1
    batches: tuple[int, ...] = (1, 16)
    others: tuple[str, ...] = ("resnet50", "inception_v3", "vgg19", "legacy_xception")
    compiled: bool = True
    sizes: tuple[int, ...] = ceiling.SIZES
    starts: int = 9
    epochs: int = 5

    @property
    def quick(self) -> Plan:
        """The same in a minute or two: fewer rounds, the two heaviest networks and the compiler left out."""
        return replace(
            self, rounds=5, turn=0.05, others=self.others[:2], compiled=False, sizes=(1024,), starts=3, epochs=2
        )


@dataclass(frozen=True, eq=False)
class Subject:
    """What is read: a bundle, RoIs uint8 (n, size, size, 3) of the nodules, and in words which ones they are."""

    bundle: Bundle
    rois: Pixels
    nodules: Sequence[Nodule]
    model: str
    data: str


@dataclass(frozen=True, eq=False)
class _Raced:
    rows: tuple[Row, ...]
    peaks: Mapping[str, Peak]
    left_out: tuple[LeftOut, ...]


def measure(
    subject: Subject,
    plan: Plan,
    side: ModuleType | None,
    folder: Path,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> Result:
    """Measures everything that can be measured here. ``side`` is isthmus.bench.torch_side, None without torch;
    ``folder`` is for what is made on the way. What can't be measured is left out, each with its reason."""
    bundle, before = subject.bundle, machine.busy()
    if side:
        side.set_threads(plan.threads)
    with threadpool_limits(plan.threads, user_api="blas"):
        note("isthmus: opening the engines and comparing them with torch")
        engines, left_out = readers.open_engines(bundle, plan.threads)
        agreement = _parity(subject, engines, side)
        fit = [name for name in engines if name not in agreement or agreement[name].holds]
        engine = readers.fastest(engines, subject.rois, fit)
        note(f"isthmus: the fastest engine is {engine}; exporting what it is compared with")
        raced = _race(subject, plan, engines, engine, side, folder, progress)
        work, uncounted = _work(bundle, side)
        bandwidth = ceiling.weights_gb_a_second(work.weights) if work.weights else None
    del engines  # and with them their threads
    trainings, untrained = _train(subject, plan, side, progress)
    note("isthmus: starting new processes")
    started = _start(subject, plan)
    rows = tuple(_marked(row, agreement) for row in raced.rows)
    shares = _shares(rows, raced.peaks, work, bandwidth)
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
        peaks=raced.peaks,
        weights_gb_a_second=bandwidth,
        rows=rows,
        ratios=_ratios(rows, engine, shares, trainings, started),
        parity=agreement,
        work=work,
        shares=shares,
        trainings=trainings,
        start_up=started,
        left_out=(*left_out, *raced.left_out, *uncounted, *untrained),
    )


def _parity(subject: Subject, engines: Mapping[str, Engine], side: ModuleType | None) -> dict[str, Parity]:
    if side is None:
        return {}
    expected = side.reference(subject.bundle, subject.rois)
    return {
        name: parity.compare(
            ENGINES[name], parity.read_all(engine.read, subject.rois), expected, subject.bundle.threshold
        )
        for name, engine in engines.items()
    }


def _race(
    subject: Subject,
    plan: Plan,
    engines: Mapping[str, Engine],
    engine: str | None,
    side: ModuleType | None,
    folder: Path,
    progress: Progress,
) -> _Raced:
    contenders = readers.contenders(engines, subject.rois, plan.batches)
    left_out: list[LeftOut] = []
    if side:
        on = [name for name in engines if name in (engine, DEFAULT)]
        setting = readers.Setting(on, subject.rois, plan.batches, plan.threads, folder)
        found, left_out = side.contenders(subject.bundle, plan.others, setting, plan.compiled)
        contenders += found
    else:
        left_out = [LeftOut("torch, other networks, parity, training", NO_TORCH)]
    products = ceiling.ceilings(plan.threads, plan.sizes)
    contenders += [product.contender for product in products.values()]
    rows = race(contenders, plan.rounds, progress, plan.turn)
    raced = {(row.name, row.precision): row for row in rows}
    peaks = {name: _peak(product, raced[product.contender.name, name]) for name, product in products.items()}
    missing = [name for name in ceiling.PRECISIONS if name not in peaks]
    left_out += [LeftOut(f"matrix product in {name}", "no library installed here has one") for name in missing]
    return _Raced(rows, peaks, tuple(left_out))


def _peak(product: Ceiling, row: Row) -> Peak:
    return Peak(product.gflops(row), product.contender.name, product.native)


def _marked(row: Row, agreement: Mapping[str, Parity]) -> Row:
    if row.name in agreement and not agreement[row.name].holds:
        return replace(row, note="fails parity")
    return replace(row, note="emulated") if row.precision and machine.native(row.precision) is False else row


def _work(bundle: Bundle, side: ModuleType | None) -> tuple[Work, list[LeftOut]]:
    layers, plain, weights = side.plain_work(bundle) if side else ((), None, None)
    files = {"fp32": bundle.onnx, "bf16": bundle.onnx, "int8": bundle.int8}
    try:
        counted = {
            name: executed.multiply_adds(file, bundle.recipe.preparation.size) for name, file in files.items() if file
        }
        return Work(layers, plain, counted, weights), []
    except IsthmusError as error:
        return Work(layers, plain, {}, weights), [LeftOut("multiply-adds executed", without_place(error))]


def _train(
    subject: Subject, plan: Plan, side: ModuleType | None, progress: Progress
) -> tuple[Trainings | None, list[LeftOut]]:
    if side is None:
        return None, []
    labelled = [nodule for nodule in subject.nodules if nodule.label is not None][:TRAINED_ON]
    if len({nodule.label for nodule in labelled}) < 2:
        return None, [LeftOut("training", "needs benign and malignant nodules")]
    return side.train_both(labelled, subject.bundle.recipe, plan.epochs, progress), []


def _start(subject: Subject, plan: Plan) -> StartUp | None:
    return start_up(subject.bundle.folder, subject.nodules[0].path, plan.starts) if plan.starts else None


def _shares(rows: Sequence[Row], peaks: Mapping[str, Peak], work: Work, bandwidth: float | None) -> tuple[Share, ...]:
    """How near each engine comes to the ceiling of its precision."""
    found = []
    for row in rows:
        if row.name in ENGINES and row.precision in peaks:
            gflops = peaks[row.precision].gflops
            counted = (work.executed.get(row.precision), work.plain)
            done, plain = (share(row, own, gflops) if own else None for own in counted)
            found.append(Share(row.name, row.batch, done, plain, _floor(row, gflops, work, bandwidth)))
    return tuple(found)


def _floor(row: Row, gflops: float, work: Work, bandwidth: float | None) -> float | None:
    if row.precision not in work.executed:
        return None
    bytes_each = {"fp32": 4, "bf16": 2, "int8": 1}[row.precision]
    weights = (work.weights or 0) * bytes_each / row.batch / bandwidth / 1e6 if bandwidth else 0.0
    return max(2 * work.executed[row.precision] / gflops / 1e6, weights)


def _ratios(
    rows: Sequence[Row],
    engine: str | None,
    shares: Sequence[Share],
    trainings: Trainings | None,
    started: StartUp | None,
) -> dict[str, Ratio | None]:
    largest = max((own.batch for own in shares), default=0)
    reached = [own.executed for own in shares if (own.engine, own.batch) == (engine, largest)]
    found = {
        **reading_ratios(rows, engine),
        "peak_share": reached[0] if reached else None,
        "train_step": ratio(trainings.plain, trainings.ours) if trainings else None,
        "help_s": seconds(started.help) if started else None,
        "predict_s": seconds(started.predict) if started else None,
    }
    return {name: found[name] for name in AIMS}
