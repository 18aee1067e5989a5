"""Makes a case of the case study from a nodule and numbers."""

from __future__ import annotations

from isthmus.cross.predictions import FoldPrediction
from isthmus.nodule import Label, Nodule
from isthmus.study.cases import Case


def case_of(nodule: Nodule, label: Label, probability: float, threshold: float = 0.5) -> Case:
    """The nodule, predicted by a network without a cropping branch in fold 1."""
    prediction = FoldPrediction(
        nodule=nodule.id,
        image=nodule.image,
        probability=probability,
        whole=probability,
        crops=None,
        threshold=threshold,
        patient=nodule.patient,
        group=nodule.patient,
        fold=1,
        label=label,
    )
    return Case(nodule, prediction)
