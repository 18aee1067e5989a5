"""Made predictions for tests of evidence: two nodules a group, P too extreme, columns of subgroups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import expit

WORDS = ("benign", "malignant")
HEAD = "nodule,label,group,p_malignant,sex,age"


def rows(n: int = 240, seed: int = 0, gain: float = 2.5) -> list[list[str]]:
    """Rows of HEAD: the log-odds of P are ``gain`` times those of the risk."""
    random = np.random.default_rng(seed)
    risk = random.normal(0.3, 1.5, n)
    labels = random.random(n) < expit(risk)
    p = expit(gain * risk)
    return [
        [f"n{at}", WORDS[int(labels[at])], f"g{at // 2}", repr(float(p[at])), "fm"[at % 2], str(20 + at % 60)]
        for at in range(n)
    ]


def write(path: Path, lines: list[list[str]], head: str = HEAD) -> Path:
    path.write_text("\n".join([head, *(",".join(line) for line in lines)]) + "\n", encoding="utf-8")
    return path
