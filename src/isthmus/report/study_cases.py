"""The case figure of a study: test nodules with the network's P(malignant) (Fig. 9, Section IV-D)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from isthmus.cross.protocols import named
from isthmus.cross.stored import Stored
from isthmus.data.dataset import DataSet
from isthmus.report.case_sheet import case_sheet
from isthmus.study.cases import Case, random_cases, surest_mistakes
from isthmus.study.compare import BFC
from isthmus.study.question import OWN_BACKBONE
from isthmus.study.tables import Row


@dataclass(frozen=True)
class Sheet:
    """A drawn sheet, the name of its file without an ending, and its title."""

    name: str
    title: str
    figure: Figure


def sheets(rows: Sequence[Row], sets: Mapping[str, DataSet], seed: int = 0) -> list[Sheet]:
    """Two sheets for each protocol and label policy under which the network of Fig. 9 is finished.

    One shows test nodules drawn at random, the other the surest mistakes. ``sets`` are by label policy.
    """
    drawings = []
    for row in rows:
        entry, data = row.entry, sets.get(row.entry.labels)
        if (entry.architecture, entry.backbone) != (BFC, OWN_BACKBONE) or row.run is None or data is None:
            continue
        cases = _cases(row.run, data)
        end, under = f"{entry.protocol}-{entry.labels}", f"protocol {entry.protocol}, labels {entry.labels}"
        protocol = named(entry.protocol)
        note = f"{BFC} on {OWN_BACKBONE}, {under}; {len(cases)} nodules, "
        note += "each read by a network that did not learn from it."
        note += f" {protocol.name}: {protocol.description}{'; optimistic' if protocol.is_optimistic else ''}."
        random, mistakes = random_cases(cases, seed=seed), surest_mistakes(cases)
        title = f"Test nodules drawn at random ({under})"
        drawings.append(Sheet(f"cases-{end}", title, case_sheet(random, title, note)))
        title = f"The surest mistakes ({under})"
        drawings.append(Sheet(f"mistakes-{end}", title, case_sheet(mistakes, title, note)))
    return drawings


def _cases(run: Stored, data: DataSet) -> list[Case]:
    nodules = {nodule.id: nodule for nodule in data.labelled}
    return [Case(nodules[prediction.nodule], prediction) for prediction in run.repeat(0).rows]
