"""AUC on other blocks against minutes of training: recipe ``quick`` beside plain PyTorch loops.

    python benchmarks/time_to_accuracy.py ROOT --to RUN [--minutes 20] [--threads 2] [--only NAME]

ROOT is TN5000. All learn from the nodules that ``isthmus train --recipe quick --group-by sequence:50`` learns from, and
are tested on those that it sets aside; the test is on no clock. They take turns of one epoch, the next being whoever
has used the least time, and stop after the turn in which their minutes are over. A clock runs in a contender's turns
alone: it is the processor time of this process over two cores, since others may share the machine; wall time stands
beside it. On a busy machine threads that wait for each other use processor time: run each contender there by itself
(``--only``), side by side into one folder, with one thread. A run that was killed goes on after its last whole turn.
Writes RUN/curves.csv, a row a turn, and RUN/held.csv.gz with P(malignant) after the last;
``time_to_accuracy_chart.py`` draws both.

The plain loops are timm's networks with random resized crops, flips, AdamW on a cosine, cross-entropy, in fp32, on a
window of 1.8 times the box.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
import torch

from contest.ours import Ours
from contest.plain import Plain
from contest.record import Record, Turn, load, save, seen
from contest.task import Contender, Task
from isthmus import files
from isthmus.data.sources import open_source
from isthmus.data.tables import as_csv
from isthmus.data.threads import cores
from isthmus.recipes import ENSEMBLES

COLUMNS = ("contender", "turn", "minutes", "wall_minutes", "others", "auc", "low", "high", "n")
OURS = "isthmus, recipe quick"
CORES = 2  # of the clock
# name; timm's name, pixels, peak of the learning rate, and epochs, which take about as long as ours
PLAIN = (
    ("plain EfficientNet-Lite0", "tf_efficientnet_lite0", 128, 5e-4, 12),
    ("plain ResNet50", "resnet50", 112, 1e-3, 5),
)


def compete(every: Sequence[Contender], task: Task, to: Path, minutes: float) -> Mapping[str, Record]:
    """Turns until each contender has done all of its own, or has used ``minutes``; the records by name."""
    records = {one.name: load(_path(to, one.name), one) for one in every}
    while True:
        waiting = [one for one in every if len(records[one.name].turns) <= one.turns]
        waiting = [one for one in waiting if records[one.name].minutes < minutes]
        if not waiting:
            return records
        one = min(waiting, key=lambda each: records[each.name].minutes)
        record = records[one.name] = _after_a_turn(one, records[one.name], task)
        save(record, one, _path(to, one.name))
        _write(task, to)
        click.echo(
            f"{one.name}, turn {len(record.turns) - 1}: {record.minutes:.1f} minutes, AUC {record.turns[-1].auc:.3f}"
        )


def _path(to: Path, name: str) -> Path:
    return to / f"{name}.safetensors"


def _after_a_turn(one: Contender, record: Record, task: Task) -> Record:
    number = len(record.turns)
    wall, clock, busy = time.perf_counter(), time.process_time(), _busy()
    if number:
        one.turn(number)
    else:
        one.prepare()
    wall, clock, busy = time.perf_counter() - wall, time.process_time() - clock, _busy() - busy
    others = max(0.0, (busy - clock) / wall / cores())
    if not number:
        return Record((Turn(clock / CORES, wall, others),))
    p = one.read()
    return Record((*record.turns, Turn(clock / CORES, wall, others, *task.auc(p))), p)


def _busy() -> float:
    """Seconds that all processors of this machine have worked for anybody; nan where the system doesn't tell."""
    stat = Path("/proc/stat")
    if not stat.is_file():
        return math.nan
    user, nice, system, _, _, *interrupts = map(int, stat.read_text(encoding="ascii").splitlines()[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def _write(task: Task, to: Path) -> None:
    """Writes the tables of all contenders that have a record in ``to``."""
    records = {path.stem: seen(path) for path in sorted(to.glob("*.safetensors"))}
    rows, n = [], str(len(task.held))
    for name, record in records.items():
        clock = wall = 0.0
        for number, turn in enumerate(record.turns):
            clock, wall = clock + turn.clock / 60, wall + turn.wall / 60
            figures = (f"{value:.4f}" for value in (clock, wall, turn.others, turn.auc, turn.low, turn.high))
            rows.append([name, str(number), *figures, n])
    files.write_text(to / "curves.csv", as_csv([COLUMNS, *rows]))
    read = {name: record.p for name, record in records.items() if len(record.p)}
    held = [task.nodules[at] for at in task.held]
    table = [
        [nodule.id, str(nodule.label), task.groups[at], *(f"{p[row]:.5f}" for p in read.values())]
        for row, (at, nodule) in enumerate(zip(task.held, held, strict=True))
    ]
    files.write_gzip(to / "held.csv.gz", as_csv([["nodule", "label", "group", *read], *table]))


@click.command()
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the run, new or to go on with.")
@click.option("--minutes", default=20.0, show_default=True, help="What each contender may use, by its clock.")
@click.option("--threads", default=2, show_default=True, help="Threads of torch.")
@click.option("--only", metavar="NAME", help="One of the contenders: ours, or a network's name of timm's.")
def main(root: Path, to: Path, minutes: float, threads: int, only: str | None) -> None:
    """Has the contenders learn in turns."""
    torch.set_num_threads(threads)
    files.make_folder(to)
    data = open_source("tn5000", root)
    task = Task.of(data, to)
    makers: dict[str, Callable[[], Contender]] = {"ours": lambda: Ours(OURS, ENSEMBLES["quick"], task)}
    makers |= {one[1]: partial(Plain, *one, task) for one in PLAIN}
    if only and only not in makers:
        raise click.BadParameter(f"Use {', '.join(makers)}.", param_hint="--only")
    compete([make() for name, make in makers.items() if only in (None, name)], task, to, minutes)


if __name__ == "__main__":
    main()
