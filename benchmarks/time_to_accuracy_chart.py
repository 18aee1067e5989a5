"""Draws what ``time_to_accuracy.py`` measured, and prints its table in Markdown.

    python benchmarks/time_to_accuracy_chart.py RUN docs/results/tn5000/out_of_fold.csv.gz OUT.svg

The table has the predictions of the model that ships, out of fold: it is judged on the nodules held in RUN.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import matplotlib as mpl
import numpy as np

from isthmus.judge.delong import auc_within, delong
from isthmus.judge.intervals import Estimate
from isthmus.judge.metrics import Floats
from isthmus.nodule import Label
from isthmus.recipes import ENSEMBLES
from isthmus.report.plots import COLOURS, GREY, INK, PURPLE, STYLE, WIDE, interval_line, new_figure
from time_to_accuracy import OURS, PLAIN

SHIPPED, NEAR = "tn5000", 0.02  # the goal: its AUC less this
MARKS = (("s", INK), ("D", PURPLE), ("P", GREY))  # circles and triangles are labels
LENGTHS = [one.learning.epochs for one in ENSEMBLES["quick"]]
WHOLE = {OURS: sum(LENGTHS), **{name: epochs for name, *_, epochs in PLAIN}}  # epochs of a finished training
Row = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Held:
    """The held nodules: labels (n,), groups, P(malignant) of each contender and of the model that ships."""

    labels: Any
    groups: Sequence[str]
    p: Mapping[str, Floats]
    shipped: Floats

    @classmethod
    def read(cls, run: Path, table: Path) -> Held:
        rows, theirs = (_rows(gzip.decompress(path.read_bytes())) for path in (run / "held.csv.gz", table))
        shipped = {row["nodule"]: float(row[SHIPPED]) for row in theirs}
        names = [name for name in rows[0] if name not in ("nodule", "label", "group")]
        return cls(
            np.array([row["label"] == str(Label.MALIGNANT) for row in rows], np.int64),
            [row["group"] for row in rows],
            {name: np.array([float(row[name]) for row in rows]) for name in names},
            np.array([shipped[row["nodule"]] for row in rows]),
        )

    @property
    def goal(self) -> Estimate:
        return auc_within(self.labels, self.shipped, None, self.groups)

    def less_shipped(self, name: str) -> Estimate:
        return delong(self.labels, self.p[name], self.shipped, self.groups).estimate


def curves(run: Path) -> dict[str, list[Row]]:
    """The turns of each contender, in the order in which they are drawn."""
    rows = _rows((run / "curves.csv").read_bytes())
    names = dict.fromkeys(row["contender"] for row in rows)
    return {name: [row for row in rows if row["contender"] == name and row["turn"] != "0"] for name in names}


def passes(rows: Sequence[Row], level: float) -> str:
    """The minute from which the AUC never falls below ``level`` again, or a dash."""
    minute = "–"
    for row in reversed(rows):
        if float(row["auc"]) < level:
            break
        minute = f"{float(row['minutes']):.1f}"
    return minute


def table(every: Mapping[str, Sequence[Row]], held: Held) -> str:
    """The Markdown table: minutes, AUC at the end, its difference from the model that ships, and minutes to levels."""
    goal = held.goal.value - NEAR
    heads = ["", "epochs", "minutes", "AUC", f"less `{SHIPPED}`", "AUC .90 from", f"{_short(goal)} from"]
    lines = [heads, ["---"] * len(heads)]
    for name, rows in every.items():
        last = rows[-1]
        area = _interval(*(float(last[key]) for key in ("auc", "low", "high")))
        less = held.less_shipped(name)
        minutes = f"{float(last['minutes']):.1f}"
        moments = [passes(rows, level) for level in (0.90, goal)]
        lines.append([name, _epochs(name, rows), minutes, area, _interval(less.value, less.low, less.high), *moments])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@mpl.rc_context(STYLE)
def draw(every: Mapping[str, Sequence[Row]], held: Held, to: Path) -> None:
    """AUC over minutes, a line a contender; the interval stands at its last point."""
    figure = new_figure(WIDE, 4.2)
    axes, goal = figure.subplots(), held.goal
    axes.axhline(goal.value, color=GREY, linewidth=1, label=f"{SHIPPED}, which ships: {_short(goal.value)}")
    axes.axhline(goal.value - NEAR, color=GREY, linewidth=1, linestyle="--", label=f"{_short(NEAR)} less")
    colours = (COLOURS[Label.BENIGN], *(colour for _, colour in MARKS[1:]))
    for (name, rows), (marker, _), colour in zip(every.items(), MARKS, colours, strict=False):
        minutes, areas = ([float(row[key]) for row in rows] for key in ("minutes", "auc"))
        axes.plot(
            minutes, areas, color=colour, marker=marker, markersize=4, label=f"{name}, {_epochs(name, rows)} epochs"
        )
        interval_line(axes, (float(rows[-1]["low"]), float(rows[-1]["high"])), minutes[-1], color=colour)
        if name == OURS and len(rows) > LENGTHS[0]:
            second = minutes[LENGTHS[0] - 1]
            axes.axvline(second, color=colour, linewidth=1, linestyle=":")
            axes.annotate("its second network begins ", (second, 0.98), color=colour, ha="right", va="top")
    n, groups = len(held.labels), len(set(held.groups))
    axes.set_title(f"TN5000, blocks that weren't learned from: n = {n}, {groups} groups; 95 % interval at the end")
    axes.set(xlabel="Minutes of training on two cores", ylabel="AUC", xlim=(0, None), ylim=(None, 1.0))
    axes.legend(loc="lower right")
    figure.savefig(to, metadata={"Date": None})


def _rows(content: bytes) -> list[Row]:
    return list(csv.DictReader(content.decode().splitlines()))


def _epochs(name: str, rows: Sequence[Row]) -> str:
    """The epochs that were learned: "9 of 24" of a training that isn't finished."""
    whole = WHOLE.get(name, len(rows))
    return str(whole) if len(rows) == whole else f"{len(rows)} of {whole}"


def _interval(value: float, low: float, high: float) -> str:
    return f"{_short(value)} ({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


@click.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.argument("shipped", type=click.Path(exists=True, path_type=Path))
@click.argument("to", type=click.Path(path_type=Path))
def main(run: Path, shipped: Path, to: Path) -> None:
    """Draws and prints."""
    every, held = curves(run), Held.read(run, shipped)
    every = {name: rows for name, rows in every.items() if rows}
    draw(every, held, to)
    goal = held.goal
    click.echo(table(every, held))
    click.echo(f"{SHIPPED} on these nodules: {_interval(goal.value, goal.low, goal.high)}, n = {len(held.labels)}")
    for name in [one for one in every if one != OURS and OURS in every]:
        less = delong(held.labels, held.p[OURS], held.p[name], held.groups)
        difference = _interval(less.estimate.value, less.estimate.low, less.estimate.high)
        click.echo(f"{OURS} less {name}: {difference}, p = {less.p_value:.2g}")
    for name, rows in every.items():
        busy = np.average([float(row["others"]) for row in rows])
        click.echo(f"{name}: {float(rows[-1]['wall_minutes']):.1f} minutes by the wall, others had {busy:.0%}")


if __name__ == "__main__":
    main()
