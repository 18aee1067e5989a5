"""Findings of a study made by hand out of made rows, without a training."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence

import numpy as np

from isthmus.cross.fold import Fold
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.stored import Stored
from isthmus.data.split import Leak
from isthmus.learn.checkpoint import Epoch
from isthmus.nodule import Label
from isthmus.recipe import PAPER, Recipe
from isthmus.study import paper
from isthmus.study.claims import claims
from isthmus.study.compare import families
from isthmus.study.costs import Cost, network_name
from isthmus.study.findings import Findings
from isthmus.study.grid import TABLES, Cell, cells
from isthmus.study.leak import prices
from isthmus.study.ledger import Entry, Ledger
from isthmus.study.tables import Row, filled
from make.crossing import MANIFEST

POLICIES = ("benign-2-3-4a", "benign-2-3")
PROTOCOLS = ("grouped", "paper")
BASE = PAPER.changed(name="tried", size=96, epochs=6)
SHOWN = ("global / fourconv /", "RFC / fourconv /", "BFC / fourconv /", "BFC / resnet50", "majority")  # in cells' names
TURNED = ("alpha = 0.6", "alpha = 1", "weights", "omega = 0.25")  # settings that are filled
EMPTY = "vgg19"
WHY = "DataError: 3 of 5 folds can be read. Run it again."


def findings(
    kind: str = "ddti",
    shown: Iterable[str] = SHOWN,
    protocols: Sequence[str] = PROTOCOLS,
    policies: Sequence[str] = POLICIES,
    tables: Sequence[str] = TABLES,
    timid: str = "global + RFC / fourconv",
) -> Findings:
    """A study whose cells of ``shown`` names are filled, those of EMPTY are empty; ``timid`` never says malignant."""
    wanted = [cell for table in tables for cell in cells(table, BASE, protocols, policies)]
    made = {
        table: tuple(_row(cell, timid) for cell in wanted if cell.table == table and _is(cell, shown))
        for table in TABLES
    }
    recipes = [row.run.recipe for own in made.values() for row in own if row.run and row.run.recipe]
    costs = {network_name(recipe): cost(recipe) for recipe in recipes}
    ledger = Ledger(
        kind,
        {policy: f"{at}123456789ab" for at, policy in enumerate(policies)},
        tuple(row.entry for own in made.values() for row in own),
        ("isthmus study table4 ddti --as ddti --to study",),
        ("0.1.0",),
    )
    four = made["table4"]
    return Findings(ledger, made, costs, families(four), prices(four), claims(made, costs))


@functools.cache
def whole() -> Findings:
    """Both protocols and policies, made once."""
    return findings()


@functools.cache
def small(kind: str = "phantom") -> Findings:
    """One network with a baseline, by patient, under one policy; nothing of Table 3 and no ablation."""
    return findings(kind, ("BFC / fourconv /", "majority"), ("grouped",), POLICIES[:1], ("table4",))


def _is(cell: Cell, shown: Iterable[str]) -> bool:
    if cell.setting:
        return cell.setting.startswith(TURNED)
    return EMPTY in str(cell) or any(name in str(cell) for name in shown)


def cost(recipe: Recipe) -> Cost:
    deep = 1 if recipe.network.backbone == "fourconv" else 30
    return Cost(
        500_000 * deep,
        16_000_000 * deep,
        2.5 * deep,
        80_000_000 * deep,
        7.5 * deep,
        3.0,
        2.9,
        3.1,
        2,
        15,
        "Linux x86_64",
    )


def _row(cell: Cell, timid: str) -> Row:
    name = "-".join(str(part) for part in (cell.recipe.fingerprint if cell.recipe else cell.backbone, *cell.place[4:]))
    entry = Entry(*cell.place, name, WHY if cell.backbone == EMPTY else "")
    printed = paper.confusion_of(cell.table, cell.model)
    if cell.backbone == EMPTY:
        return Row(entry, None, {}, None, printed, 0)
    run = stored(cell, name, 0.2 if timid and timid in str(cell) else None)
    return filled(entry, run)


def stored(cell: Cell, name: str, most: float | None = None, count: int = 60, folds: int = 2) -> Stored:
    """A run of made predictions; with ``most`` no P(malignant) is above it."""
    recipe = cell.recipe
    if recipe and recipe.network.backbone == "resnet50":
        recipe = recipe.changed(size=64)
    random = np.random.default_rng(sum(map(ord, str(cell))))
    rows: list[list[FoldPrediction]] = [[] for _ in range(folds)]
    for number in range(count):
        patient = str(number // 2)
        label = Label.MALIGNANT if number % (3 if cell.labels == POLICIES[0] else 4) else Label.BENIGN
        p = float(1 / (1 + math.exp(-random.normal(0.9 * (2 * int(label) - 1), 1.0))))
        p = p * most if most else p
        at = (number // 2 if cell.protocol == "grouped" else number) % folds
        rows[at].append(
            FoldPrediction(
                f"{patient}_{number % 2}#1",
                f"{patient}_{number % 2}",
                p,
                p,
                None,
                0.5,
                patient=patient,
                group=patient,
                fold=at,
                label=label,
            )
        )
    leak = Leak(count // folds, 17, 3) if cell.protocol == "paper" else Leak(count // folds, 0, 0)
    history = tuple(Epoch(e, 1 / e, 1.1 / e, 0.7, 1e-3, 2.5) for e in range(1, 6)) if recipe else ()
    learned = count - count // folds if cell.protocol == "paper" else count // folds - 6
    made = tuple(
        Fold(at, 0, tuple(own), 0.5, len(history), history, learned, 6, leak, 12.5) for at, own in enumerate(rows)
    )
    return Stored(name, made, recipe, {**MANIFEST, "seconds": 36.0})
