"""What a data set tells of the nodules judged, beyond their predictions: its audit, and attributes by nodule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from isthmus.data.audit import audit as audits
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.audit import Audit
from isthmus.data.audit.calipers import colour_of
from isthmus.data.audit.digits import calipers
from isthmus.data.audit.roi_calipers import with_calipers
from isthmus.data.audit.survey import Survey
from isthmus.evidence.attributes import MOST_VALUES, banded
from isthmus.evidence.match import Match
from isthmus.evidence.nodules import Nodules
from isthmus.evidence.reasons import with_reason
from isthmus.nodule import Nodule
from isthmus.progress import Note, Progress, silent, unsaid

NO_DATA, NO_AUDIT = "no data set was named (--data, --as)", "left out (--no-audit)"
FOR_A_SPLIT = "lists"  # the descriptor that names the authors' lists, no trait of a nodule
NO_LISTS, TOO_FEW = "the data set has no lists of its authors", "undefined or infinite: too few nodules or pictures"
DUPLICATES = "duplicates.json"  # of a run


@dataclass(frozen=True, eq=False)
class Inspection:
    """The nodules by name in their data set, the ``audit`` of it, and the ids of those ``with_calipers`` in their RoI;
    both None where the audit was left out."""

    match: Match
    audit: Audit | None = None
    with_calipers: frozenset[str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The key ``data`` of metrics.json."""
        data = self.match.data
        about: dict[str, Any] = {"kind": data.kind, "fingerprint": data.fingerprint(), "policy": data.policy}
        about |= {"n": len(self.match.nodules), "tested": self.match.tested}
        if self.audit is None:
            return about | {"audit": {"value": None, "reason": NO_AUDIT}}
        told = self.audit.as_json()
        # Lists with an entry a picture stay with `isthmus look --json`: here their lengths are enough.
        counted = {name: len(one) if isinstance(one, list) else one for name, one in told.items()}
        if counted["split_leaks"] is None:
            counted["split_leaks"] = {"value": None, "reason": NO_LISTS}
        return about | {"audit": with_reason(counted, TOO_FEW)}

    def described(self, nodules: Nodules) -> Nodules:
        """The nodules with what their data set has of them as attributes; the predictions' own come first."""
        match, rows = self.match, np.flatnonzero(~nodules.validation)
        made: dict[str, Sequence[str | None]] = {}
        for name, of_each in self._attributes().items():
            cells: list[str | None] = [None] * nodules.labels.size
            for place, value in zip(match.places.tolist(), of_each, strict=True):
                cells[int(rows[place])] = value
            values = banded(cells)
            if 2 <= len(set(values) - {None}) <= MOST_VALUES:
                made[name] = values
        return replace(
            nodules, attributes=made | dict(nodules.attributes), tirads=nodules.tirads or self._tirads(nodules)
        )

    def _tirads(self, nodules: Nodules) -> tuple[str, ...]:
        """The TI-RADS of every row as the data set writes it, () where it has none."""
        rows, cells = np.flatnonzero(~nodules.validation), [""] * nodules.labels.size
        for place, nodule in self.match.at.items():
            cells[int(rows[place])] = nodule.tirads
        return tuple(cells) if any(cells) else ()

    def _attributes(self) -> Mapping[str, list[str | None]]:
        every = self.match.nodules
        named = {name for nodule in every for name in nodule.descriptors} - {FOR_A_SPLIT}
        made: dict[str, list[str | None]] = {
            name: [nodule.descriptors.get(name) or None for nodule in every] for name in sorted(named)
        }
        made["sex"] = [nodule.sex or None for nodule in every]
        made["age"] = [None if nodule.age is None else str(nodule.age) for nodule in every]
        made["tirads"] = [nodule.tirads or None for nodule in every]
        made["size_px"] = [str(longer_side(nodule)) for nodule in every]
        if self.with_calipers is not None:
            made["calipers"] = ["yes" if nodule.id in self.with_calipers else "no" for nodule in every]
        return made


def longer_side(nodule: Nodule) -> int:
    """Of its box, in pixels."""
    return max(nodule.box.width, nodule.box.height)


def inspect(match: Match, run: Path | None = None, progress: Progress = silent, note: Note = unsaid) -> Inspection:
    """Audits the data set, by the duplicates that the folder of a ``run`` has of it, if any. Raises DataError,
    StorageError."""
    data = match.data
    known = known_duplicates.load(run / DUPLICATES, data.images, note) if run else None
    with Survey(audits.DETECTORS) as survey:
        audit = audits.audit(data, progress, survey, known)
        white, coloured = with_calipers(match.nodules, survey.results(calipers), survey.results(colour_of))
    return Inspection(match, audit, frozenset(white | coloured))
