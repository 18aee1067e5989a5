"""Finished runs of a study made by hand, on disk as a training leaves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isthmus import files, recipes
from isthmus.cross.fold import Fold, write_fold
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.protocols import named
from isthmus.data.split import Leak
from isthmus.learn.checkpoint import Epoch
from isthmus.nodule import Label
from isthmus.recipe import PAPER, Recipe
from isthmus.study.ledger import RUNS, Entry

FOLDS = 2


def write_run(
    to: Path,
    name: str,
    p: Sequence[float],
    labels: Sequence[int],
    recipe: Recipe | None = PAPER,
    protocol: str = "grouped",
    threshold: float = 0.5,
    first: int = 0,
    more: Sequence[Sequence[float]] = (),
    seed: int = 0,
) -> Path:
    """Writes the run ``name`` of a study in ``to``: P(malignant) of nodules ``first`` and up, two to a patient.

    ``more`` are the P(malignant) of further repeats.
    """
    folder = to / RUNS / name
    for repeat, own in enumerate((p, *more)):
        _write_folds(folder, own, labels, repeat, threshold, first, recipe is not None, named(protocol).leaks)
    identity: dict[str, object] = {
        "protocol": protocol,
        "choose_on": named(protocol).chooses_on,
        "folds": FOLDS,
        "quarters": FOLDS,
        "baseline": "" if recipe else name,
    }
    identity |= {"repeats": 1 + len(more), "seed": seed}
    manifest = {"finished": True, "seconds": 12.0, "identity": identity, "versions": {"isthmus": "0.1.0"}}
    files.write_text(folder / "manifest.json", json.dumps(manifest))
    if recipe:
        recipes.save(recipe, folder / "recipe.toml")
    return folder


def _write_folds(
    folder: Path,
    p: Sequence[float],
    labels: Sequence[int],
    repeat: int,
    threshold: float,
    first: int,
    learns: bool,
    leaks: bool,
) -> None:
    at = list(range(first, first + len(p)))
    for part in range(FOLDS):
        number = repeat * FOLDS + part
        rows = tuple(
            FoldPrediction(
                f"n{one:04}",
                f"i{one:04}",
                score,
                score,
                None,
                threshold,
                patient=f"p{one // 2}",
                group=f"g{one // 2}",
                fold=number,
                label=Label(label),
            )
            for one, score, label in zip(at, p, labels, strict=True)
            if one // 2 % FOLDS == part
        )
        history = tuple(Epoch(e, 1.0, 1.0, 0.5, 1e-5, 2.0) for e in (1, 2, 3)) if learns else ()
        leak = Leak(len(rows), len(rows) // 4 if leaks else 0, 0)
        write_fold(Fold(number, repeat, rows, threshold, 2, history, 20, 5, leak, 6.0), folder)


def as_before(folder: Path) -> None:
    """Rewrites the folds of a run as they were while P(malignant) was called p: labels as numbers, no box, no votes."""
    for path in folder.glob("folds/*/fold.json"):
        fold = json.loads(path.read_text(encoding="utf-8"))
        fold["rows"] = [
            {name: row[name] for name in ("nodule", "image", "patient", "group", "fold")}
            | {"label": int(row["label"] == "malignant"), "p": row["p_malignant"]}
            | {name: row[name] for name in ("p_whole", "p_crops")}
            for row in fold["rows"]
        ]
        path.write_text(json.dumps(fold), encoding="utf-8")


def skilled(n: int, skill: float, seed: int = 0) -> tuple[list[float], list[int]]:
    """P(malignant) and labels, half malignant, of a model that errs the less the higher ``skill`` is."""
    random = np.random.default_rng(seed)
    labels = [number % 2 for number in range(n)]
    logits = skill * (2 * np.array(labels) - 1) + random.normal(0, 1, n)
    return [float(value) for value in 1 / (1 + np.exp(-logits))], labels


def entry(run: str, architecture: str = "global", backbone: str = "fourconv", **changes: str) -> Entry:
    """The entry of ``run`` in Table 4, grouped, or as ``changes`` have it."""
    told = {"table": "table4", "setting": "", "protocol": "grouped", "labels": "benign-2-3-4a"} | changes
    return Entry(architecture=architecture, backbone=backbone, run=run, **told)
