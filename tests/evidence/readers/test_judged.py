"""Small studies of every shape: each is judged or refused, without a warning, and its JSON has no NaN."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isthmus.evidence.readers.grade_file import read
from isthmus.evidence.readers.judged import judged
from isthmus.files import json_text
from isthmus.report.terminal.readers import print_readers
from make import reader_study

SCORES = ("probability", "levels", "grades", "logit", "constant")
EXTRA = ("experience", "patient", "seconds", "model", "wrong_model", "first_score", "changed")


def score(kind: str, random: np.random.Generator) -> str:
    match kind:
        case "probability":
            return f"{random.random():.2f}"
        case "levels":
            return f"TR{random.integers(1, 6)}"
        case "grades":
            return str(random.integers(1, 6))
        case "logit":
            return f"{4 * random.normal():.2f}"
    return "0.5"


def cell(column: str, reader: int, nodule: int, kind: str, random: np.random.Generator) -> str:
    values = {"seconds": ["", "3", "12.5"], "model": ["", "benign", "malignant", "0.7"]}
    match column:
        case "experience":
            return ("junior", "senior")[reader % 2]
        case "patient":
            return f"p{nodule // 2}"
        case "first_score":
            return score(kind, random) if random.random() < 0.8 else ""
    return str(random.choice(values.get(column, ["yes", "no"])))


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("seed", range(5))
def test_every_small_study_is_judged(kind: str, seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng([seed, SCORES.index(kind)])
    readers, nodules = random.integers(1, 4), random.integers(2, 9)
    modes = ("x", "y", "z")[: random.integers(0, 4)] or ("",)
    labels = random.integers(0, 2, nodules) if random.random() < 0.8 else np.zeros(nodules, int)
    extra = [name for name in EXTRA if random.random() < 0.5]
    rows = [
        ",".join(
            [f"r{reader}", f"n{at}", reader_study.WORDS[labels[at]], score(kind, random), mode]
            + [cell(name, reader, at, kind, random) for name in extra]
        )
        for reader in range(readers)
        for mode in modes
        for at in range(nodules)
        if at == 0 or random.random() < 0.85
    ]
    head = ",".join(["reader", "nodule", "label", "score", "mode" if modes != ("",) else "unused", *extra])
    study = judged(read(reader_study.write(tmp_path / "grades.csv", rows, head)))
    json.loads(json_text(study.as_json()), parse_constant=pytest.fail)
    print_readers(study)
