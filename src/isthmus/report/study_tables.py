"""The tables of a study's report, described once for its page and its Markdown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isthmus.baselines.table import BASELINES
from isthmus.cross.protocols import named
from isthmus.report.study_rows import (
    REPORTED,
    Condition,
    Counts,
    condition_of,
    conditions,
    every_row,
    most_tested,
    ordered,
    reference_rows,
)
from isthmus.report.table import Cell, Column, Letters, Line, Table, estimate, explained, line, p_cell, share
from isthmus.report.words import (
    ARCHITECTURES,
    BACKBONES,
    HEADINGS,
    KNOBS,
    UNKNOWN,
    count,
    interval,
    known,
    model,
    number,
    setting,
)
from isthmus.report.words import METRICS as TITLES
from isthmus.study import paper
from isthmus.study.compare import SURE, Comparison
from isthmus.study.costs import Cost, network_name
from isthmus.study.findings import Findings
from isthmus.study.grid import Architecture, Model, knob_and_value, varied
from isthmus.study.leak import Price
from isthmus.study.tables import METRICS, Row

FIRST_COLUMN = {"table4": "Backbone or baseline", "table3": "alpha", "ablations": "Setting and value"}


@dataclass(frozen=True)
class Section:
    """A table of results under one condition; ``counts`` is None where no row is finished."""

    condition: Condition
    counts: Counts | None
    table: Table


@dataclass(frozen=True)
class Family:
    """Comparisons under one condition, corrected together: how many were made, how many show a difference."""

    condition: Condition
    table: Table
    n: int
    shown: int


@dataclass(frozen=True)
class Saving:
    """The cost of five crops of the image over that of cropping features, by the count and by the clock."""

    counted: float
    timed: float


def sections(findings: Findings, name: str) -> tuple[Section, ...]:
    """A table's results under each condition; one without a row is left out."""
    rows = ordered(findings, name)
    usual = _usual(reference_rows(rows))
    in_table_4 = {(condition_of(row), row.entry.run) for row in findings.tables.get("table4", ())}
    made = []
    for condition in conditions(findings):
        under = [row for row in rows if condition_of(row) == condition]
        if under:
            again = {row.entry.run for row in under if name != "table4" and (condition, row.entry.run) in in_table_4}
            made.append(Section(condition, most_tested(under), _results(name, under, usual, again)))
    return tuple(made)


def _results(name: str, rows: Sequence[Row], usual: Mapping[str, Any], again: set[str]) -> Table:
    here = {**usual, **_commonest([_plan(row) for row in reference_rows(rows)])}
    letters, blocks, unusual = Letters(), dict[str, list[Line]](), dict[str, list[str]]()
    for row in rows:
        entry = row.entry
        knob, value = knob_and_value(entry.setting)
        heading = KNOBS.get(knob, knob)
        block = heading if name == "ablations" else HEADINGS.get(entry.architecture, entry.architecture)
        title = value or backbone_title(row)
        differs = _unusual(row, here)
        if differs:
            place = heading if name == "ablations" else ARCHITECTURES[entry.architecture]
            unusual.setdefault(differs, []).append(f"{place}, {title}")
        first = Cell(title + " †" * bool(differs), "as in Table 4" * (entry.run in again))
        blocks.setdefault(block, []).extend(_pair(row, first, letters))
    columns = (Column(FIRST_COLUMN[name], "text"), Column("Whose", "text"), Column("Pixels"), Column("Epoch kept"))
    metrics = tuple(Column(TITLES[metric][0], "estimate") for metric in METRICS)
    notes = tuple((("†"), f"{text}: {'; '.join(names)}") for text, names in unusual.items())
    lines = {heading: tuple(block) for heading, block in blocks.items()}
    return Table((*columns, Column("n"), *metrics), lines, (*letters.notes, *notes))


def backbone_title(row: Row) -> str:
    """A backbone, or a baseline, as a heading."""
    backbone = row.entry.backbone
    is_baseline = row.entry.architecture == Architecture.BASELINE and backbone in BASELINES
    return BASELINES[backbone].title if is_baseline else BACKBONES.get(backbone, backbone)


def _pair(row: Row, first: Cell, letters: Letters) -> Iterator[Line]:
    """The row as it was run, and the paper's below it where the paper has one."""
    whose = "ours" if row.paper else ""
    if row.run:
        recipe = row.run.recipe
        size = str(recipe.preparation.size) if recipe else ""
        epochs = f"{_between(row.kept)} of {recipe.learning.epochs}" if recipe and row.kept else ""
        metrics = [explained(row.metrics[metric], letters) for metric in METRICS]
        yield line(first, whose, size, epochs, str(row.n), *metrics, style="paired" if row.paper else "")
    else:
        yield line(first, whose, "", "", "", row.entry.why or "empty", style="paired" if row.paper else "")
    if row.paper:
        printed = paper.metrics(row.paper)
        metrics = [estimate(printed[metric]) if metric in printed else Cell(UNKNOWN) for metric in METRICS]
        yield line("", "paper", "224", UNKNOWN, str(paper.BENIGN + paper.MALIGNANT), *metrics, style="printed")


def _between(numbers: Sequence[int]) -> str:
    least, most = min(numbers), max(numbers)
    return str(least) if least == most else f"{least}–{most}"


def _plan(row: Row) -> dict[str, Any]:
    """What of its plan can be unusual, by name; empty where there is no run, or its manifest doesn't say."""
    identity = row.run.manifest.get("identity", {}) if row.run else {}
    return {
        name: identity[name] for name in (named(row.entry.protocol).parts.name, "repeats", "seed") if name in identity
    }


def _unusual(row: Row, usual: Mapping[str, Any]) -> str:
    """In what a row differs from the usual settings, in words; "" where in nothing."""
    here = {name: value for name, value in _fixed(row).items() if name in usual} | _plan(row)
    differs = sorted(name for name, value in here.items() if value != usual.get(name, value))
    return ", ".join(f"{name} {setting(here[name])} (usually {setting(usual[name])})" for name in differs)


def _usual(rows: Sequence[Row]) -> dict[str, Any]:
    """The commonest value of every field that the table doesn't vary."""
    return _commonest([_fixed(row) for row in rows])


def _fixed(row: Row) -> dict[str, Any]:
    """The fields of a row's recipe that its table doesn't vary; none without a recipe."""
    recipe = row.run.recipe if row.run else None
    free = varied(row.entry.table, row.entry.backbone)
    return {name: value for name, value in recipe.values.items() if name not in free} if recipe else {}


def _commonest(every: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The commonest value of each name."""
    names = dict.fromkeys(name for one in every for name in one)
    return {name: Counter(one[name] for one in every if name in one).most_common(1)[0][0] for name in names}


def prices(findings: Findings) -> Table | None:
    """The same networks under an optimistic protocol and under the honest one; None where none is run under both."""
    rows = [row for row in findings.tables.get("table4", ()) if row.run]
    learned: dict[tuple[str, ...], float] = {row.entry.place[1:]: _learned_from(row) for row in rows}
    columns = [Column("Network", "text"), Column("n")]
    columns += [Column(title, group="AUC within folds") for title in ("by image", "last epoch", "by group")]
    columns += [Column("difference", "estimate", "AUC within folds"), Column("p", group="AUC within folds")]
    columns += [Column("by image", group="Accuracy"), Column("by group", group="Accuracy")]
    columns += [Column("difference", "estimate", "Accuracy")]
    columns += [Column(title, "estimate", "Also in training") for title in ("patient", "image")]
    columns += [Column(title, group="Nodules learned from") for title in ("by image", "by group")]
    blocks: dict[str, tuple[Line, ...]] = {}
    for one in findings.prices:
        heading = f"Protocols {one.protocol} and {one.honest}, labels {one.labels}"
        named = findings.protocol(one.protocol).grouping.names_patients
        blocks[heading] = (*blocks.get(heading, ()), _price(one, learned, named))
    return Table(tuple(columns), blocks) if blocks else None


def _price(one: Price, learned: Mapping[tuple[str, ...], float], names_patients: bool) -> Line:
    places = ((one.architecture, one.backbone, "", protocol, one.labels) for protocol in (one.protocol, one.honest))
    return line(
        *(model(Model(one.architecture, one.backbone)), count(one.n)),
        *map(number, (one.auc_optimistic, one.auc_last, one.auc_honest)),
        *(estimate(one.auc.estimate), p_cell(one.auc.p_value)),
        *(number(one.accuracy_optimistic), number(one.accuracy_honest), estimate(one.accuracy)),
        *(share(one.same_patient, one.leaked_n) if names_patients else UNKNOWN, share(one.same_image, one.leaked_n)),
        *(number(learned[place], 0) for place in places),
    )


def _learned_from(row: Row) -> float:
    """Nodules that a training of the row learned from, the folds' mean."""
    folds = row.run.folds if row.run else ()
    return math.fsum(fold.learned_from for fold in folds) / len(folds) if folds else math.nan


def families(findings: Findings) -> tuple[Family, ...]:
    """The comparisons of each condition."""
    made: dict[Condition, list[Comparison]] = {condition: [] for condition in conditions(findings)}
    for one in findings.comparisons:
        made.setdefault(Condition(one.protocol, one.labels), []).append(one)
    return tuple(_family(condition, comparisons) for condition, comparisons in made.items() if comparisons)


def _family(condition: Condition, comparisons: Sequence[Comparison]) -> Family:
    letters = Letters()
    columns = [Column("First", "text"), Column("Second", "text"), Column("n")]
    columns += [Column("difference", "estimate", "AUC within folds"), Column("p", group="AUC within folds")]
    columns += [Column(title, group="Right (McNemar)") for title in ("first only", "second only", "p")]
    lines = tuple(
        line(
            *(
                model(one.first),
                model(one.second),
                count(one.n),
                explained(one.auc.estimate, letters),
                p_cell(one.auc_p),
            ),
            *(str(one.accuracy.only_first), str(one.accuracy.only_second), p_cell(one.accuracy_p), shown(one)),
            style="shown" if one.shown else "",
        )
        for one in comparisons
    )
    table = Table((*columns, Column("Shown", "text")), {"": lines}, letters.notes)
    return Family(condition, table, len(comparisons), sum(bool(one.shown) for one in comparisons))


def shown(one: Comparison) -> str:
    """What a comparison shows, in two or three words."""
    if one.evidence:
        return "first better" if one.evidence > 0 else "second better"
    if one.shown:
        return "accuracy and AUC disagree"
    return "not in every repeat" if min(one.accuracy_p, one.auc_p) < SURE else "not shown"


def networks(findings: Findings) -> dict[str, Table]:
    """What each measured network costs, under the first table that it stands in."""
    columns = [Column("Network", "text"), Column("Pixels"), Column("Weights, millions")]
    columns += [Column(title, group="Multiply-adds, millions") for title in ("features", "image", "×")]
    columns += [Column(title, group="Milliseconds an image") for title in ("features", "image")]
    columns += [Column("× (quartiles)", "estimate", "Milliseconds an image"), Column("n timings"), Column("s an epoch")]
    lines: dict[str, list[Line]] = {}
    for rows in _measured(findings):
        lines.setdefault(rows[0].entry.table, []).append(_network(rows, findings.costs))
    return {name: Table(tuple(columns), {"": tuple(lines[name])}) for name in REPORTED if name in lines}


def _measured(findings: Findings) -> list[list[Row]]:
    """The rows of each measured network."""
    by_network: dict[str, list[Row]] = {}
    for row in every_row(findings):
        if row.run and row.run.recipe and findings.cost(row) is not None:
            by_network.setdefault(network_name(row.run.recipe), []).append(row)
    return list(by_network.values())


def _network(rows: Sequence[Row], costs: Mapping[str, Cost]) -> Line:
    entry, recipe = rows[0].entry, rows[0].run.recipe if rows[0].run else None
    assert recipe is not None
    cost, saving = costs[network_name(recipe)], _saving(rows[0], costs)
    epochs = [row.seconds_per_epoch for row in rows if known(row.seconds_per_epoch)]
    rivals = (cost.crops_of_image_multiply_adds / 1e6, cost.crops_of_image_ms) if saving else (None, None)
    return line(
        *(", ".join(filter(None, (entry.architecture, entry.backbone, entry.setting))), str(recipe.preparation.size)),
        *(number(cost.parameters / 1e6, 2), number(cost.multiply_adds / 1e6, 1), number(rivals[0], 1)),
        *(number(saving.counted if saving else None, 1), number(cost.ms_per_image, 1), number(rivals[1], 1)),
        Cell(number(saving.timed, 1), interval(cost.times_low, cost.times_high, 1)) if saving else Cell(UNKNOWN),
        *(str(cost.rounds), number(math.fsum(epochs) / len(epochs) if epochs else None, 1)),
    )


def _saving(row: Row, costs: Mapping[str, Cost]) -> Saving | None:
    """None for a network without crops."""
    recipe = row.run.recipe if row.run else None
    if recipe is None or recipe.network.crops == "none":
        return None
    cost = costs[network_name(recipe)]
    return Saving(cost.crops_of_image_multiply_adds / cost.multiply_adds, cost.times)


def savings(findings: Findings) -> tuple[Saving, ...]:
    """What cropping features saves, for each network of Table 4 with crops."""
    rows = [rows[0] for rows in _measured(findings) if rows[0].entry.table == "table4"]
    return tuple(saving for row in rows if (saving := _saving(row, findings.costs)))
