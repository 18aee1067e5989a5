"""The paper's sentences that a study judges, word for word, and how each is read as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quote:
    """A sentence of the paper, or the part of one that claims something; its section; what has to be shown for it."""

    text: str
    where: str
    reading: str


NONE = Quote("", "", "")
QUOTES: Mapping[str, Quote] = {
    "cheaper-crops": Quote(
        "Using feature cropping reduces the amount of calculation compared to using image cropping directly.",
        "I",
        "fewer multiply-adds on each of the five backbones of Table 4",
    ),
    "bfc-beats-rfc": Quote(
        "we also find that most networks using boundary feature cropping method can achieve better performance.",
        "IV-C",
        "BFC beats RFC on at least three of the five backbones of Table 4",
    ),
    "crops-beat-global": Quote(
        "In this way, the weight of the selected edge area is increased and the interference of other edge area is "
        "avoided during training and classification, leading to results that are more accurate.",
        "III-C",
        "RFC and BFC both beat the global branch alone, on each of the five backbones of Table 4",
    ),
    "best-alpha": Quote(
        "As α is set to 0.6, the accuracy and F1-Measure single feature cropping branch can reach the best result "
        "95.03% and 93.88%.",
        "IV-B.3",
        "0.6 beats each other value of Table 3, and is higher in accuracy and F1",
    ),
    "few-layers": Quote(
        "From each architecture in Table 4, we can find that the hybrid network we designed has achieved the better "
        "performance in all four indicators than other deep network based on same architecture.",
        "IV-C",
        "in each of the three architectures the paper’s own backbone beats each of the four others, and is higher in "
        "accuracy, precision, recall and F1",
    ),
    "weights-raise-recall": Quote(
        "Using this loss function can control the prediction to bias towards a certain class by adjusting different "
        "weights to ensure that malignant class has higher recall rate.",
        "I",
        "both 3 : 2 and 4 : 1 raise recall over even weights",
    ),
}
