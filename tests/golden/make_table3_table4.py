"""Remakes table3_table4.json: python tests/golden/make_table3_table4.py

The percentages are typed from Tables 3 and 4 of the paper. The confusion matrices are found by search: of all those
with 71 malignant and 110 benign test images (Section IV-A.3), the ones that give every printed figure to two decimals.
A row that none gives takes the one nearest to it, and a note that says which figure is off.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

MALIGNANT, BENIGN = 71, 110
NAMES = ("accuracy", "precision", "recall", "f1")

TABLE_4 = {
    "global": {
        "inception_v3": (88.95, 82.28, 91.55, 86.67),
        "vgg19": (88.40, 82.05, 90.14, 85.91),
        "resnet50": (88.95, 84.00, 88.73, 86.30),
        "xception": (88.95, 83.12, 90.14, 86.49),
        "fourconv": (89.50, 84.21, 90.14, 87.07),
    },
    "global + RFC": {
        "inception_v3": (94.48, 90.67, 95.77, 93.15),
        "vgg19": (92.82, 88.16, 94.37, 91.16),
        "resnet50": (92.27, 85.19, 97.18, 90.79),
        "xception": (94.48, 90.67, 95.77, 93.15),
        "fourconv": (95.58, 92.00, 97.18, 94.52),
    },
    "global + BFC": {
        "inception_v3": (94.48, 89.61, 97.18, 93.24),
        "vgg19": (93.37, 88.31, 95.77, 91.89),
        "resnet50": (94.48, 90.67, 95.77, 93.15),
        "xception": (95.03, 90.79, 97.18, 93.88),
        "fourconv": (96.13, 93.24, 97.18, 95.17),
    },
}
TABLE_3 = {  # alpha: accuracy, F1
    0.5: (92.27, 90.54),
    0.6: (95.03, 93.88),
    0.7: (94.48, 93.24),
    0.8: (93.37, 91.89),
    0.9: (93.37, 91.89),
    1.0: (89.50, 87.07),
}


@cache
def percentages(tp: int, fp: int) -> dict[str, float]:
    """Eq. (9) to (12) in whole numbers, to two decimals of a per cent."""
    shares = (tp + BENIGN - fp, MALIGNANT + BENIGN), (tp, tp + fp), (tp, MALIGNANT), (2 * tp, tp + fp + MALIGNANT)
    return {name: round(100 * part / whole, 2) for name, (part, whole) in zip(NAMES, shares, strict=True)}


def row(place: dict[str, object], printed: dict[str, float]) -> dict[str, object]:
    def distance(counts: tuple[int, int]) -> float:
        return sum(abs(percentages(*counts)[name] - value) for name, value in printed.items())

    every = sorted(((tp, fp) for tp in range(1, MALIGNANT + 1) for fp in range(BENIGN + 1)), key=distance)
    (tp, fp), *others = every
    found = percentages(tp, fp)
    off = [name for name, value in printed.items() if round(found[name] - value, 2)]
    notes = [f"{name} is printed as {printed[name]:.2f} and comes to {found[name]:.2f}" for name in off]
    if not off and not round(distance(others[0]), 2):
        notes.append("more than one matrix fits")
    matrix = {"tp": tp, "fp": fp, "tn": BENIGN - fp, "fn": MALIGNANT - tp}
    return place | {"confusion": matrix, "printed": printed, "off": off, "note": "; ".join(notes)}


def rows() -> list[dict[str, object]]:
    table_4 = [
        row({"table": 4, "architecture": architecture, "backbone": backbone}, dict(zip(NAMES, printed, strict=True)))
        for architecture, backbones in TABLE_4.items()
        for backbone, printed in backbones.items()
    ]
    table_3 = [
        row({"table": 3, "alpha": alpha}, {"accuracy": accuracy, "f1": f1}) for alpha, (accuracy, f1) in TABLE_3.items()
    ]
    return table_4 + table_3


if __name__ == "__main__":
    golden = Path(__file__).with_name("table3_table4.json")
    about = {
        "source": "Song et al., IEEE Access 8, 2020, 64064-64074, Tables 3 and 4; percentages of the test images",
        "remade_by": "python tests/golden/make_table3_table4.py",
        "test": {"benign": BENIGN, "malignant": MALIGNANT},
    }
    head = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in about.items())
    lines = ",\n".join(f"    {json.dumps(line)}" for line in rows())
    golden.write_text(f'{{\n{head},\n  "rows": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
