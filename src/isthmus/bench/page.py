"""A run of the bench as a page in Markdown; its chart is isthmus.bench.chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isthmus.bench.ratios import AIMS, Ratio
from isthmus.bench.result import Result, Trainings
from isthmus.bench.startup import StartUp
from isthmus.bench.timing import Timing
from isthmus.nodule import DISCLAIMER

FIRST_LINE = "# How fast it is"
SECONDS = ("help_s", "predict_s")

TURNS = """\
Contenders take turns in {} rounds; a turn begins with a pause and an untimed run. A figure is the median over the
rounds, with the quartiles in brackets: for a ratio, what they give at worst and at best."""
OTHERS = "Meanwhile other programs used {:.0f} % of all cores."
AGAINST_TORCH = """\
Against torch in fp32 with the same weights. A verdict may change only where P(malignant) lies within the tolerance of
the threshold."""
LOOPS = """\
{} nodules in batches of {}, {} steps each, an epoch in turn, from the same weights on the same batches; the losses
differ by {:.2f} %. The plain loop is fp32, channels first, with a DataLoader that decodes, crops and resizes each
image in the same process; ours reads RoIs prepared once. Augmentation, schedule and averaging are left out of both."""


def markdown(result: Result, command: str, chart: str) -> str:
    """The page: ``command`` is the command line, ``chart`` the name of the chart's file."""
    parts = [
        *_head(result, command, chart),
        *_ratios(result),
        *_rows(result),
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
    yield f"Written by `isthmus bench`; every figure is from this one run:\n```sh\n{command}\n```"
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"{', '.join(machine['instructions']) or 'instruction sets unknown'}; {result.threads} threads for every "
        f"contender.\n{versions}.\nModel: {result.model}, {result.size} pixels a side. Data: {result.data}."
    )
    yield TURNS.format(result.rounds)
    if result.others is not None:
        yield OTHERS.format(100 * result.others)
    yield f"![Milliseconds per image, by contender]({chart})"


def _ratios(result: Result) -> Iterator[str]:
    lines = []
    for name, aim in AIMS.items():
        ratio = result.ratios[name]
        figure = "not measured" if ratio is None else _ratio(name, ratio)
        reached = "" if ratio is None else ", reached" if aim.met(ratio.value) else ", **missed**"
        bound = "at most" if aim.at_most else "at least"
        lines.append((aim.what, figure, f"{bound} {_figure(name, aim.value)}{reached}"))
    yield f"## In short\nThe fastest engine that agrees with torch is `{result.engine}`."
    yield _table(("what", "measured", "aim"), lines)


def _rows(result: Result) -> Iterator[str]:
    by_name = {(row.name, row.batch): row for row in result.rows}
    batches = sorted({batch for _, batch in by_name})
    lines = []
    for name in dict.fromkeys(name for name, _ in by_name):
        rows = [by_name.get((name, batch)) for batch in batches]
        first = next(row for row in rows if row)
        mark = f" (**{first.note}**)" if first.note else ""
        lines.append((name + mark, first.precision, *map(_milliseconds, rows)))
    yield "## Reading, milliseconds per image"
    yield _table(
        ("contender", "precision", *("one RoI" if batch == 1 else f"{batch} at once" for batch in batches)), lines
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
                name if parity.holds else f"{name} (**fails**)",
                str(parity.n),
                f"{parity.max_difference:.1e}",
                f"{parity.max_vote_difference:.1e}",
                f"{parity.tolerance:g}",
                str(parity.verdicts_changed),
                str(parity.changed_beyond),
            )
            for name, parity in result.parity.items()
        ),
    )


def _training(trainings: Trainings | None) -> Iterator[str]:
    if trainings is None:
        return
    loops = ((trainings.plain, trainings.plain_loss), (trainings.ours, trainings.our_loss))
    lines = ((row.name, row.precision, _milliseconds(row), f"{loss:.4f}") for row, loss in loops)
    yield "## Training, milliseconds per image"
    yield _table(("loop", "precision", "measured", "loss of the last epoch"), lines)
    yield LOOPS.format(trainings.nodules, trainings.plain.batch, trainings.steps, 100 * trainings.loss_difference)


def _start_up(started: StartUp | None) -> Iterator[str]:
    if started is None:
        return
    lines = ((f"`{row.name}`", _milliseconds(row)) for row in (started.help, started.predict))
    yield "## Start-up"
    yield _table(("a new process", "milliseconds"), lines)
    yield "Torch is imported." if started.imports_torch else "Neither imports torch."


def _left_out(result: Result) -> Iterator[str]:
    if result.left_out:
        yield "## Left out\n" + "\n".join(f"- {one.name}: {one.why.rstrip('.')}." for one in result.left_out)


def _table(headings: tuple[str, ...], lines: Any) -> str:
    rows = [headings, ("---",) * len(headings), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _milliseconds(row: Timing | None) -> str:
    return "-" if row is None else f"{row.ms_per_image:.2f} ({row.low:.2f} to {row.high:.2f})"


def _ratio(name: str, ratio: Ratio) -> str:
    return f"**{_figure(name, ratio.value)}** ({_figure(name, ratio.low)} to {_figure(name, ratio.high)})"


def _figure(name: str, value: float) -> str:
    return f"{value:.2f} s" if name in SECONDS else f"{value:.3g}x"
