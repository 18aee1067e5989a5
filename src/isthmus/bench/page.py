"""A run of the bench as a page for people, Markdown; its chart is isthmus.bench.chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isthmus.bench.ratios import AIMS, PRODUCT, Ratio
from isthmus.bench.result import Peak, Result, Share, Trainings, Work
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import Row
from isthmus.nodule import DISCLAIMER

FIRST_LINE = "# How fast it is"
SECONDS = ("help_s", "predict_s")

TURNS = """\
Contenders take turns, {} rounds; a turn opens with a pause and an untimed run. A figure is the median over the rounds,
in brackets are the quartiles: of a ratio, what they give at worst and at best."""
OTHERS = "Meanwhile other programs took {:.0f} % of all cores."
RIVALS = """\
In brackets behind a rival stands the engine that it runs on. `without crops` is the same trunk and classifier with
the same weights. `image crops` puts the whole image and as many crops of it as ours takes of its maps through that
network; cutting and resizing them isn't counted. timm's networks have random weights, which changes nothing in their
speed; they take the same uint8 RoIs, and for an engine that computes in int8 they were quantised (weights a channel,
activations a tensor)."""
BY_HAND = """\
By hand, at one RoI, by the paper's arithmetic; `runs` is how often a layer runs, for the whole map and its crops."""
NEAR = """\
How near each engine comes. The floor is the multiply-adds executed at the peak, or the weights at the speed at which
they come in, whichever takes longer."""
AGAINST_TORCH = """\
Against torch in fp32 with the same weights. A verdict may change only where P(malignant) lies within the tolerance of
the threshold."""
LOOPS = """\
{} nodules in batches of {}, {} steps each, an epoch in turn, from the same weights on the same batches; the losses
differ by {:.2f} %. The plain loop is fp32, channels first, with a DataLoader that decodes, crops and resizes each
image in the same process; ours reads RoIs prepared once. Augmentation, schedule and averaging are left out of both."""
MARKS = {True: "yes", False: "no, emulated", None: "unknown"}


def markdown(result: Result, command: str, chart: str) -> str:
    """The page: ``command`` is what was typed, ``chart`` the name of the chart's file."""
    parts = [
        *_head(result, command, chart),
        *_ratios(result),
        *_rows(result),
        *_work(result.work),
        *_peaks(result.peaks, result.weights_gb_a_second),
        *_shares(result.shares, {(row.name, row.batch): row for row in result.rows}),
        *_parity(result),
        *_training(result.trainings),
        *_start_up(result.start_up),
        *_left_out(result),
        DISCLAIMER,
    ]
    return "\n\n".join(parts) + "\n"


def _head(result: Result, command: str, chart: str) -> Iterator[str]:
    machine: Mapping[str, Any] = result.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    yield FIRST_LINE
    yield f"Written by `isthmus bench`; every figure is of this one run:\n```sh\n{command}\n```"
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"{', '.join(machine['instructions']) or 'instruction sets unknown'}; {result.threads} threads for every "
        f"contender.\n{versions}.\nModel: {result.model}, {result.size} pixels a side. Data: {result.data}."
    )
    yield TURNS.format(result.rounds)
    if result.others is not None:
        yield OTHERS.format(100 * result.others)
    yield f"![Milliseconds an image, by contender]({chart})"


def _ratios(result: Result) -> Iterator[str]:
    lines = []
    for name, aim in AIMS.items():
        found = result.ratios[name]
        told = "not measured" if found is None else _ratio(name, found)
        reached = "" if found is None else ", reached" if aim.met(found.value) else ", **missed**"
        bound = "at most" if aim.at_most else "at least"
        lines.append((aim.what, told, f"{bound} {_figure(name, aim.value)}{reached}"))
    yield f"## In short\nThe fastest engine that agrees with torch is `{result.engine}`."
    yield _table(("what", "found", "aim"), lines)


def _rows(result: Result) -> Iterator[str]:
    found = {(row.name, row.batch): row for row in result.rows if not row.name.startswith(PRODUCT)}
    batches = sorted({batch for _, batch in found})
    lines = []
    for name in dict.fromkeys(name for name, _ in found):
        own = [found.get((name, batch)) for batch in batches]
        first = next(row for row in own if row)
        mark = f" (**{first.note}**)" if first.note else ""
        lines.append((name + mark, first.precision, *(_milliseconds(row) for row in own)))
    yield "## Reading, milliseconds an image"
    yield _table(
        ("contender", "precision", *("one RoI" if batch == 1 else f"{batch} at once" for batch in batches)), lines
    )
    yield RIVALS


def _work(work: Work) -> Iterator[str]:
    yield "## What there is to compute"
    if work.layers:
        headings = ("layer", "runs", "multiply-adds", "weights", "weights in fp32, MB", "read and written in fp32, MB")
        yield BY_HAND
        yield _table(
            headings,
            (
                (
                    layer.name,
                    str(layer.maps),
                    f"{layer.multiply_adds / 1e6:.2f} M",
                    f"{layer.weights:,}",
                    f"{4 * layer.weights / 1e6:.2f}",
                    f"{4 * layer.values / 1e6:.2f}",
                )
                for layer in work.layers
            ),
        )
    plain = f"{work.plain / 1e6:.1f} M" if work.plain else "not counted"
    graphs = ", ".join(
        f"{own / 1e6:.1f} M in the {name} graph" for name, own in work.executed.items() if name != "bf16"
    )
    yield f"Multiply-adds at one RoI: {plain} by the paper's arithmetic; {graphs or 'not counted in the graphs'}."


def _peaks(peaks: Mapping[str, Peak], bandwidth: float | None) -> Iterator[str]:
    lines = ((name, f"{own.gflops:.0f}", own.by, MARKS[own.native]) for name, own in peaks.items())
    yield _table(("precision", "10^9 operations a second", "measured with", "the processor's own"), lines)
    if bandwidth:
        yield f"Weights come in at {bandwidth:.1f} GB/s: a matrix-vector product in fp32 of as many as the network has."


def _shares(shares: tuple[Share, ...], times: Mapping[tuple[str, int], Row]) -> Iterator[str]:
    if not shares:
        return
    headings = (
        "engine",
        "at once",
        "share of the peak, as executed",
        "by the paper's arithmetic",
        "floor, ms",
        "found",
    )
    yield NEAR
    yield _table(
        headings,
        (
            (
                one.engine,
                str(one.batch),
                _percent(one.executed),
                _percent(one.plain),
                "-" if one.floor_ms is None else f"{one.floor_ms:.2f}",
                f"{times[one.engine, one.batch].ms_per_image:.2f}",
            )
            for one in shares
        ),
    )


def _parity(result: Result) -> Iterator[str]:
    yield "## Parity"
    if not result.parity:
        yield "Not measured: there is no torch to compare with."
        return
    headings = ("engine", "RoIs", "largest difference of P(malignant)", "of a vote", "tolerance", "verdicts changed")
    yield AGAINST_TORCH
    yield _table(
        (*headings, "of them beyond"),
        (
            (
                name if own.holds else f"{name} (**fails**)",
                str(own.n),
                f"{own.max_difference:.1e}",
                f"{own.max_vote_difference:.1e}",
                f"{own.tolerance:g}",
                str(own.verdicts_changed),
                str(own.changed_beyond),
            )
            for name, own in result.parity.items()
        ),
    )


def _training(found: Trainings | None) -> Iterator[str]:
    if found is None:
        return
    loops = ((found.plain, found.plain_loss), (found.ours, found.our_loss))
    lines = ((own.name, own.precision, _milliseconds(own), f"{loss:.4f}") for own, loss in loops)
    yield "## Training, milliseconds an image"
    yield _table(("loop", "precision", "found", "loss of the last epoch"), lines)
    yield LOOPS.format(found.nodules, found.plain.batch, found.steps, 100 * found.loss_difference)


def _start_up(found: StartUp | None) -> Iterator[str]:
    if found is None:
        return
    lines = ((f"`{own.name}`", _milliseconds(own)) for own in (found.help, found.predict))
    yield "## Start-up"
    yield _table(("a new process", "milliseconds"), lines)
    yield "Torch is imported." if found.imports_torch else "Neither imports torch."


def _left_out(result: Result) -> Iterator[str]:
    if result.left_out:
        yield "## Left out\n" + "\n".join(f"- {one.name}: {one.why.rstrip('.')}." for one in result.left_out)


def _table(headings: tuple[str, ...], lines: Any) -> str:
    rows = [headings, ("---",) * len(headings), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _milliseconds(row: Row | None) -> str:
    return "-" if row is None else f"{row.ms_per_image:.2f} ({row.low:.2f} to {row.high:.2f})"


def _ratio(name: str, found: Ratio) -> str:
    return f"**{_figure(name, found.value)}** ({_figure(name, found.low)} to {_figure(name, found.high)})"


def _figure(name: str, value: float) -> str:
    if name == "peak_share":
        return f"{100 * value:.0f} %"
    return f"{value:.2f} s" if name in SECONDS else f"{value:.3g}x"


def _percent(found: Ratio | None) -> str:
    return "-" if found is None else f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
