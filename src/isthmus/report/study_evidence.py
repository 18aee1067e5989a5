"""What a study's report says of its claims, comparisons, prices and costs, beside the tables themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from isthmus.cross.protocols import HONEST
from isthmus.report.study_tables import Condition, conditions, every_row
from isthmus.study.compare import SURE, Comparison
from isthmus.study.costs import Cost, network_name
from isthmus.study.findings import Findings
from isthmus.study.leak import Price
from isthmus.study.tables import Row
from isthmus.study.verdicts import NOT_TESTED, Verdict
from isthmus.study.words import known

FIRST, SECOND, DISAGREE, UNSHOWN = "first better", "second better", "accuracy and AUC disagree", "not shown"
TURNS = "not in every repeat"
JUDGED = (
    "The paper’s sentences, word for word, are judged as they stand; below each a narrower one, in our words. Not "
    "shown is no proof of the contrary; contradicted is shown the other way round; partly tested lacks some of its "
    "runs, not tested all."
)


@dataclass(frozen=True)
class Network:
    """A network's cost; the factors are the rival's cost, five crops of the image, over its own: nan without crops."""

    name: str
    size: int
    cost: Cost
    seconds_per_epoch: float
    counted: float
    timed: float


@dataclass(frozen=True)
class Paid:
    """A price, and how many nodules its networks learned from under each protocol (a mean over trainings)."""

    price: Price
    learned_optimistic: float
    learned_grouped: float


def verdict_at(verdicts: Sequence[Verdict], condition: Condition) -> Verdict:
    """The verdict under a condition; not tested where there is none."""
    own = [one for one in verdicts if (one.protocol, one.labels) == (condition.protocol, condition.labels)]
    return own[0] if own else Verdict(condition.protocol, condition.labels, NOT_TESTED, (), 0)


def everywhere(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict that depends on no condition; None where there is none."""
    return next((one for one in verdicts if not one.protocol), None)


def shown(one: Comparison) -> str:
    """What a comparison shows, as a word."""
    if one.evidence:
        return FIRST if one.evidence > 0 else SECOND
    if one.shown:
        return DISAGREE
    return TURNS if min(one.accuracy_p, one.auc_p) < SURE else UNSHOWN


def differing(family: Sequence[Comparison]) -> int:
    """How many of the comparisons show a difference."""
    return sum(bool(one.shown) for one in family)


def families(found: Findings) -> dict[Condition, tuple[Comparison, ...]]:
    """The comparisons of each condition, which were corrected together."""
    own: dict[Condition, list[Comparison]] = {condition: [] for condition in conditions(found)}
    for one in found.comparisons:
        own.setdefault(Condition(one.protocol, one.labels), []).append(one)
    return {condition: tuple(family) for condition, family in own.items() if family}


def paid(found: Findings) -> tuple[Paid, ...]:
    """The prices with what was learned from."""
    learned = {row.entry.place[1:]: _learned(row) for row in found.tables.get("table4", ()) if row.run}
    return tuple(
        Paid(
            one,
            *(
                learned[one.architecture, one.backbone, "", protocol, one.labels]
                for protocol in (one.protocol, HONEST.name)
            ),
        )
        for one in found.prices
    )


def _learned(row: Row) -> float:
    folds = row.run.folds if row.run else ()
    return math.fsum(fold.learned_from for fold in folds) / len(folds) if folds else math.nan


def networks(found: Findings) -> dict[str, tuple[Network, ...]]:
    """Every network that was measured, in the first table that it stands in."""
    seen: dict[str, list[Row]] = {}
    for row in every_row(found):
        if row.run and row.run.recipe and network_name(row.run.recipe) in found.costs:
            seen.setdefault(network_name(row.run.recipe), []).append(row)
    made: dict[str, list[Network]] = {}
    for name, rows in seen.items():
        made.setdefault(rows[0].entry.table, []).append(_network(rows, found.costs[name]))
    return {table: tuple(made[table]) for table in ("table4", "table3", "ablations") if table in made}


def _network(rows: Sequence[Row], cost: Cost) -> Network:
    entry, recipe = rows[0].entry, rows[0].run.recipe if rows[0].run else None
    assert recipe is not None
    crops = recipe.network.crops != "none"
    epochs = [row.seconds_per_epoch for row in rows if known(row.seconds_per_epoch)]
    return Network(
        name=", ".join(filter(None, (entry.architecture, entry.backbone, entry.setting))),
        size=recipe.preparation.size,
        cost=cost,
        seconds_per_epoch=math.fsum(epochs) / len(epochs) if epochs else math.nan,
        counted=cost.crops_of_image_multiply_adds / cost.multiply_adds if crops else math.nan,
        timed=cost.times if crops else math.nan,
    )
