"""The audit of leaks on the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from isthmus.cross.chance import Shortcut
from isthmus.cross.gate import LeakAudit, ProtocolLeak
from isthmus.data.audit.leaks.pairs import KINDS
from isthmus.data.audit.leaks.relations import WORDS
from isthmus.data.audit.leaks.split_file import SplitOfImages, first_names
from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.report.terminal.lines import line, stdout
from isthmus.text import printable

SHOWN = 20  # pairs of a kind


def print_leaks(audit: LeakAudit, root: Path, split: Path | None) -> None:
    """Prints an audit of the data set at ``root`` and of its ``split`` on stdout; what tells the label comes first."""
    for one in audit.baselines:
        if one.tells:
            line(f"NOT AT CHANCE: {one.title}: AUC {_auc(one.auc)}, without the tissue of the nodule.")
    _heading(f"{printable(root)} as {audit.data.kind}")
    line(f"  {len(audit.data.images):,} images; {audit.order_rule}")
    if audit.split:
        _print_split(audit.split, split)
        _print_pairs(audit)
    else:
        _print_protocols(audit.protocols)
    if audit.baselines:
        _print_baselines(audit.baselines, audit.judged_on)
    line(f"\n{DISCLAIMER}")


def _print_split(split: SplitOfImages, path: Path | None) -> None:
    sides = ", ".join(f"{side} {count:,}" for side, count in split.sides.items())
    line(f"  split {printable(path or '')}: {sides}")
    if split.missing:
        line(f"  {len(split.missing):,} of its names are no image of the data set: {first_names(split.missing)}")
    if split.unlisted:
        line(f"  {len(split.unlisted):,} images of the data set are not in it: {first_names(split.unlisted)}")


def _print_pairs(audit: LeakAudit) -> None:
    if not audit.leaks:
        _heading("No leak: no picture, frame or patient stands on two sides")
        return
    _heading(f"LEAK: {_pairs(len(audit.leaks))} on two sides")
    for kind in KINDS:
        of_kind = [leak for leak in audit.leaks if leak.kind == kind]
        if not of_kind:
            continue
        line(f"  {kind}, {_pairs(len(of_kind))} {WORDS[kind]}:")
        for leak in of_kind[:SHOWN]:
            line(f"    {leak.a} ({leak.sides[0]}) and {leak.b} ({leak.sides[1]})")
        if len(of_kind) > SHOWN:
            line(f"    and {len(of_kind) - SHOWN:,} more, in --json")


def _pairs(count: int) -> str:
    return f"{count:,} pair{'s'[: count != 1]}"


def _print_protocols(protocols: Sequence[ProtocolLeak]) -> None:
    _heading("Tested nodules with a relative in training, under each protocol")
    table = Table(box=None, padding=(0, 1))
    table.add_column("protocol", justify="left", no_wrap=True)
    for heading in ("parts", "n", "any", *KINDS):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in protocols:
        if not one.reason:
            counts = (one.parts, one.n, one.any, *one.nodules.values())
            table.add_row(one.protocol, *(f"{count:,}" for count in counts))
    stdout.print(table)
    for one in protocols:
        if one.reason:
            line(f"  {one.protocol}: {one.reason}.")
    line("  n: tested nodules; " + "; ".join(f"{kind}: {WORDS[kind]}" for kind in KINDS))


def _print_baselines(baselines: Sequence[Shortcut], judged_on: str) -> None:
    _heading(f"Baselines that should be at chance (AUC .5), on {judged_on}")
    for one in baselines:
        line(f"  {one.title}: AUC {_auc(one.auc)}{'; tells the label' if one.tells else ''}")


def _auc(auc: Estimate) -> str:
    if math.isnan(auc.low):
        return f"{auc.value:.3f} ({auc.method}), n = {auc.n:,}"
    return f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}), n = {auc.n:,}"


def _heading(text: str) -> None:
    line()
    stdout.print(Text(text, style="bold"))
