"""A reader study on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.table import Table

from isthmus.evidence.readers.agreement import Agreement
from isthmus.evidence.readers.judged import ReaderStudy
from isthmus.evidence.readers.modes import Modes
from isthmus.evidence.readers.pooled import AUC, SENSITIVITY, SPECIFICITY, Standing
from isthmus.judge.intervals import Estimate
from isthmus.judge.readers.hillis import Test
from isthmus.nodule import DISCLAIMER
from isthmus.report.terminal.lines import line, stdout

LED = {
    "over": "over-reliance: model wrong, reader right before, wrong after",
    "over_planted": "  of them, model wrong on purpose",
    "over_unplanted": "  of them, model wrong by itself",
    "under": "under-reliance: model right, reader wrong before and after",
}
CHANGED = {
    "scores_changed": "score or mind changed",
    "calls_changed": "call changed",
    "corrected": "wrong call corrected",
    "spoilt": "right call spoilt",
}


def print_readers(study: ReaderStudy) -> None:
    """Prints the figures of each reader and of all, the test of two modes, agreement, and what the model did."""
    scale = study.grades.scale
    table = Table("reader", "mode", "n", "AUC", "sensitivity", "specificity")
    for one in study.readers:
        table.add_row(one.reader, one.mode or "-", str(one.n), *_figures(one))
    table.add_section()
    for one in study.pooled:
        who = f"mean of {one.readers}" + (f", {one.experience}" if one.experience else "")
        table.add_row(who, one.mode or "-", str(one.n), *_figures(one))
    stdout.print(table)
    at = "none" if scale.threshold is None else scale.text(scale.threshold)
    line(f"Malignant from: {at} ({scale.rule}). Intervals of 95 %; means are for readers and nodules like these.")
    line()
    _print_modes(study.modes)
    _print_agreement(study.agreement)
    _print_following(study)
    line(DISCLAIMER)


def _print_modes(modes: Modes | str) -> None:
    if isinstance(modes, str):
        line(f"Modes not compared (MRMC): {modes}.\n")
        return
    line(
        f"{modes.second} less {modes.first} (MRMC, Obuchowski-Rockette-Hillis): {modes.panel.n} nodules, "
        f"{len(modes.panel.readers)} readers"
        + (f"; {modes.panel.left_out} nodules left out, not read by all in both" if modes.panel.left_out else "")
    )
    for name in (AUC, SENSITIVITY, SPECIFICITY):
        title = "AUC" if name == AUC else name
        if name not in modes.by_figure:
            line(f"  {title}: {modes.reasons[name]}")
            continue
        one = modes.by_figure[name]
        line(f"  {title:12} {_tested(one.random)}")
        if name == AUC:
            line(f"    for these readers only   {_tested(one.fixed_readers)}")
            line(f"    for these nodules only   {_tested(one.fixed_nodules)}")
    line()


def _tested(test: Test) -> str:
    if test.reason:
        return f"{test.effect:+.3f}, no test: {test.reason}"
    freedom = "" if math.isinf(test.df) else f", df {test.df:.1f}"
    p = "p < 0.001" if test.p_value < 0.001 else f"p = {test.p_value:.3f}"
    return f"{test.effect:+.3f} ({test.low:+.3f} to {test.high:+.3f}), {p}{freedom}"


def _print_agreement(found: tuple[Agreement, ...] | str) -> None:
    if isinstance(found, str):
        line(f"Agreement of readers not judged: {found}.\n")
        return
    table = Table("kappa", "readers", "n", "calls (Fleiss)", "grades (weighted, mean of pairs)")
    for one in found:
        table.add_row(one.mode or "all", str(one.readers), str(one.n), _cell(one.calls), _cell(one.grades))
    stdout.print(table)


def _print_following(study: ReaderStudy) -> None:
    found = study.following
    if found.changes is None:
        line(f"Changes of mind not judged: {found.reasons['changes']}.")
        return
    table = Table("from first to second", "share", "of")
    _add(table, CHANGED, found.changes)
    if found.reliance is not None:
        table.add_section()
        _add(table, LED, found.reliance)
    stdout.print(table)
    if found.reliance is None:
        line(f"Reliance not judged: {found.reasons['reliance']}.")
    if found.seconds is None:
        line(f"Time not judged: {found.reasons['seconds']}.")
        return
    without, with_model, change = (found.seconds[name] for name in ("without", "with", "change"))
    line(
        f"Seconds a read: {_cell(without, '.1f')} without, {_cell(with_model, '.1f')} with; "
        f"change {_cell(change, '+.1%')}."
    )


def _add(table: Table, titles: Mapping[str, str], estimates: Mapping[str, Estimate]) -> None:
    for name, title in titles.items():
        if name in estimates:
            table.add_row(title, _cell(estimates[name]), str(estimates[name].n))


def _figures(one: Standing) -> tuple[str, str, str]:
    return _cell(one.auc), _cell(one.sensitivity), _cell(one.specificity)


def _cell(one: Estimate, form: str = ".3f") -> str:
    if math.isnan(one.value):
        return f"- ({one.method.removeprefix('undefined: ')})"
    if math.isnan(one.low):
        return f"{one.value:{form}} (no interval)"
    return f"{one.value:{form}} ({one.low:{form}} to {one.high:{form}})"
