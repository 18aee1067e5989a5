"""Biopsies by the model beside those that the sizes of TI-RADS advise, where level and millimetres are known."""

from __future__ import annotations

import math
import re

import numpy as np

from isthmus.evidence.decided import Decided
from isthmus.evidence.nodules import Nodules
from isthmus.evidence.operating import MAIN_POINT
from isthmus.judge.usefulness.biopsies import Beside, beside_rule
from isthmus.judge.usefulness.size_rule import NAME, biopsy

LEVEL = re.compile(r"(?:acr)?[ -]*(?:ti-?rads|tr)?[ -]*([1-5])", re.IGNORECASE)
FEWEST = 10


def beside_sizes(nodules: Nodules, fitted: Decided | None) -> tuple[Beside | None, str]:
    """The model's calls at the main operating point beside the rule, on the nodules tested of which level and size are
    known; else None and why."""
    if fitted is None:
        return None, "no operating point could be fitted"
    if not nodules.tirads or not nodules.size_mm:
        missing = [name for name, one in (("tirads", nodules.tirads), ("size_mm", nodules.size_mm)) if not one]
        return None, f"the predictions have no column {' and none '.join(missing)}"
    rows = np.flatnonzero(~nodules.validation)
    levels, sizes = ([cells[row] for row in rows.tolist()] for cells in (nodules.tirads, nodules.size_mm))
    for cell in levels:
        if cell and not LEVEL.fullmatch(cell):
            return None, f"column tirads holds {cell!r}, which is no level of {NAME} (1 to 5)"
    millimetres = np.array([_millimetres(cell) for cell in sizes])
    there = np.array([bool(cell) for cell in levels]) & np.isfinite(millimetres)
    if there.sum() < FEWEST:
        return None, f"fewer than {FEWEST} nodules have a level and a size in millimetres"
    grades = [int(cell[-1]) for cell, known in zip(levels, there, strict=True) if known]
    rule = biopsy(grades, millimetres[there])
    groups = None if nodules.groups is None else nodules.groups[rows][there]
    return beside_rule(nodules.labels[rows][there], fitted.called[MAIN_POINT][there], rule, groups), ""


def _millimetres(cell: str) -> float:
    """The size, nan where it is none."""
    try:
        size = float(cell)
    except ValueError:
        return math.nan
    return size if math.isfinite(size) and size > 0 else math.nan
