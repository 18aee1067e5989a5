"""What the tables of a study's report hold, shared by the page and the Markdown so that nothing is reckoned twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.baselines.table import BASELINES
from isthmus.cross.protocols import HONEST, PROTOCOLS, Protocol, named
from isthmus.judge.intervals import Estimate
from isthmus.nodule import Label
from isthmus.recipe import PAPER
from isthmus.study import paper
from isthmus.study.compare import BFC, GLOBAL, RFC
from isthmus.study.findings import Findings
from isthmus.study.grid import BASELINE, CROPS_ALONE, cells
from isthmus.study.tables import METRICS, Row
from isthmus.study.words import known, setting

OWN = "fourconv"
ARCHITECTURES: Mapping[str, str] = {
    GLOBAL: "Global branch alone",
    RFC: "Global branch + random feature crops (RFC)",
    BFC: "Global branch + boundary feature crops (BFC)",
    CROPS_ALONE: "Boundary feature crops alone",
    BASELINE: "Baselines, which the paper has not",
}
BACKBONES: Mapping[str, str] = {
    "inception_v3": "Inception v3",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "xception": "Xception",
    OWN: "Paper’s own (fourconv)",
}
# What a table varies of a recipe; rows that differ in anything else are marked.
VARIED: Mapping[str, frozenset[str]] = {
    "table4": frozenset({"name", "crops", "backbone", "upsampling"}),
    "table3": frozenset({"name", "crops", "alpha", "omega"}),
    "ablations": frozenset(
        {"name", "crops", "omega", "crop_count", "steps", "weight_malignant", "weight_benign", "head", "upsampling"}
        | {"resize", "margin"}
    ),
}


@dataclass(frozen=True)
class Condition:
    """What a row was judged under."""

    protocol: str
    labels: str

    @property
    def rules(self) -> Protocol:
        """The protocol itself."""
        return named(self.protocol)

    @property
    def told(self) -> str:
        """For captions."""
        return f"protocol {self.protocol} ({self.rules.title}), labels {self.labels}"


@dataclass(frozen=True)
class Counts:
    """Nodules tested, and the groups (patients joined by duplicate images) that they come from."""

    n: int
    benign: int
    malignant: int
    groups: int


@dataclass(frozen=True)
class Line:
    """A row as it is shown; ``printed`` is the paper's, ``unusual`` says in what it differs from ``own_network``."""

    row: Row
    name: str
    about: str
    size: str
    epochs: str  # which were kept, a fold each, of how many at most
    unusual: str
    printed: Mapping[str, Estimate]
    again: bool  # the same run stands in Table 4


@dataclass(frozen=True)
class Section:
    """A table under one condition, its lines in blocks by heading.

    ``reasons`` are letters for why a figure is undefined, ``unusual`` the names of lines by what is unusual of them.
    """

    condition: Condition
    counts: Counts | None
    blocks: Mapping[str, tuple[Line, ...]]
    reasons: Mapping[str, str]
    unusual: Mapping[str, tuple[str, ...]]


def conditions(found: Findings) -> tuple[Condition, ...]:
    """Every protocol and label policy that was asked for, the honest protocol first."""
    order, policies = list(PROTOCOLS), list(found.ledger.data)
    every = {Condition(entry.protocol, entry.labels) for entry in found.ledger.entries}

    def rank(one: Condition) -> tuple[int, int, str, str]:
        labels = policies.index(one.labels) if one.labels in policies else len(policies)
        return (order.index(one.protocol), labels, one.protocol, one.labels)

    return tuple(sorted(every, key=rank))


def protocols(found: Findings) -> tuple[Protocol, ...]:
    """Every protocol that was asked for, the honest one first."""
    return tuple(named(name) for name in dict.fromkeys(one.protocol for one in conditions(found)))


def ordered(found: Findings, table: str) -> tuple[Row, ...]:
    """A table's rows in the order of the grid, in whatever order they were asked for."""
    at = {tuple(cell.place[1:4]): number for number, cell in enumerate(cells(table, PAPER, ("",), ("",)))}
    return tuple(sorted(found.tables.get(table, ()), key=lambda row: at.get(row.entry.place[1:4], len(at))))


def every_row(found: Findings) -> tuple[Row, ...]:
    """All rows, Table 4's first."""
    return tuple(row for table in ("table4", "table3", "ablations") for row in ordered(found, table))


def filled(found: Findings) -> tuple[int, int]:
    """How many cells are filled, and how many were asked for."""
    rows = every_row(found)
    return sum(row.run is not None for row in rows), len(rows)


def counted(row: Row) -> Counts | None:
    """Who was tested in a filled row."""
    if row.run is None:
        return None
    malignant = len({one.nodule for one in row.run.rows if one.label is Label.MALIGNANT})
    return Counts(row.n, row.n - malignant, malignant, len(set(row.run.groups)))


def tested(found: Findings) -> dict[str, Counts]:
    """The most nodules that any run tested, by label policy."""
    most: dict[str, Row] = {}
    for row in every_row(found):
        if row.run is not None and row.n > most.get(row.entry.labels, row).n * (row.entry.labels in most):
            most[row.entry.labels] = row
    counts = {labels: counted(most[labels]) for labels in found.ledger.data if labels in most}
    return {labels: own for labels, own in counts.items() if own is not None}


def headline(found: Findings) -> dict[str, Row]:
    """The paper's best network, BFC on its own backbone, under the honest protocol, by label policy; if finished."""
    own = [row for row in found.tables.get("table4", ()) if row.run and row.entry.place[1:3] == (BFC, OWN)]
    return {row.entry.labels: row for row in own if row.entry.protocol == HONEST.name}


def sections(found: Findings, table: str) -> tuple[Section, ...]:
    """A table's lines under each condition that was asked for."""
    rows = ordered(found, table)
    usual, there = _usual(own_network(rows), VARIED[table]), _runs(found)
    made = []
    for condition in conditions(found):
        own = [row for row in rows if (row.entry.protocol, row.entry.labels) == (condition.protocol, condition.labels)]
        blocks: dict[str, list[Line]] = {}
        planned = _commonest([plan(row) for row in own_network(own)])
        for row in own:
            again = table != "table4" and (condition, row.entry.run) in there
            blocks.setdefault(_heading(row), []).append(_line(row, usual, planned, again))
        counts = max((counts for row in own if (counts := counted(row))), key=lambda one: one.n, default=None)
        if own:
            lines = {heading: tuple(block) for heading, block in blocks.items()}
            made.append(Section(condition, counts, lines, _reasons(own), _marked(lines)))
    return tuple(made)


def _marked(blocks: Mapping[str, Sequence[Line]]) -> dict[str, tuple[str, ...]]:
    marked: dict[str, list[str]] = {}
    for heading, lines in blocks.items():
        for line in lines:
            if line.unusual:
                place = heading if line.row.entry.table == "ablations" else line.row.entry.architecture
                marked.setdefault(line.unusual, []).append(f"{place}, {line.name}")
    return {unusual: tuple(names) for unusual, names in marked.items()}


def _runs(found: Findings) -> set[tuple[Condition, str]]:
    return {(Condition(row.entry.protocol, row.entry.labels), row.entry.run) for row in found.tables.get("table4", ())}


def _heading(row: Row) -> str:
    if row.entry.table != "ablations":
        return ARCHITECTURES.get(row.entry.architecture, row.entry.architecture)
    return row.entry.setting.partition(" = ")[0]


def own_network(rows: Sequence[Row]) -> list[Row]:
    """The filled rows of the paper's own backbone, by which others are called unusual; all that are, without one."""
    filled = [row for row in rows if row.run]
    return [row for row in filled if row.entry.backbone == OWN] or filled


def plan(row: Row) -> dict[str, Any]:
    """What of its plan counts, by name; empty where there is no run, or its manifest doesn't say."""
    identity = row.run.manifest.get("identity", {}) if row.run else {}
    counting = (named(row.entry.protocol).parts.name, "repeats", "seed")
    return {name: identity[name] for name in counting if name in identity}


def _line(row: Row, usual: Mapping[str, Any], planned: Mapping[str, Any], again: bool) -> Line:
    entry, recipe = row.entry, row.run.recipe if row.run else None
    name = entry.setting.partition(" = ")[2] or BACKBONES.get(entry.backbone, entry.backbone)
    baseline = BASELINES.get(entry.backbone) if entry.architecture == BASELINE else None
    by_grid = {"head"} if entry.table == "table4" and entry.backbone != OWN else set()  # always averaged
    here = {name: recipe.values[name] for name in usual if recipe and name not in by_grid} | plan(row)
    most = {**usual, **planned}
    differs = [name for name, value in here.items() if value != most.get(name, value)]
    return Line(
        row=row,
        name=baseline.title if baseline else name,
        about=baseline.about if baseline else "",
        size=str(recipe.preparation.size) if recipe else "",
        epochs=f"{_between(row.kept)} of {recipe.learning.epochs}" if recipe and row.kept else "",
        unusual=", ".join(f"{name} {setting(here[name])} (usually {setting(most[name])})" for name in sorted(differs)),
        printed=paper.metrics(row.paper) if row.paper else {},
        again=again,
    )


def _usual(rows: Sequence[Row], varied: frozenset[str]) -> dict[str, Any]:
    """The commonest value of every field that the table doesn't vary."""
    recipes = [row.run.recipe for row in rows if row.run and row.run.recipe]
    return _commonest([{n: value for n, value in one.values.items() if n not in varied} for one in recipes])


def _between(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least}–{most}"


def _commonest(every: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The commonest value of each name."""
    names = dict.fromkeys(name for one in every for name in one)
    return {name: Counter(one[name] for one in every if name in one).most_common(1)[0][0] for name in names}


def _reasons(rows: Sequence[Row]) -> dict[str, str]:
    methods = dict.fromkeys(
        row.metrics[name].method for row in rows for name in METRICS if row.run and not known(row.metrics[name].value)
    )
    return {method: "abcdefghijklmnopqrstuvwxyz"[at % 26] for at, method in enumerate(methods)}
