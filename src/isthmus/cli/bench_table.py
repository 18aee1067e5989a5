"""A run of the bench as tables on stdout."""

from __future__ import annotations

from rich.table import Table

from isthmus.bench.ratios import AIMS
from isthmus.bench.result import Result
from isthmus.bench.timing import Row
from isthmus.cli.tables import stdout
from isthmus.nodule import DISCLAIMER


def print_result(result: Result) -> None:
    """Prints rows, ceilings, parity and ratios, with what could not be measured and why."""
    rows = [*result.rows]
    rows += [result.trainings.plain, result.trainings.ours] if result.trainings else []
    table = Table("contender", "precision", "at once", "ms an image", "quartiles", "")
    for row in rows:
        table.add_row(row.name, row.precision, str(row.batch), f"{row.ms_per_image:.2f}", _quartiles(row), row.note)
    stdout.print(table)
    _print_parity(result)
    ratios = Table("what", "found", "quartiles", "aim")
    for name, aim in AIMS.items():
        found = result.ratios[name]
        bound = f"{'at most' if aim.at_most else 'at least'} {aim.value:g}"
        if found is None:
            ratios.add_row(aim.what, "-", "-", bound)
        else:
            ratios.add_row(aim.what, f"{found.value:.2f}", f"{found.low:.2f} to {found.high:.2f}", bound)
    stdout.print(ratios)
    for one in result.left_out:
        stdout.print(f"left out: {one.name}: {one.why}", markup=False)
    peaks = ", ".join(f"{name} {peak.gflops:.0f}" for name, peak in result.peaks.items())
    stdout.print(
        f"Fastest engine that agrees with torch: {result.engine}. Matrix product, 10^9 operations a second: {peaks}.\n"
        f"{result.model}, {result.size} pixels; {result.data}; {result.threads} threads, {result.rounds} rounds.\n"
        f"{DISCLAIMER}",
        markup=False,
    )


def _print_parity(result: Result) -> None:
    if not result.parity:
        return
    table = Table("engine", "RoIs", "largest difference of P(malignant)", "tolerance", "verdicts changed", "beyond it")
    for name, own in result.parity.items():
        counts = (str(own.verdicts_changed), str(own.changed_beyond))
        table.add_row(name, str(own.n), f"{own.max_difference:.1e}", f"{own.tolerance:g}", *counts)
    stdout.print(table)


def _quartiles(row: Row) -> str:
    return f"{row.low:.2f} to {row.high:.2f}"
