"""The case figure of a study: test nodules with the network's P(malignant) (Fig. 9, Section IV-D)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from isthmus.cross.protocols import named, recorded
from isthmus.cross.stored import Stored
from isthmus.data.dataset import DataSet
from isthmus.data.labels import GIVEN
from isthmus.nodule import Label
from isthmus.report.case_sheet import case_sheet
from isthmus.study.cases import Case, random_cases, surest_mistakes
from isthmus.study.compare import BFC
from isthmus.study.grid import PAPERS_BACKBONE
from isthmus.study.ledger import Entry
from isthmus.study.tables import Row


@dataclass(frozen=True)
class Sheet:
    """A sheet of cases, the name of its file without an ending, and its title."""

    name: str
    title: str
    figure: Figure


def sheets(rows: Sequence[Row], sets: Mapping[str, DataSet], seed: int = 0) -> list[Sheet]:
    """Two sheets for each protocol and label policy under which the network of Fig. 9 is finished.

    One shows random test nodules, the other the surest mistakes. ``sets`` are by label policy; a policy without a data
    set gets no sheets.
    """
    drawings: list[Sheet] = []
    for row in rows:
        entry = row.entry
        is_of_fig_9 = (entry.architecture, entry.backbone) == (BFC, PAPERS_BACKBONE)
        if is_of_fig_9 and row.run is not None and entry.labels in sets:
            drawings += _of_run(entry, row.run, sets[entry.labels], seed)
    return drawings


def _of_run(entry: Entry, run: Stored, data: DataSet, seed: int) -> Iterator[Sheet]:
    nodules = {nodule.id: nodule for nodule in data.labelled}
    patients = {nodule.image: nodule.patient for nodule in data.labelled}
    cases = [Case(nodules[prediction.nodule], prediction) for prediction in run.repeat(0).rows]
    labels = "of the data set" if entry.labels == GIVEN else entry.labels
    end, under = f"{entry.protocol}-{entry.labels}", f"protocol {entry.protocol}, labels {labels}"
    protocol = (recorded(run.manifest.get("identity", {})) or named(entry.protocol)).among(patients)
    note = (
        f"{BFC} on {PAPERS_BACKBONE}, {under}; {len(cases)} nodules, each read by a network that did not learn from "
        f"it: {' and '.join(_wrong(cases, label) for label in Label)}. "
        f"{protocol.name}: {protocol.description}{'; optimistic' if protocol.is_optimistic else ''}. "
        f"{'' if protocol.grouping.names_patients else 'No patient is named: two images may show one nodule.'}"
    )
    for name, title, shown in (
        ("cases", f"Test nodules drawn at random ({under})", random_cases(cases, seed=seed)),
        ("mistakes", f"The surest mistakes ({under})", surest_mistakes(cases)),
    ):
        yield Sheet(f"{name}-{end}", title, case_sheet(shown, title, note))


def _wrong(cases: Sequence[Case], label: Label) -> str:
    """How many nodules of a label were called the other one."""
    of_label = [case.is_wrong for case in cases if case.prediction.label is label]
    other = next(one for one in Label if one is not label)
    return f"{sum(of_label)} of {len(of_label)} {label} ones called {other}"
