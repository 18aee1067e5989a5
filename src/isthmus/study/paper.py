"""What the paper printed, as the confusion matrices behind it (Tables 3 and 4; Song et al. 2020).

Every row of its tables fits one matrix of 71 malignant and 110 benign test images (Section IV-A.3), so that the
intervals that it leaves out can be had.
"""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.judge.intervals import Estimate, wilson
from isthmus.judge.metrics import Confusion, f_measure
from isthmus.study.grid import Architecture, Knob, Model, setting

BENIGN, MALIGNANT = 110, 71


def _from(tp: int, fp: int) -> Confusion:
    return Confusion(tp=tp, fp=fp, tn=BENIGN - fp, fn=MALIGNANT - tp)


# (architecture, backbone) -> matrix
TABLE_4: Mapping[tuple[str, str], Confusion] = {
    (Architecture.GLOBAL, "inception_v3"): _from(65, 14),
    (Architecture.GLOBAL, "vgg19"): _from(64, 14),
    (Architecture.GLOBAL, "resnet50"): _from(63, 12),
    (Architecture.GLOBAL, "xception"): _from(64, 13),
    (Architecture.GLOBAL, "fourconv"): _from(64, 12),
    (Architecture.RFC, "inception_v3"): _from(68, 7),
    (Architecture.RFC, "vgg19"): _from(67, 9),
    (Architecture.RFC, "resnet50"): _from(69, 12),
    (Architecture.RFC, "xception"): _from(68, 7),
    (Architecture.RFC, "fourconv"): _from(69, 6),
    (Architecture.BFC, "inception_v3"): _from(69, 8),
    (Architecture.BFC, "vgg19"): _from(68, 9),
    (Architecture.BFC, "resnet50"): _from(68, 7),
    (Architecture.BFC, "xception"): _from(69, 7),
    (Architecture.BFC, "fourconv"): _from(69, 5),
}
# alpha -> matrix; the crops alone, 1 being the global branch
TABLE_3: Mapping[float, Confusion] = {
    0.5: _from(67, 10),
    0.6: _from(69, 7),
    0.7: _from(69, 8),
    0.8: _from(68, 9),
    0.9: _from(68, 9),
    1.0: _from(64, 12),
}
_BY_SETTING = {setting(Knob.ALPHA, alpha): counts for alpha, counts in TABLE_3.items()}


def confusion_of(table: str, model: Model) -> Confusion | None:
    """The matrix behind a row of the paper's tables; None for a row that it doesn't have."""
    if table == "table4":
        return TABLE_4.get((model.architecture, model.backbone))
    return _BY_SETTING.get(model.setting) if table == "table3" else None


def metrics(counts: Confusion) -> dict[str, Estimate]:
    """The paper's four metrics and specificity, with Wilson intervals; F1 is no proportion and has none."""
    return {
        "accuracy": wilson(counts.right, counts.n),
        "precision": wilson(counts.tp, counts.called_malignant),
        "recall": wilson(counts.tp, counts.malignant),
        "f1": Estimate(f_measure(counts), float("nan"), float("nan"), "no interval: no proportion"),
        "specificity": wilson(counts.tn, counts.benign),
    }
