"""A made reader study in long form: readers with and without a model, whose answer is wrong of some nodules."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HEAD = "reader,nodule,label,score,mode,experience,patient,seconds,model,wrong_model"
MODES = ("unaided", "aided")
WORDS = ("benign", "malignant")


def rows(nodules: int = 60, readers: int = 4, follows: float = 0.7, seed: int = 0) -> list[str]:
    """The rows below ``HEAD``: with the model, a reader's score moves towards its answer by ``follows``.

    Half of the nodules are malignant, two are of one patient, and of every tenth the model's answer is wrong on
    purpose. Readers read faster with the model.
    """
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(nodules) % 2)
    planted = np.arange(nodules) % 10 == 0
    model = np.where(planted, 1 - labels, labels)
    made = []
    for reader in range(readers):
        alone = np.clip(0.5 + (labels - 0.5) * 0.4 + random.normal(0, 0.25, nodules), 0.01, 0.99)
        aided = np.clip(alone + follows * (model - alone), 0.01, 0.99)
        for mode, scores in zip(MODES, (alone, aided), strict=True):
            for at in range(nodules):
                seconds = random.gamma(8, 5 if mode == MODES[0] else 4)
                answer = f"{WORDS[model[at]]},{'yes' if planted[at] else 'no'}" if mode == MODES[1] else ","
                made.append(
                    f"r{reader},n{at},{WORDS[labels[at]]},{scores[at]:.3f},{mode},"
                    f"{'junior' if reader % 2 else 'senior'},p{at // 2},{seconds:.1f},{answer}"
                )
    return made


def write(path: Path, lines: list[str], head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path
