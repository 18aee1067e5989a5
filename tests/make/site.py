"""A site's table of predictions with labels, as a bundle would have read its nodules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from isthmus.bundle import Bundle

COLUMNS = ("nodule", "image", "patient", "label", "p_malignant", "p_whole", "p_crops", "verdict", "operating_point")


def rows(bundle: Bundle, n: int = 400, seed: int = 0, tilt: float = -1.0) -> list[list[str]]:
    """Rows of n nodules, two to a patient, by COLUMNS; a nodule's risk is that of the network's output, its log-odds
    halved and moved by ``tilt``."""
    random = np.random.default_rng(seed)
    whole, crops = expit(random.normal(0, 2.5, (2, n)))
    fused = bundle.recipe.network.omega * whole + (1 - bundle.recipe.network.omega) * crops
    labels = random.uniform(size=n) < expit(0.5 * logit(fused) + tilt)
    p, decision = np.asarray(bundle.decision.probability(fused), float), bundle.decision
    return [
        [
            f"{at}",
            f"{at}.png",
            f"anna {at // 2}",
            ("benign", "malignant")[int(labels[at])],
            *(str(float(one[at])) for one in (p, whole, crops)),
            ("benign", "malignant")[int(p[at] >= decision.threshold)],
            decision.default,
        ]
        for at in range(n)
    ]


def write(path: Path, lines: list[list[str]], columns: tuple[str, ...] = COLUMNS) -> Path:
    """Writes the columns named, of rows by COLUMNS; returns ``path``."""
    places = [COLUMNS.index(name) for name in columns]
    table = [list(columns), *([line[place] for place in places] for line in lines)]
    path.write_text("".join(",".join(line) + "\n" for line in table), encoding="utf-8")
    return path
